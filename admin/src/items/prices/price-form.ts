import { parsePrice } from '../parse-price';
import { type PriceChange } from './price-edits';

export const WAYS = ['percent', 'add', 'set'] as const;
export type Way = (typeof WAYS)[number];
export const STEPS = [0.01, 0.05, 0.1, 0.5, 1] as const;

/** What was typed into the form. */
export interface TypedChange {
  way: Way;
  amount: string;
  step: number;
}

const LARGEST_PERCENT = 1000;

/** What the form asks for; undefined while it is not a change. */
export function toPriceChange({ way, amount, step }: TypedChange): PriceChange | undefined {
  const isNegative = /^\s*[-−]/.test(amount);
  const size = parsePrice(amount.replace(/^\s*[-+−]/, '').replace('%', ''));
  if (typeof size !== 'number') return undefined;
  if (way === 'set') return isNegative ? undefined : { set: size };
  const change = isNegative ? -size : size;
  if (way === 'add') return { add: change };
  if (change < -100 || change > LARGEST_PERCENT) return undefined;
  // A percentage has two decimals, so the factor has four.
  return { multiply: Number(((100 + change) / 100).toFixed(4)), round: step };
}
