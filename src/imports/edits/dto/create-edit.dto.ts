import { ApiProperty } from '@nestjs/swagger';
import { Flag, Nested, OneOf } from '../../../common/input/rules';
import { ON_ERROR } from '../../import.entity';
import { EditChangeDto } from './edit-change.dto';
import { EditFilterDto } from './edit-filter.dto';

export class CreateEditDto {
  /** which items of the store; `{}` for all */
  @Nested(EditFilterDto)
  @ApiProperty({ example: { tag: ['garden'] } })
  filter!: EditFilterDto;

  @Nested(EditChangeDto)
  @ApiProperty({ example: { price: { multiply: 1.05, round: 0.05 } } })
  change!: EditChangeDto;

  /**
   * `true` writes nothing, and makes a preview that can be applied
   * @example true
   */
  @Flag()
  dryRun: boolean = false;

  /**
   * `abort`: if the change is not possible for one item, nothing is written; `skip`: all others are written
   * @example abort
   */
  @OneOf(...ON_ERROR)
  onError: (typeof ON_ERROR)[number] = 'abort';
}
