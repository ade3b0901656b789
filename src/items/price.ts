export const MAX_PRICE = 99_999_999.99;

/**
 * What is wrong with a price; undefined if nothing is. Decimals are counted on the number's shortest form, which is
 * what the client meant: 0.29 * 100 is no whole number, but "0.29" has two decimals. The range goes first, so that
 * no exponent but a negative one is left.
 */
export function priceFault(value: unknown): string | undefined {
  if (typeof value !== 'number') return 'must be a number';
  if (!(value >= 0 && value <= MAX_PRICE)) return `must be from 0 to ${MAX_PRICE}`;
  const shortest = String(value);
  const decimals = shortest.includes('e') ? Infinity : (shortest.split('.')[1]?.length ?? 0);
  return decimals > 2 ? 'must have at most 2 decimals' : undefined;
}
