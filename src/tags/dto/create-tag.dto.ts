import { Name } from '../../common/input/rules';

export class CreateTagDto {
  /**
   * unique in its store, without regard to case
   * @example outdoor
   */
  @Name()
  name!: string;
}
