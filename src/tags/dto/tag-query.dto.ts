import { OneOf, Optional, Words } from '../../common/input/rules';
import { PageQueryDto } from '../../common/paging/page-query.dto';

export class TagQueryDto extends PageQueryDto {
  /**
   * only tags whose name has each of these words in it, in any case, such as `garden`
   */
  @Optional()
  @Words()
  q?: string;

  /**
   * the field to sort by; `-` in front sorts descending, such as `-name`
   * @example id
   */
  @OneOf('id', '-id', 'name', '-name')
  override sort: string = 'id';
}
