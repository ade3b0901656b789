import { ApiOkResponse } from '@nestjs/swagger';
import { documentedHeader } from '../common/api-resource.decorator';
import { type ExportFormat } from './dto/export-query.dto';

export const MEDIA_TYPES: Readonly<Record<ExportFormat, string>> = {
  csv: 'text/csv; charset=utf-8',
  ndjson: 'application/x-ndjson',
};

const CSV_EXAMPLE = 'name,price,sku,tags\nWatering can,15.99,WC-5,garden|metal\n';
const NDJSON_EXAMPLE = '{"name":"Watering can","price":15.99,"sku":"WC-5","tags":["garden","metal"]}\n';

/** Documents the file of an export. */
export function ApiExport(): MethodDecorator {
  return ApiOkResponse({
    headers: {
      'Content-Disposition': documentedHeader(
        'the name of the file',
        'attachment; filename="store-1-items.csv"',
      ),
    },
    content: {
      'text/csv': {
        schema: {
          type: 'string',
          description:
            'UTF-8, with a header row. `tags` has the names with `|` between them, and a backslash before each `|` and each backslash of a name.',
        },
        example: CSV_EXAMPLE,
      },
      'application/x-ndjson': {
        schema: { type: 'string', description: 'One JSON object in each line.' },
        example: NDJSON_EXAMPLE,
      },
    },
  });
}
