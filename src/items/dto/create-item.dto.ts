import { Id, Name, Nullable, Optional, Text } from '../../common/input/rules';
import { Price } from '../price.rules';

export class CreateItemDto {
  /** @example 'Watering can, 5 l' */
  @Name()
  name!: string;

  /**
   * at most two decimals
   * @example 15.99
   */
  @Price()
  price!: number;

  /**
   * the store it belongs to, for good
   * @example 3
   */
  @Id()
  storeId!: number;

  /**
   * unique within the store
   * @example WC-5
   */
  @Optional()
  @Nullable()
  @Text(1, 64)
  sku?: string | null;
}
