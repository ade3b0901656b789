import { applyDecorators, UseInterceptors } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import { TakesIdempotencyKey } from '../common/idempotency-key';
import { ApiProblems } from '../common/problems/api-problems.decorator';
import { IdempotencyInterceptor } from './idempotency.interceptor';
import { IDEMPOTENCY_KEY_REUSED, IN_PROGRESS } from './idempotency.problems';

/**
 * Makes a route take `Idempotency-Key`. All that the handler writes must go through its `@CurrentExecutor`, and it may
 * run several times.
 */
export function Idempotent(): MethodDecorator {
  return applyDecorators(
    TakesIdempotencyKey(),
    UseInterceptors(IdempotencyInterceptor),
    ApiHeader({
      name: 'Idempotency-Key',
      required: false,
      description:
        'makes retries safe: requests with the same key have one effect, and the same response for 24 hours',
      schema: { type: 'string', minLength: 1, maxLength: 255, pattern: '^[\\x21-\\x7e]+$' },
    }),
    ApiProblems(IN_PROGRESS, IDEMPOTENCY_KEY_REUSED),
  );
}
