import { AtLeastOneMember, Id, Name, Optional } from '../../common/input/rules';

@AtLeastOneMember()
export class UpdateStoreDto {
  /** @example 'Corner Shop' */
  @Optional()
  @Name()
  name?: string;

  /**
   * the new owner; admins only
   * @example 8
   */
  @Optional()
  @Id()
  ownerId?: number;
}
