import { Name } from '../../common/input/rules';

export class CreateStoreDto {
  /**
   * unique among the stores of its owner, without regard to case
   * @example 'Corner Shop'
   */
  @Name()
  name!: string;
}
