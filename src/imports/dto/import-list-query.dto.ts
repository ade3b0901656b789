import { OneOf, Optional } from '../../common/input/rules';
import { PageQueryDto } from '../../common/paging/page-query.dto';
import { IMPORT_ACTIONS } from './import-change.dto';

export class ImportListQueryDto extends PageQueryDto {
  /**
   * `id` begins with the oldest import, `-id` with the latest
   * @example -id
   */
  @OneOf('id', '-id')
  override sort: string = '-id';
}

export class ImportErrorQueryDto extends PageQueryDto {}

export class ImportChangeQueryDto extends PageQueryDto {
  /**
   * only rows with which this is done
   */
  @Optional()
  @OneOf(...IMPORT_ACTIONS)
  action?: (typeof IMPORT_ACTIONS)[number];
}
