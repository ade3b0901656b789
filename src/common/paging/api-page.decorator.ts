import { type Type } from '@nestjs/common';
import { ApiOkResponse } from '@nestjs/swagger';

/** Documents a list of these rows, with its paging in the `Link` header. */
export function ApiPage(row: Type): MethodDecorator {
  return ApiOkResponse({
    type: [row],
    headers: {
      Link: {
        description:
          'relative references to the first page and, unless this is the last, to the next (RFC 8288)',
        schema: {
          type: 'string',
          example: '</items?limit=20&cursor=WyJ4Il0>; rel="next", </items?limit=20>; rel="first"',
        },
      },
    },
  });
}
