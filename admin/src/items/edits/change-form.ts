import { parsePrice, type PriceFault } from '../parse-price';
import { type EditChange, type PriceChange } from './edits';

const PRICE_WAYS = ['percent', 'add', 'set'] as const;
const TAG_WAYS = ['add_tag', 'remove_tag'] as const;
export const WAYS = [...PRICE_WAYS, ...TAG_WAYS, 'delete'] as const;
export type PriceWay = (typeof PRICE_WAYS)[number];
export type TagWay = (typeof TAG_WAYS)[number];
export type Way = (typeof WAYS)[number];
export const STEPS = [0.01, 0.05, 0.1, 0.5, 1] as const;

/** What was typed into the form. */
export interface TypedChange {
  way: Way;
  amount: string;
  step: number;
  /** the name of a tag */
  tag: string;
}

const SMALLEST_PERCENT = -100;
const LARGEST_PERCENT = 1000;

export type AmountFault = PriceFault | 'percent_too_small' | 'percent_too_large';

export const isPriceWay = (way: Way): way is PriceWay => PRICE_WAYS.some((known) => known === way);
export const isTagWay = (way: Way): way is TagWay => TAG_WAYS.some((known) => known === way);

/** What the form asks for; undefined while it is not a change. */
export function toChange({ way, amount, step, tag }: TypedChange): EditChange | undefined {
  if (way === 'delete') return { delete: true };
  if (isTagWay(way)) {
    const names = [tag.trim()];
    if (names[0] === '') return undefined;
    return way === 'add_tag' ? { add_tags: names } : { remove_tags: names };
  }
  const price = toPriceChange(way, amount, step);
  return price && { price };
}

/** Why an amount is not read, as far as that is worth a sentence of its own. */
export function amountFault({ way, amount }: TypedChange): AmountFault | undefined {
  if (!isPriceWay(way) || amount.trim() === '') return undefined;
  const { size, isNegative } = readAmount(amount);
  if (way === 'set' && isNegative) return 'negative';
  if (typeof size === 'number')
    return way === 'percent' ? percentFault(isNegative ? -size : size) : undefined;
  // The other sentences are about prices.
  return way === 'set' || size === 'ambiguous' ? size : undefined;
}

/** Its sign is told apart, because a price has none. */
function readAmount(amount: string): { size: number | PriceFault; isNegative: boolean } {
  return {
    size: parsePrice(amount.replace(/^\s*[-+−]/, '').replace('%', '')),
    isNegative: /^\s*[-−]/.test(amount),
  };
}

function percentFault(percent: number): AmountFault | undefined {
  if (percent < SMALLEST_PERCENT) return 'percent_too_small';
  return percent > LARGEST_PERCENT ? 'percent_too_large' : undefined;
}

function toPriceChange(way: PriceWay, amount: string, step: number): PriceChange | undefined {
  const { size, isNegative } = readAmount(amount);
  if (typeof size !== 'number') return undefined;
  if (way === 'set') return isNegative ? undefined : { set: size };
  const change = isNegative ? -size : size;
  if (way === 'add') return { add: change };
  if (percentFault(change)) return undefined;
  // A percentage has two decimals, so the factor has four.
  return { multiply: Number(((100 + change) / 100).toFixed(4)), round: step };
}
