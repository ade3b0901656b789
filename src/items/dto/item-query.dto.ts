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
   * only items with each of these words in name or SKU, in any order and case
   * @example 'watering can'
   */
  @Optional()
  @Words()
  q?: string;

  /**
   * only items of this store
   * @example 3
   */
  @Optional()
  @QueryId()
  storeId?: number;

  /**
   * only items with exactly this SKU
   * @example WC-5
   */
  @Optional()
  @Text(1, 64)
  sku?: string;

  /**
   * only items that cost this or more
   * @example 5
   */
  @Optional()
  @QueryPrice()
  minPrice?: string;

  /**
   * only items that cost this or less
   * @example 19.99
   */
  @Optional()
  @QueryPrice()
  maxPrice?: string;

  /**
   * only items that carry these tags, by id; see `tag_match`
   * @example [5]
   */
  @Optional()
  @QueryIds()
  tagId?: number[];

  /**
   * only items that carry tags of these names, in any case; see `tag_match`
   * @example ["garden"]
   */
  @Optional()
  @QueryNames()
  tag?: string[];

  /**
   * only items that carry no tag of these names, in any case
   * @example ["sold out"]
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
   * the field to sort by, with `-` in front descending
   * @example -price
   */
  @SortOf(ITEMS)
  override sort: string = 'id';
}
