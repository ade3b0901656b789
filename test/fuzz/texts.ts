import fc from 'fast-check';
import { anyCharacter } from '../support/any-character';

/** Characters that programs often treat wrongly, and that texts may have. */
const AWKWARD = [
  '\u200b', // zero width
  '\u200d',
  '\u2060',
  '\ufeff',
  '\u202e', // right to left
  '\u2067',
  'ש',
  'ع',
  '\u0301', // combining
  '\u0345',
  '\u1100', // composes with the next one to a syllable
  '\u1161',
  '\ufe0f',
  '\u00a0',
  '\u2028',
  '\u{1f468}',
  '\u{1d15e}', // longer in NFC
  '\ufffd',
  '\uffff',
  '\u{10ffff}',
  'ß',
  'İ',
  'ﬀ',
  ...Array.from(`%_\\'"\`<>&;|/?#{}$ `),
];

/** Any text that has neither control characters nor lone surrogates. */
export const anyText = (maxLength: number): fc.Arbitrary<string> =>
  fc
    .string({
      unit: fc.oneof(
        { arbitrary: fc.constantFrom(...Array.from('abc XYZ019-')), weight: 4 },
        { arbitrary: fc.constantFrom(...AWKWARD), weight: 2 },
        { arbitrary: anyCharacter, weight: 1 },
      ),
      maxLength,
    })
    .map((text) => text.replaceAll(/\p{Cc}/gu, '').toWellFormed());

const HAN = 0x4e00;
const HAN_COUNT = 0x9fa5 - HAN;

/** A text that is visible, has no case, does not change by normalisation, and is another one for each number. */
export function uniqueText(number: number): string {
  const character = String.fromCodePoint(HAN + (number % HAN_COUNT));
  return number < HAN_COUNT ? character : uniqueText(Math.floor(number / HAN_COUNT)) + character;
}

/** The form in which the contract stores texts. */
export const normalized = (text: string): string => text.trim().normalize('NFC');

/** How long a text is to be, and what stands around it. */
export type Form = 'as it is' | 'shortest' | 'longest' | 'longest before NFC' | 'padded';

export const forms = fc.constantFrom<Form>(
  'as it is',
  'as it is',
  'as it is',
  'shortest',
  'longest',
  'longest before NFC',
  'padded',
);

/** A valid text of at most `max` characters that begins with a unique one. */
export function fit(unique: string, rest: string, form: Form, max: number): string {
  const text = cut(`${unique}${rest}`, max);
  if (form === 'shortest') return unique;
  if (form === 'longest') return pad(text, max, '\u{1f98a}');
  // Two characters each, which become one.
  if (form === 'longest before NFC') return pad(text, max, 'e\u0301');
  return form === 'padded' ? `\u3000\t${text}\r\n\ufeff` : text;
}

/** Cuts a text so that its normalised form is not longer. */
function cut(text: string, max: number): string {
  let end = Array.from(text).slice(0, max);
  while (Array.from(normalized(end.join(''))).length > max) end = end.slice(0, -1);
  return end.join('');
}

function pad(text: string, max: number, filler: string): string {
  // The digit keeps the filler from composing with the text, and the text from being trimmed.
  const begin = cut(text, max - 1) + '1';
  return begin + filler.repeat(max - Array.from(normalized(begin)).length);
}
