/** Code points that leave nothing to see: separators, controls, formats, variation selectors, the braille blank. */
const INVISIBLE = /^[\p{Z}\p{C}\p{Default_Ignorable_Code_Point}\u2800]*$/u;
const CONTROL = /\p{Cc}/u;

/** The form in which every text is checked, stored and compared. */
export function normalizeText(value: string): string {
  return value.trim().normalize('NFC');
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
