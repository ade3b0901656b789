import { Name } from '../../common/input/rules';

export class UpdateTagDto {
  /**
   * unique in its store, without regard to case
   * @example garden
   */
  @Name()
  name!: string;
}
