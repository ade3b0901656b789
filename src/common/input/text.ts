/** Invisible code points: separators, controls, formats, variation selectors, the braille blank. */
const INVISIBLE = /^[\p{Z}\p{C}\p{Default_Ignorable_Code_Point}\u2800]*$/u;
const CONTROL = /\p{Cc}/u;

/** The form in which texts are checked, stored and compared. @param max the maximum of code points */
export function normalizeText(value: string, max: number): string {
  return normalizeUpTo(max, value.trim(), 'NFC');
}

/** How many UTF-16 units one composed character can have before normalisation: four code points of two units each. */
const UNITS_PER_CHARACTER = 8;

/**
 * Normalises a text that may have at most `max` code points afterwards. A text that is too long in any case is not
 * normalised, because the time for a sequence of combining marks grows with the square of its length.
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
 * Returns what is wrong with a normalised text of `min` to `max` code points; undefined if nothing is. PostgreSQL
 * cannot store NUL or lone surrogates, and an invisible name is of no use.
 */
export function textFault(value: string, min: number, max: number): string | undefined {
  if (!value.isWellFormed()) return 'must be well-formed Unicode';
  if (CONTROL.test(value)) return 'must not contain control characters';
  if (min > 0 && INVISIBLE.test(value)) return 'must have a visible character';
  const length = textLength(value);
  if (length < min || length > max) return `must have ${min} to ${max} characters`;
  return undefined;
}
