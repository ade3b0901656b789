import { ApiResponse } from '@nestjs/swagger';
import { documentedHeader } from '../common/api-resource.decorator';
import { ImportDto } from './dto/import.dto';

/** Documents that a route writes an import and returns it. Its entity tag is for reads: no write asks for it. */
export function ApiImport(act: 'make' | 'change'): MethodDecorator {
  const headers =
    act === 'make' ? { Location: documentedHeader('the address of the import', '/imports/3') } : {};
  return ApiResponse({ status: act === 'make' ? 202 : 200, type: ImportDto, headers });
}
