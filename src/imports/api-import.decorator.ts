import { ApiResponse } from '@nestjs/swagger';
import { documentedHeader } from '../common/api-resource.decorator';
import { ImportDto } from './dto/import.dto';

/** Documents that a route returns an import. It has an entity tag by chance of its kind, which clients do not need. */
export function ApiImport(act: 'make' | 'read' | 'change'): MethodDecorator {
  const headers =
    act === 'make' ? { Location: documentedHeader('the address of the import', '/imports/3') } : {};
  return ApiResponse({ status: act === 'make' ? 202 : 200, type: ImportDto, headers });
}
