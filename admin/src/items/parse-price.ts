/** The API has `numeric(10,2)`. */
const LARGEST = 99_999_999.99;

export type PriceFault = 'not_a_number' | 'negative' | 'too_large' | 'too_exact';

/**
 * Reads a price as people type it and spreadsheets copy it: with a point or a comma, with groups of thousands, with the
 * sign of a currency. What could be read in two ways is a fault: `1,200` can be a thousand, or has three decimals.
 */
export function parsePrice(text: string): number | PriceFault {
  const plain = text.normalize('NFKC').replaceAll(/[\s\p{Sc}'’]/gu, '');
  if (/^[-−]\d/.test(plain)) return 'negative';
  const signs = plain.match(/[.,]/g) ?? [];
  const parts = plain.split(/[.,]/);
  if (!/\d/.test(plain) || !parts.every((part) => /^\d*$/.test(part))) return 'not_a_number';
  const hasDecimals = signs.length === 1 || (signs.length > 1 && signs.at(-1) !== signs.at(-2));
  const decimals = hasDecimals ? (parts.pop() ?? '') : '';
  if (!areGroups(parts, hasDecimals ? signs.slice(0, -1) : signs)) return 'not_a_number';
  if (decimals.length > 2) return 'too_exact';
  const price = Number(`${parts.join('')}.${decimals}0`);
  return price > LARGEST ? 'too_large' : price;
}

function areGroups(parts: readonly string[], signs: readonly string[]): boolean {
  return new Set(signs).size <= 1 && parts.slice(1).every((part) => part.length === 3);
}
