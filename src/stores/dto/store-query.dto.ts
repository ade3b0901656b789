import { Optional, QueryId, SortOf, Words } from '../../common/input/rules';
import { PageQueryDto } from '../../common/paging/page-query.dto';
import { STORES } from '../stores.list';

export class StoreQueryDto extends PageQueryDto {
  /**
   * only stores whose name has each of these words in it, without regard to case and accents, such as `corner`
   */
  @Optional()
  @Words()
  q?: string;

  /**
   * only stores of the user with this id
   */
  @Optional()
  @QueryId()
  ownerId?: number;

  /**
   * the field to sort by; `-` in front sorts descending, such as `-name`
   * @example id
   */
  @SortOf(STORES)
  override sort: string = 'id';
}
