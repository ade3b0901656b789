import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { Rule, type ValueRule } from '../common/input/rules';
import { MAX_PRICE, priceFault } from './price';

/** The rule of `Price`. */
export const PRICE_RULE: ValueRule = {
  // -0 is in the range, but a price has no sign.
  normalize: (value) => (value === 0 ? 0 : value),
  fault: priceFault,
};

/** An amount of money: 0 to 99,999,999.99 with at most two decimals. */
export function Price(): PropertyDecorator {
  return applyDecorators(
    ApiProperty({ minimum: 0, maximum: MAX_PRICE }),
    Rule(PRICE_RULE.fault, PRICE_RULE.normalize),
  );
}

const PRICE = /^\d{1,8}(\.\d{1,2})?$/;

/** An amount of money in a query. It stays a text, because that is exact. */
export function QueryPrice(): PropertyDecorator {
  return applyDecorators(
    ApiProperty({ type: 'number', minimum: 0, maximum: MAX_PRICE }),
    Rule((value) =>
      typeof value === 'string' && PRICE.test(value)
        ? undefined
        : `must be an amount from 0 to ${MAX_PRICE} with at most 2 decimals`,
    ),
  );
}
