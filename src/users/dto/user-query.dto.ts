import { ROLES, type Role } from '../../common/access';
import { OneOf, Optional, SortOf, Words } from '../../common/input/rules';
import { PageQueryDto } from '../../common/paging/page-query.dto';
import { USERS } from '../users.list';

export class UserQueryDto extends PageQueryDto {
  /**
   * only users whose address has each of these words in it, without regard to case and accents, such as `ada example`
   */
  @Optional()
  @Words()
  q?: string;

  /**
   * only users of this role
   */
  @Optional()
  @OneOf(...ROLES)
  role?: Role;

  /**
   * the field to sort by; `-` in front sorts descending, such as `-email`
   * @example id
   */
  @SortOf(USERS)
  override sort: string = 'id';
}
