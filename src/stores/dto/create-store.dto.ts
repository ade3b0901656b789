import { Name } from '../../common/input/rules';

export class CreateStoreDto {
  /**
   * unique among the stores of its owner, without regard to case
   * @example 'Garden Shop'
   */
  @Name()
  name!: string;
}
