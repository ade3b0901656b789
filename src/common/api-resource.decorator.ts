import { applyDecorators, type Type } from '@nestjs/common';
import { ApiResponse, type ApiResponseNoStatusOptions } from '@nestjs/swagger';

type Headers = NonNullable<Extract<ApiResponseNoStatusOptions, { headers?: unknown }>['headers']>;

/** The documentation of a text header. */
export const documentedHeader = (description: string, example: string) => ({
  description,
  schema: { type: 'string', example },
});

/** Documents that a read can be answered with 304. */
export const ApiNotModified = () =>
  ApiResponse({ status: 304, description: 'The client has it already: `If-None-Match` names its `ETag`' });

/** Documents that a route returns one resource of this DTO, with its strong entity tag. A read can also return 304. */
export function ApiResource(dto: Type, act: 'read' | 'make' | 'change'): MethodDecorator {
  const headers: Headers = {
    ETag: documentedHeader(
      'changes with every change of the representation',
      '"5iFkfr9NtuS2DVNaBXhe5P0gqHE"',
    ),
    ...(act === 'make' && { Location: documentedHeader('the address of the new resource', '/items/1') }),
  };
  const response = ApiResponse({ status: act === 'make' ? 201 : 200, type: dto, headers });
  return act === 'read' ? applyDecorators(response, ApiNotModified()) : response;
}
