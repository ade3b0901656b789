export const DECIMALS = ['.', ','] as const;
export type Decimal = (typeof DECIMALS)[number];

/**
 * The decimal sign that most of the prices have. If none tells, as in `1.250`, only a file with commas between its fields is
 * taken to come from where the decimal sign is a point: a wrong comma makes a bad row, which the person is asked about, and a
 * wrong point a price that is 1,000 times too small.
 */
export function guessDecimal(prices: readonly string[], delimiter = ','): Decimal {
  let points = 0;
  let commas = 0;
  for (const price of prices) {
    const sign = signOf(price);
    if (sign === '.') points++;
    if (sign === ',') commas++;
  }
  if (commas === points && delimiter !== ',' && prices.some((price) => price.includes('.'))) return ',';
  return commas > points ? ',' : '.';
}

/** Undefined if the price does not tell: in `1.234` the point can be for thousands or decimals. */
function signOf(price: string): Decimal | undefined {
  const signs: string[] = price.match(/[.,]/g) ?? [];
  const last = signs.at(-1) as Decimal | undefined;
  if (last === undefined) return undefined;
  const other = last === '.' ? ',' : '.';
  if (signs.includes(other)) return last;
  // A sign that is there twice is for thousands.
  if (signs.length > 1) return other;
  return /[.,]\d{3}(?!\d)/.test(price) ? undefined : last;
}

/** Two decimals; zeros after them change nothing. */
const GOOD = { '.': /^\d{1,8}(?:\.\d{1,2}0*)?$/, ',': /^\d{1,8}(?:,\d{1,2}0*)?$/ };

/** Whether the API takes it as a price: without a currency, and without a sign for thousands. */
export function isGoodPrice(price: string, decimal: Decimal): boolean {
  return GOOD[decimal].test(price.trim());
}

/** Groups of three digits after one to three others, as in `1.234`, `1 234` and `1’234’567`. */
const GROUPS = /(?<![\d.,])[1-9]\d{0,2}([.,'’\s])\d{3}(\1\d{3})*(?!\d)/;

/** Whether the price has a sign for thousands, with which the API refuses it. */
export function hasThousands(price: string, decimal: Decimal): boolean {
  const [found, sign, more] = GROUPS.exec(price) ?? [];
  return found !== undefined && (sign !== decimal || more !== undefined);
}
