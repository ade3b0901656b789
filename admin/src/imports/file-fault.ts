import { findText, type KnownText } from './known-texts';

/** A quoted name of a column, which can have quotes and line breaks itself. */
const NAME = '"([^]*)"';

/** What can be wrong with a file as a whole, as the API words it, and its text among those of the imports. */
const FAULTS: readonly KnownText[] = [
  [/^This is .*, not text\./, 'no_text'],
  [/^This is UTF-16 in big-endian order/, 'utf_16be'],
  [/^The file is empty: it has no header\.$/, 'file_faults.no_header'],
  [/^The file did not arrive completely\.$/, 'file_faults.incomplete'],
  [/^The file ends in line (\d+) in the middle of a character/, 'file_faults.cut_off'],
  [/^Line (\d+) is not in the encoding \S+\. Try encoding=(\S+)\.$/, 'file_faults.encoding_try'],
  [/^Line (\d+) is not in the encoding/, 'file_faults.encoding'],
  [/^A quote in the row that begins at line (\d+) is never closed/, 'file_faults.open_quote'],
  [/^The row that begins at line (\d+) is longer than (\d+) bytes/, 'file_faults.long_row'],
  [/^Line (\d+) is longer than (\d+) characters\.$/, 'file_faults.long_line'],
  [/^A field in line (\d+) has a quote but does not begin with one/, 'file_faults.quote_inside'],
  [/^A field in line (\d+) has text after its closing quote/, 'file_faults.text_after_quote'],
  [/^Line (\d+) cannot be read as CSV\.$/, 'file_faults.no_csv'],
  [new RegExp(`^The header(?: in line \\d+)? has the column ${NAME} twice\\.$`), 'file_faults.same_column'],
  [new RegExp(`^The header(?: in line \\d+)? has no column ${NAME}\\.`), 'file_faults.no_column'],
];

type Translate = (key: string, options: Record<string, unknown>) => string;

/** In the language of the panel; undefined if it is no fault of a file that the panel knows. */
export function tellFileFault(message: string, translate: Translate): string | undefined {
  const text = findText(FAULTS, message);
  if (!text) return undefined;
  const [one, two = ''] = text.named;
  const isEncoding = text.key === 'file_faults.encoding_try';
  const named = isEncoding ? translate(`emporium.imports.encoding.${two}`, { _: two }) : two;
  return translate(`emporium.imports.${text.key}`, { one, two: named });
}
