import { ApiPage } from '../common/paging/api-page.decorator';
import { ImportErrorDto } from './dto/import-error.dto';

const EXAMPLE =
  'name,price,sku,tags,error\r\nWatering can,15.999,WC-5,garden,price must have at most 2 decimals\r\n';

/** Documents the errors of an import: a list, or the failed rows as a file. */
export function ApiImportErrors(): MethodDecorator {
  return ApiPage(ImportErrorDto, {
    'text/csv': {
      schema: {
        type: 'string',
        description:
          'The failed rows as they came, at most 10,000, in UTF-8 with `,` between the fields, and a last column `error`. Mended, they can be sent again with the same `map`, `decimal` and `tag_delimiter`: a last column `error` is ignored. A row that had too few fields has a sentence after its error, and is refused until that is removed. A line of NDJSON has its members in the columns `name`, `price`, `sku` and `tags`.',
      },
      example: EXAMPLE,
    },
  });
}
