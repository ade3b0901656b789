import { Id, Name, Nullable, Optional, Text } from '../../common/input/rules';
import { MAX_SKU_LENGTH } from '../items.rules';
import { Price } from '../price.rules';

export class CreateItemDto {
  /** @example 'Large watering can' */
  @Name()
  name!: string;

  /**
   * at most two decimals
   * @example 24.5
   */
  @Price()
  price!: number;

  /**
   * the id of its store, which cannot change
   * @example 1
   */
  @Id()
  storeId!: number;

  /**
   * unique within the store
   * @example WC-10
   */
  @Optional()
  @Nullable()
  @Text(1, MAX_SKU_LENGTH)
  sku?: string | null;
}
