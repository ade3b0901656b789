import { CsvError, type InfoRecord, parse, type Parser } from 'csv-parse';
import { FileFault, type RawItem, type RawRow, type RowFault } from './import-row';

/** How a CSV file is written, beside what RFC 4180 says. */
export interface CsvFormat {
  readonly delimiter: string;
  readonly decimal: '.' | ',';
  /** the names of the columns in the file, by our own names; undefined if they are the same */
  readonly columnOf?: ReadonlyMap<string, string> | undefined;
}

const COLUMNS = ['name', 'price', 'sku', 'tags'] as const;
type Column = (typeof COLUMNS)[number];
const REQUIRED: readonly Column[] = ['name', 'price'];

/** A row with more is most likely one with a quote that is never closed. */
const MAX_ROW_BYTES = 64 * 1024;

/** How many names a message has. */
const NAMES_SHOWN = 5;

const DELIMITERS: Readonly<Record<string, string>> = { ';': ';', '\t': 'tab', '|': '|', ',': ',' };

/** Reads the rows of a CSV file in UTF-8. */
export class CsvRows {
  /** the header; undefined until it was read */
  header: string[] | undefined;
  /** where the last row that was read ends */
  lastLine = 0;
  private readonly indexOf = new Map<Column, number>();

  constructor(private readonly format: CsvFormat) {}

  /** Whether the file has a column. */
  has(column: Column): boolean {
    return this.indexOf.has(column);
  }

  /** A stream that takes the bytes of the file, and gives rows. */
  parser(): Parser {
    const read = (fields: string[], { lines }: InfoRecord): RawRow | null => {
      this.lastLine = lines;
      if (this.header) return this.read(fields, lines);
      this.readHeader(fields);
      return null;
    };
    return parse({
      bom: true,
      delimiter: this.format.delimiter,
      relax_column_count: true,
      skip_empty_lines: true,
      max_record_size: MAX_ROW_BYTES,
      // Its types do not know that a record can become something else.
      on_record: read as never,
    });
  }

  private readHeader(fields: string[]): void {
    const header = fields.map((field) => field.trim());
    while (header.length > 0 && header.at(-1) === '') header.pop();
    const { columnOf } = this.format;
    const nameOf = (column: Column) => (columnOf ? columnOf.get(column) : column);
    for (const column of COLUMNS) {
      const name = nameOf(column);
      if (name === undefined) continue;
      const indexes = header.flatMap((each, index) => (isSame(each, name) ? [index] : []));
      if (indexes.length > 1) throw new FileFault(`The header has the column "${name}" twice.`, 1);
      if (indexes[0] !== undefined) this.indexOf.set(column, indexes[0]);
      else if (columnOf) throw new FileFault(`The header has no column "${name}".${this.hint(header)}`, 1);
    }
    const missing = REQUIRED.filter((column) => !this.indexOf.has(column));
    if (missing.length > 0) {
      throw new FileFault(`The header has no column ${quoted(missing)}.${this.hint(header)}`, 1);
    }
    const known = new Set(this.indexOf.values());
    const unknown = header.filter((_name, index) => !known.has(index));
    if (!columnOf && unknown.length > 0) {
      throw new FileFault(
        `The header has unknown columns: ${quoted(unknown)}. Columns are ${COLUMNS.join(', ')}; with map, others are ignored.`,
        1,
      );
    }
    this.header = header;
  }

  /** What to try, for a file that was most likely written with another delimiter. */
  private hint(header: readonly string[]): string {
    const [only = ''] = header;
    const other = Object.keys(DELIMITERS).find(
      (delimiter) => delimiter !== this.format.delimiter && only.split(delimiter).length > 1,
    );
    return header.length === 1 && other !== undefined ? ` Try delimiter=${DELIMITERS[other] ?? ''}.` : '';
  }

  private read(fields: string[], line: number): RawRow {
    const { header = [] } = this;
    const faults: RowFault[] = [];
    const surplus = fields.slice(header.length).some((field) => field !== '');
    if (fields.length < header.length || surplus) {
      const message = `has ${fields.length} columns, and the header has ${header.length}`;
      return { line, item: {}, faults: [{ pointer: '', message }], fields };
    }
    const textOf = (column: Column) => {
      const index = this.indexOf.get(column);
      return index === undefined ? undefined : fields[index];
    };
    const item: { -readonly [Name in keyof RawItem]: RawItem[Name] } = { name: textOf('name') };
    item.price = this.priceOf(textOf('price') ?? '', faults);
    item.sku = textOf('sku')?.trim() === '' ? null : textOf('sku');
    const tags = textOf('tags');
    if (tags !== undefined) item.tags = splitTags(tags);
    return { line, item, faults, fields };
  }

  /** The number of a text in plain digits. */
  private priceOf(text: string, faults: RowFault[]): unknown {
    const { decimal } = this.format;
    const [thousands, pattern] = decimal === ',' ? ['.', PLAIN_COMMA] : [',', PLAIN_POINT];
    const plain = text.trim();
    if (pattern.test(plain)) return Number(plain.replace(',', '.'));
    let message = plain === '' ? 'is required' : 'must be a number in plain digits';
    if (/\d/.test(plain) && plain.includes(thousands))
      message = `must be a number without thousands separators; if "${thousands}" is its decimal sign, try decimal=${thousands}`;
    faults.push({ pointer: '/price', message });
    return undefined;
  }
}

const PLAIN_POINT = /^-?\d{1,15}(?:\.\d{1,15})?$/;
const PLAIN_COMMA = /^-?\d{1,15}(?:,\d{1,15})?$/;

/** Names are compared without regard to case: exports of other systems differ in it. */
function isSame(name: string, other: string): boolean {
  return name.toLowerCase() === other.trim().toLowerCase();
}

function quoted(names: readonly string[]): string {
  const shown = names.slice(0, NAMES_SHOWN).map((name) => `"${name.slice(0, 100)}"`);
  const rest = names.length - shown.length;
  return shown.join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}

/** Splits names at `|`; in a name it is written `\|`, and a backslash may be written `\\`. */
export function splitTags(text: string): string[] {
  if (text.trim() === '') return [];
  if (!text.includes('\\')) return text.split('|');
  const names = [''];
  for (const [token] of text.matchAll(/\\[\\|]|[^]/g)) {
    if (token === '|') names.push('');
    else names.push((names.pop() ?? '') + (token.length === 2 ? token.slice(1) : token));
  }
  return names;
}

/** What an error of the parser means for whoever sent the file. @param lastLine the end of the last row that was read */
export function toFileFault(error: unknown, lastLine: number): unknown {
  if (!(error instanceof CsvError)) return error;
  const start = lastLine + 1;
  if (error.code === 'CSV_MAX_RECORD_SIZE' || error.code === 'CSV_QUOTE_NOT_CLOSED')
    return new FileFault(`A quote in the row that begins at line ${start} is never closed.`, start);
  if (error.code === 'INVALID_OPENING_QUOTE')
    return new FileFault(
      `A field in line ${start} has a quote but does not begin with one; write it as "a ""b"" c".`,
      start,
    );
  if (
    error.code === 'CSV_INVALID_CLOSING_QUOTE' ||
    error.code === 'CSV_NON_TRIMABLE_CHAR_AFTER_CLOSING_QUOTE'
  )
    return new FileFault(
      `A field in line ${start} has text after its closing quote; write a quote in a field as "".`,
      start,
    );
  return new FileFault(`Line ${start} cannot be read as CSV.`, start);
}
