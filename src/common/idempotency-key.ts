import { SetMetadata } from '@nestjs/common';

/** 1 to 255 visible ASCII characters. */
export const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,255}$/;
export const IDEMPOTENCY_KEY_RULE = 'must have 1 to 255 visible ASCII characters';

const IDEMPOTENT = 'emporium:idempotent';

/** Declares, for the input guard, that a route takes `Idempotency-Key`. */
export const TakesIdempotencyKey = () => SetMetadata(IDEMPOTENT, true);

export function takesIdempotencyKey(handler: object): boolean {
  return Reflect.getMetadata(IDEMPOTENT, handler) === true;
}
