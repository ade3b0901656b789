/** The API has `numeric(10,2)`. */
const LARGEST = 99_999_999.99;

export type PriceFault = 'not_a_number' | 'negative' | 'too_large' | 'too_exact' | 'ambiguous';

/** A sign or a code of three letters, before or after the number. */
const CURRENCY = String.raw`(?:\p{Sc}|[A-Z]{3})?`;
const AMOUNT = new RegExp(String.raw`^${CURRENCY}\s*(.*?)\s*${CURRENCY}$`, 'u');

/**
 * Reads a price as people type it and spreadsheets copy it: with a point or a comma, with groups of thousands, with a
 * currency. What could be read in two ways is a fault: `1,200` can be a thousand, or has three decimals.
 */
export function parsePrice(text: string): number | PriceFault {
  const plain = AMOUNT.exec(text.normalize('NFKC').trim())?.[1] ?? '';
  if (/^[-−]\s*\d/.test(plain)) return 'negative';
  const signs = (plain.match(/[.,'’\s]/g) ?? []).map((sign) => (/[.,]/.test(sign) ? sign : ' '));
  const parts = plain.split(/[.,'’\s]/);
  if (!/\d/.test(plain) || !parts.every((part) => /^\d*$/.test(part))) return 'not_a_number';
  const last = signs.at(-1);
  const hasDecimals = last !== undefined && last !== ' ' && last !== signs.at(-2);
  const decimals = hasDecimals ? (parts.pop() ?? '') : '';
  if (!areGroups(parts, hasDecimals ? signs.slice(0, -1) : signs)) return 'not_a_number';
  if (decimals.length === 3 && signs.length === 1 && /^[1-9]\d{0,2}$/.test(parts[0] ?? ''))
    return 'ambiguous';
  if (decimals.length > 2) return 'too_exact';
  const price = Number(`${parts.join('')}.${decimals}0`);
  return price > LARGEST ? 'too_large' : price;
}

function areGroups(parts: readonly string[], signs: readonly string[]): boolean {
  return new Set(signs).size <= 1 && parts.slice(1).every((part) => part.length === 3);
}
