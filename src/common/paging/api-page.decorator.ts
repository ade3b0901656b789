import { applyDecorators, type Type } from '@nestjs/common';
import { ApiOkResponse } from '@nestjs/swagger';
import { ApiNotModified, documentedHeader } from '../api-resource.decorator';

/** Documents a list of these rows, with its paging in the `Link` header. */
export function ApiPage(row: Type): MethodDecorator {
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
  return applyDecorators(ApiOkResponse({ type: [row], headers }), ApiNotModified());
}
