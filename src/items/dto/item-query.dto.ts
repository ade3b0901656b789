import { Optional, QueryId, Text } from '../../common/input/rules';
import { PageQueryDto } from '../../common/paging/page-query.dto';

export class ItemQueryDto extends PageQueryDto {
  /**
   * only items of this store
   * @example 3
   */
  @Optional()
  @QueryId()
  storeId?: number;

  /**
   * only items with exactly this SKU
   * @example WC-5
   */
  @Optional()
  @Text(1, 64)
  sku?: string;
}
