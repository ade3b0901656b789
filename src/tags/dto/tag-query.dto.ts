import { Optional, SortOf, Words } from '../../common/input/rules';
import { PageQueryDto } from '../../common/paging/page-query.dto';
import { TAGS } from '../tags.list';

export class TagQueryDto extends PageQueryDto {
  /**
   * only tags whose name has each of these words in it, without regard to case and accents, such as `garden`
   */
  @Optional()
  @Words()
  q?: string;

  /**
   * the field to sort by; `-` in front sorts descending, such as `-name`
   * @example id
   */
  @SortOf(TAGS)
  override sort: string = 'id';
}
