import { applyDecorators, createParamDecorator, type ExecutionContext, SetMetadata } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import { type FastifyRequest } from 'fastify';
import { type Precondition } from './http/precondition';
import { ApiProblems } from './problems/api-problems.decorator';
import { PRECONDITION_FAILED, PRECONDITION_REQUIRED } from './problems/problem';

/** Whether REQUIRE_IF_MATCH applies to a route: it can be required, or it is always optional. */
export type ConditionalRule = 'requirable' | 'optional';

const CONDITIONAL = 'emporium:conditional';

/** Declares that a route takes `If-Match`, for the input guard and for the OpenAPI document. */
export function Conditional(rule: ConditionalRule = 'requirable'): MethodDecorator {
  return applyDecorators(
    SetMetadata(CONDITIONAL, rule),
    ApiHeader({
      name: 'If-Match',
      required: false,
      description: 'the `ETag` that the resource must still have, several of them, or `*`',
      schema: { type: 'string' },
    }),
    ApiProblems(PRECONDITION_FAILED, ...(rule === 'requirable' ? [PRECONDITION_REQUIRED] : [])),
  );
}

export function conditionalRuleOf(handler: object): ConditionalRule | undefined {
  return Reflect.getMetadata(CONDITIONAL, handler) as ConditionalRule | undefined;
}

/** The precondition of a request to a route with `@Conditional`. */
export const CurrentPrecondition = createParamDecorator(
  (_data: unknown, context: ExecutionContext): Precondition =>
    context.switchToHttp().getRequest<FastifyRequest & { precondition: Precondition }>().precondition,
);
