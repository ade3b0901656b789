import { Optional, QueryId } from '../../common/input/rules';
import { PageQueryDto } from '../../common/paging/page-query.dto';

export class StoreQueryDto extends PageQueryDto {
  /**
   * only stores of this user
   * @example 7
   */
  @Optional()
  @QueryId()
  ownerId?: number;
}
