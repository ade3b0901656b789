export const MAX_PRICE = 99_999_999.99;

/**
 * Returns what is wrong with a price; undefined if nothing is. Decimals are counted in the number's shortest text,
 * which is what the client wrote: 0.29 * 100 is not an integer, but "0.29" has two decimals. The range is checked
 * first; after that an exponent can only be negative.
 */
export function priceFault(value: unknown): string | undefined {
  if (typeof value !== 'number') return 'must be a number';
  if (!(value >= 0 && value <= MAX_PRICE)) return `must be from 0 to ${MAX_PRICE}`;
  const shortest = String(value);
  const decimals = shortest.includes('e') ? Infinity : (shortest.split('.')[1]?.length ?? 0);
  return decimals > 2 ? 'must have at most 2 decimals' : undefined;
}
