import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { NeedsOneOf, Optional, Rule } from '../../../common/input/rules';
import { ITEM_RULES, MAX_PRICE } from '../../../items/items.rules';

const WAYS = ['multiply', 'add', 'set'] as const;

const MAX_FACTOR = 1_000_000;
const MIN_STEP = 0.01;

/** A number in a range, for a way to change a price that stands alone. */
function Way(name: (typeof WAYS)[number], min: number, max: number, decimals?: number): PropertyDecorator {
  return applyDecorators(
    ApiProperty({ minimum: min, maximum: max }),
    Rule((value, dto) => {
      const earlier = WAYS.slice(0, WAYS.indexOf(name)).find(
        (other) => (dto as PriceChangeDto)[other] !== undefined,
      );
      if (earlier !== undefined) return `must not stand beside ${earlier}`;
      return numberFault(value, min, max) ?? (decimals === undefined ? undefined : decimalsFault(value));
    }),
  );
}

function numberFault(value: unknown, min: number, max: number): string | undefined {
  if (typeof value !== 'number') return 'must be a number';
  return value >= min && value <= max ? undefined : `must be from ${min} to ${max}`;
}

/** At most two decimals, which is the rule of prices, and has nothing to do with the sign. */
function decimalsFault(value: unknown): string | undefined {
  return ITEM_RULES.price.fault(Math.abs(value as number));
}

/** One way to change the price of an item. */
@NeedsOneOf('multiply', 'add', 'set', 'round')
export class PriceChangeDto {
  /** the price times this */
  @Optional()
  @Way('multiply', 0, MAX_FACTOR)
  multiply?: number;

  /**
   * with `multiply`: the price is rounded half up to a multiple of this, such as `0.05`; without it, to the cent
   */
  @Optional()
  @ApiProperty({ minimum: MIN_STEP, maximum: MAX_PRICE })
  @Rule((value, dto) => {
    if ((dto as PriceChangeDto).multiply === undefined) return 'needs multiply beside it';
    return numberFault(value, MIN_STEP, MAX_PRICE) ?? decimalsFault(value);
  })
  round?: number;

  /** this more, or less if it is negative */
  @Optional()
  @Way('add', -MAX_PRICE, MAX_PRICE, 2)
  add?: number;

  /** this, whatever the price was */
  @Optional()
  @Way('set', 0, MAX_PRICE, 2)
  set?: number;
}
