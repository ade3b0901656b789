import { applyDecorators, type Type } from '@nestjs/common';
import {
  ApiExtraModels,
  ApiOkResponse,
  type ApiResponseNoStatusOptions,
  getSchemaPath,
} from '@nestjs/swagger';
import { ApiNotModified, documentedHeader } from '../api-resource.decorator';

/** How a response looks in other media types than JSON. */
type Content = Extract<ApiResponseNoStatusOptions, { content?: unknown }>['content'];

/**
 * Documents a list of these rows, with its paging in the `Link` header.
 *
 * @param others the media types beside JSON
 */
export function ApiPage(row: Type, others?: Content): MethodDecorator {
  const headers = {
    Link: documentedHeader(
      'relative references to the first page and, unless this is the last, to the next (RFC 8288)',
      '</items?limit=20&cursor=WyJ4Il0>; rel="next", </items?limit=20>; rel="first"',
    ),
    ETag: documentedHeader(
      'weak, of the body, `Link` and `X-Total-Count`',
      'W/"oK0yWBiqSvVSx3hHdBc8JVRXYsg"',
    ),
    'X-Total-Count': {
      description: 'how many rows the list has, with `count=true`',
      schema: { type: 'integer', example: 1234 },
    },
  };
  const schema = { type: 'array', items: { $ref: getSchemaPath(row) } };
  const response: ApiResponseNoStatusOptions = others
    ? { content: { 'application/json': { schema }, ...others }, headers }
    : { type: [row], headers };
  return applyDecorators(ApiExtraModels(row), ApiOkResponse(response), ApiNotModified());
}
