/** Code points that leave nothing to see: separators, controls, formats, variation selectors, the braille blank. */
const INVISIBLE = /^[\p{Z}\p{C}\p{Default_Ignorable_Code_Point}\u2800]*$/u;
const CONTROL = /\p{Cc}/u;

/** The form in which every text of at most `max` code points is checked, stored and compared. */
export function normalizeText(value: string, max: number): string {
  return normalizeUpTo(max, value.trim(), 'NFC');
}

/** UTF-16 units that one composed character can come from: four code points of two units each. */
const UNITS_PER_CHARACTER = 8;

/**
 * Normalises what may have at most `max` code points afterwards. What is too long for that whatever comes of it stays as
 * it is: the time to normalise a row of combining marks grows with the square of its length.
 */
export function normalizeUpTo(max: number, value: string, form: 'NFC' | 'NFKC'): string {
  return value.length > max * UNITS_PER_CHARACTER ? value : value.normalize(form);
}

/** The number of code points. */
export function textLength(value: string): number {
  let length = value.length;
  for (let i = 0; i < value.length - 1; i++) {
    if (value.charCodeAt(i) >= 0xd800 && value.charCodeAt(i) <= 0xdbff) {
      length--;
      i++;
    }
  }
  return length;
}

/**
 * What is wrong with a normalised text of `min` to `max` code points; undefined if nothing is.
 * PostgreSQL cannot store NUL or lone surrogates, and a name that nobody can see helps nobody.
 */
export function textFault(value: string, min: number, max: number): string | undefined {
  if (!value.isWellFormed()) return 'must be well-formed Unicode';
  if (CONTROL.test(value)) return 'must not contain control characters';
  if (min > 0 && INVISIBLE.test(value)) return 'must have a visible character';
  const length = textLength(value);
  if (length < min || length > max) return `must have ${min} to ${max} characters`;
  return undefined;
}
