import { STATUS_CODES } from 'node:http';
import { ApiExtraModels, ApiResponse, type ApiResponseNoStatusOptions, getSchemaPath } from '@nestjs/swagger';
import { ProblemDto } from './problem.dto';
import { type ProblemType } from './problem';

const PROBLEMS = 'emporium:problems';

/** The media type of problem documents. */
export const PROBLEM_JSON = 'application/problem+json';

/** Documents the problems that a route can return. A route may have it several times, also inside other decorators. */
export function ApiProblems(...types: ProblemType[]): MethodDecorator & ClassDecorator {
  return (target: object, key?: string | symbol, descriptor?: PropertyDescriptor) => {
    const holder = (descriptor?.value ?? target) as object;
    const before = (Reflect.getMetadata(PROBLEMS, holder) ?? []) as ProblemType[];
    const all = [...before, ...types.filter((type) => !before.includes(type))];
    Reflect.defineMetadata(PROBLEMS, all, holder);
    ApiExtraModels(ProblemDto)(target, key, descriptor as never);
    for (const status of new Set(types.map((type) => type.status))) {
      const group = all.filter((type) => type.status === status);
      const decorate = ApiResponse({ status, ...problemResponse(status, group) });
      decorate(target as never, key as never, descriptor as never);
    }
  };
}

/**
 * The OpenAPI response object for all problems of one status, without a description: `@ApiResponse` would append the
 * description of each decorator to the one before. The document describes each problem once, from these examples.
 */
export function problemResponse(status: number, types: readonly ProblemType[]): ApiResponseNoStatusOptions {
  const examples = types.map(({ code, detail }) => [
    code,
    {
      value: {
        type: 'about:blank',
        title: STATUS_CODES[status],
        status,
        detail,
        code,
        request_id: '9f3c2a5e-3c0f-4d55-8a3d-1f7f6c1e2b90',
      },
    },
  ]);
  return {
    description: '',
    content: {
      [PROBLEM_JSON]: {
        schema: { $ref: getSchemaPath(ProblemDto) },
        examples: Object.fromEntries(examples) as Record<string, { value: unknown }>,
      },
    },
  };
}
