import { NeedsOneOf, Id, Name, Optional } from '../../common/input/rules';

@NeedsOneOf('name', 'ownerId')
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
