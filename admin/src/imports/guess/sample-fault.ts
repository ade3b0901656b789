import { decodeSample, guessEncoding } from './encoding';
import { readSample, type Sample } from './reading';

/** How files begin that are often taken for text: of spreadsheets and archives, PDF, old spreadsheets, and gzip. */
const NO_TEXT: readonly (readonly number[])[] = [
  [0x50, 0x4b, 0x03, 0x04],
  [0x25, 0x50, 0x44, 0x46],
  [0xd0, 0xcf, 0x11, 0xe0],
  [0x1f, 0x8b],
];
const UTF_16BE_MARK = [0xfe, 0xff];

/** So many characters are searched for those that no text has. */
const SEARCHED = 1024;

/** Some databases write a vertical tab or a form feed for a line break in a field. */
// eslint-disable-next-line no-control-regex -- they are what is searched for
const CONTROL_CHARACTERS = /[\x00-\x08\x0e-\x1f]/;

/** Excel reads this line, which is no row, and does not show it. */
const SEPARATOR_LINE = /^"?sep=.?"?$/i;

/** Something else than blanks and delimiters. */
const HAS_FIELD = /[^\s,;|]/;

export type SampleFault =
  'empty_file' | 'no_text' | 'utf_16be' | 'separator_line' | 'json_array' | 'long_header';

/** Why a file cannot be imported, whatever the person chooses. */
export function faultOf(sample: Sample): SampleFault | undefined {
  const { bytes, isWhole } = sample;
  const beginsWith = (beginning: readonly number[]) =>
    beginning.every((byte, index) => bytes[index] === byte);
  if (NO_TEXT.some(beginsWith)) return 'no_text';
  if (beginsWith(UTF_16BE_MARK)) return 'utf_16be';
  const text = decodeSample(bytes, guessEncoding(bytes));
  if (CONTROL_CHARACTERS.test(text.slice(0, SEARCHED))) return 'no_text';
  const [firstLine = ''] = text.trimStart().split(/[\r\n]/, 1);
  if (SEPARATOR_LINE.test(firstLine.trimEnd())) return 'separator_line';
  if (/^\s*\[\s*\{/.test(text)) return 'json_array';
  if (isWhole) return HAS_FIELD.test(text) ? undefined : 'empty_file';
  const { format, header, rows } = readSample(sample);
  const first = format === 'ndjson' ? rows : header;
  return first.length > 0 ? undefined : 'long_header';
}
