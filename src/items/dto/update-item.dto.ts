import { NeedsOneOf, Name, Nullable, Optional, Text } from '../../common/input/rules';
import { Price } from '../price.rules';

@NeedsOneOf('name', 'price', 'sku')
export class UpdateItemDto {
  /** @example 'Watering can' */
  @Optional()
  @Name()
  name?: string;

  /**
   * at most two decimals
   * @example 15.99
   */
  @Optional()
  @Price()
  price?: number;

  /**
   * unique within the store; null clears it
   * @example WC-5
   */
  @Optional()
  @Nullable()
  @Text(1, 64)
  sku?: string | null;
}
