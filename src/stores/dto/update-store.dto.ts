import { NeedsOneOf, Id, Name, Optional } from '../../common/input/rules';

@NeedsOneOf('name', 'ownerId')
export class UpdateStoreDto {
  /** @example 'Corner Shop' */
  @Optional()
  @Name()
  name?: string;

  /** the id of the new owner; admins only */
  @Optional()
  @Id()
  ownerId?: number;
}
