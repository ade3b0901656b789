import { ROLES, type Role } from '../../common/access';
import { OneOf } from '../../common/input/rules';

export class UpdateUserDto {
  /**
   * takes effect at the user's next request
   * @example admin
   */
  @OneOf(...ROLES)
  role!: Role;
}
