import { type PriceChange } from './edit';

/** Without another step, prices are rounded to the cent. */
const CENT = 0.01;

/**
 * SQL of a price after a change, in `numeric`, and so without the errors of binary fractions. Numbers are sent in the
 * shortest text that means them, which is what the client wrote.
 *
 * @param price SQL of the price before
 * @param value adds a value to the statement, and returns its parameter
 */
export function changedPrice(price: string, change: PriceChange, value: (value: unknown) => string): string {
  const number = (of: number) => `${value(String(of))}::numeric`;
  if ('set' in change) return number(change.set);
  if ('add' in change) return `${price} + ${number(change.add)}`;
  return roundedHalfUp(`(${price} * ${number(change.multiply)})`, number(change.round ?? CENT));
}

/** Rounds to a multiple of the step. By the remainder, because a quotient would be rounded itself before. */
function roundedHalfUp(amount: string, step: string): string {
  const remainder = `mod(${amount}, ${step})`;
  return `${amount} - ${remainder} + CASE WHEN 2 * ${remainder} >= ${step} THEN ${step} ELSE 0 END`;
}
