import { STATUS_CODES } from 'node:http';
import { ApiExtraModels, ApiResponse, type ApiResponseNoStatusOptions, getSchemaPath } from '@nestjs/swagger';
import { ProblemDto } from './problem.dto';
import { type ProblemType } from './problem';

const PROBLEMS = 'emporium:problems';

/** Documents what a route can answer besides success. May stand several times on a route, directly or inside others. */
export function ApiProblems(...types: ProblemType[]): MethodDecorator & ClassDecorator {
  return (target: object, key?: string | symbol, descriptor?: PropertyDescriptor) => {
    const holder = (descriptor?.value ?? target) as object;
    const before = (Reflect.getMetadata(PROBLEMS, holder) ?? []) as ProblemType[];
    const all = [...before, ...types.filter((type) => !before.includes(type))];
    Reflect.defineMetadata(PROBLEMS, all, holder);
    ApiExtraModels(ProblemDto)(target, key, descriptor as never);
    for (const status of new Set(all.map((type) => type.status))) {
      const group = all.filter((type) => type.status === status);
      const decorate = ApiResponse({ status, ...problemResponse(status, group) }, { overrideExisting: true });
      decorate(target as never, key as never, descriptor as never);
    }
  };
}

/** The OpenAPI response object for all problems of one status. */
export function problemResponse(status: number, types: ProblemType[]): ApiResponseNoStatusOptions {
  const examples = types.map((type) => [
    type.code,
    {
      summary: type.detail,
      value: {
        type: 'about:blank',
        title: STATUS_CODES[status],
        status,
        detail: type.detail,
        code: type.code,
        request_id: '9f3c2a5e-3c0f-4d55-8a3d-1f7f6c1e2b90',
        ...(type.code === 'invalid_input' && { errors: [{ pointer: '/name', message: 'is required' }] }),
      },
    },
  ]);
  return {
    description: types.map((type) => `\`${type.code}\`: ${type.detail}`).join('\n\n'),
    content: {
      'application/problem+json': {
        schema: { $ref: getSchemaPath(ProblemDto) },
        examples: Object.fromEntries(examples) as Record<string, { value: unknown }>,
      },
    },
  };
}
