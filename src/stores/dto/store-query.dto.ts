import { Optional, QueryId, SortOf, Words } from '../../common/input/rules';
import { PageQueryDto } from '../../common/paging/page-query.dto';
import { STORES } from '../stores.list';

export class StoreQueryDto extends PageQueryDto {
  /**
   * only stores whose name has each of these words in it, in any case
   * @example corner
   */
  @Optional()
  @Words()
  q?: string;

  /**
   * only stores of this user
   * @example 7
   */
  @Optional()
  @QueryId()
  ownerId?: number;

  /**
   * the field to sort by, with `-` in front descending
   * @example name
   */
  @SortOf(STORES)
  override sort: string = 'id';
}
