import { OmitType } from '@nestjs/swagger';
import { OneOf } from '../../common/input/rules';
import { ItemQueryDto } from '../../items/dto/item-query.dto';

export const FORMATS = ['csv', 'ndjson'] as const;
export type ExportFormat = (typeof FORMATS)[number];

const NOT_OF_EXPORTS = ['limit', 'cursor', 'page', 'count', 'sort', 'storeId'] as const;

/** The filters of the list of items, and how the items are written. */
export class ExportQueryDto extends OmitType(ItemQueryDto, NOT_OF_EXPORTS) {
  /**
   * the format of the file
   * @example csv
   */
  @OneOf(...FORMATS)
  format: ExportFormat = 'csv';

  /**
   * only for CSV: `escape` puts `'` before a field that begins with `=`, `+`, `-`, `@`, tab or return, so that a spreadsheet
   * does not run it; `keep` writes every field as it is
   * @example keep
   */
  @OneOf('keep', 'escape')
  formulas: 'keep' | 'escape' = 'keep';
}
