/**
 * Replaces a number in a body that has more digits than a double can represent. Every rule refuses it, so that no
 * number is rounded.
 */
export class InexactNumber {
  readonly fault = 'must be a number with at most 15 significant digits';
}

/** Whether a double has the same value as a decimal number. */
export function isExactNumber(decimal: string): boolean {
  return normalized(decimal) === normalized(String(Number(decimal)));
}

/** A normal form of a decimal number: its digits without zeros at both ends, and the exponent of the last one. */
function normalized(decimal: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(decimal) ?? [];
  const digits = `${whole}${fraction}`.replace(/^0+/, '');
  // A regular expression for the zeros at the end would take quadratic time where there are many in the middle.
  let length = digits.length;
  while (digits[length - 1] === '0') length--;
  const significant = digits.slice(0, length);
  if (significant === '') return whole === '' ? decimal : '0';
  return `${sign}${significant}e${Number(exponent) - fraction.length + digits.length - significant.length}`;
}
