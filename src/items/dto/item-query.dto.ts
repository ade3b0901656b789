import {
  OneOf,
  Optional,
  QueryId,
  QueryIds,
  QueryNames,
  SortOf,
  Text,
  Words,
} from '../../common/input/rules';
import { PageQueryDto } from '../../common/paging/page-query.dto';
import { ITEMS } from '../items.list';
import { QueryPrice } from '../price.rules';

export class ItemQueryDto extends PageQueryDto {
  /**
   * only items with each of these words in name or SKU, in any order, without regard to case and accents, such as `watering can`
   */
  @Optional()
  @Words()
  q?: string;

  /**
   * only items of the store with this id
   */
  @Optional()
  @QueryId()
  storeId?: number;

  /**
   * only items with exactly this SKU, such as `WC-5`
   */
  @Optional()
  @Text(1, 64)
  sku?: string;

  /**
   * only items that cost this or more, such as `5`
   */
  @Optional()
  @QueryPrice()
  minPrice?: string;

  /**
   * only items that cost this or less, such as `19.99`
   */
  @Optional()
  @QueryPrice()
  maxPrice?: string;

  /**
   * only items that carry these tags, by id; see `tag_match`
   */
  @Optional()
  @QueryIds()
  tagId?: number[];

  /**
   * only items that carry tags of these names, such as `garden`, in any case; see `tag_match`
   */
  @Optional()
  @QueryNames()
  tag?: string[];

  /**
   * only items that carry no tag of these names, such as `sold out`, in any case
   */
  @Optional()
  @QueryNames()
  withoutTag?: string[];

  /**
   * whether items must carry all tags asked for, or any one of them
   * @example all
   */
  @OneOf('all', 'any')
  tagMatch: string = 'all';

  /**
   * the field to sort by; `-` in front sorts descending, such as `-price`
   * @example id
   */
  @SortOf(ITEMS)
  override sort: string = 'id';
}
