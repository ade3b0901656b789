import { type CsvError, type Info, type Options, Parser } from 'csv-parse';
import { InexactNumber, isExactNumber } from '../../common/input/inexact-number';
import { FileFault, type RawItem, type RawRow, type RowFault } from './import-row';

/** How a CSV file is written, beside what RFC 4180 says. */
export interface CsvFormat {
  readonly delimiter: string;
  readonly decimal: '.' | ',';
  /** between the names of tags */
  readonly tagDelimiter: '|' | ',' | ';';
  /** what a row without a name is: an error, or more of the product in the row above */
  readonly emptyName: 'fail' | 'previous';
  /** the names of the columns in the file, by our own names; undefined if they are the same */
  readonly columnOf?: ReadonlyMap<string, string> | undefined;
}

export const COLUMNS = ['name', 'price', 'sku', 'tags'] as const;
export type Column = (typeof COLUMNS)[number];
const REQUIRED: readonly Column[] = ['name', 'price'];

/** The last column of a file with failed rows, which may be there when the file is sent again. */
export const ERROR_COLUMN = 'error';

/** A row with more is most likely one with a quote that is never closed. */
const MAX_ROW_BYTES = 256 * 1024;

/** Files that were edited on several systems have several of them. */
const LINE_ENDS = ['\r\n', '\n', '\r'];
export const LINE_END = /\r\n|\n|\r/g;

/** What the start of a UTF-8 file becomes when it is read as windows-1252. */
const MISREAD_MARK = '\u00ef\u00bb\u00bf';

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
  /** whether the last column is the one with errors that a file of failed rows has */
  private hasErrors = false;
  /** what the parser had counted after the last row */
  private counted = { lines: 0, empty: 0 };
  /** the last row with a name */
  private named: Readonly<{ name: string; tags: string }> | undefined;

  constructor(readonly format: CsvFormat) {}

  /** Whether the file has a column. */
  has(column: Column): boolean {
    return this.indexOf.has(column);
  }

  /** What each column of the file is; null for those that are ignored. */
  get columns(): (Column | null)[] {
    const columnAt = new Map([...this.indexOf].map(([column, index]) => [index, column]));
    return (this.header ?? []).map((_name, index) => columnAt.get(index) ?? null);
  }

  /** A stream that takes the bytes of the file, and gives rows. */
  parser(): Parser {
    return new RowParser(
      {
        bom: true,
        delimiter: this.format.delimiter,
        record_delimiter: LINE_ENDS,
        relax_column_count: true,
        skip_empty_lines: true,
        max_record_size: MAX_ROW_BYTES,
      },
      (fields, info) => this.next(fields, info),
    );
  }

  /** @param info what the parser has counted up to the end of this record */
  private next(fields: string[], info: Info): RawRow | null {
    const empty = info.empty_lines - this.counted.empty;
    let inside = 0;
    // The parser counts a line end in a field as two if it has two characters.
    if (info.lines !== this.counted.lines + 1 + empty)
      for (const field of fields) inside += field.match(LINE_END)?.length ?? 0;
    this.lastLine += 1 + empty + inside;
    this.counted = { lines: info.lines, empty: info.empty_lines };
    if (fields.every((field) => field.trim() === '')) return null;
    if (this.header) return this.read(fields, this.lastLine);
    this.readHeader(fields);
    return null;
  }

  /** What an error of the parser means for whoever sent the file. */
  toFileFault(error: CsvError): FileFault {
    const empty = 'empty_lines' in error ? Number(error.empty_lines) - this.counted.empty : 0;
    const line = this.lastLine + 1 + empty;
    return new FileFault(messageOf(error.code, line), line);
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
      if (indexes.length > 1) throw this.headerFault(`has the column "${name}" twice.`);
      if (indexes[0] !== undefined) this.indexOf.set(column, indexes[0]);
      else if (columnOf) throw this.headerFault(`has no column "${name}".${this.hint(header)}`);
    }
    const missing = REQUIRED.filter((column) => !this.indexOf.has(column));
    if (missing.length > 0) {
      if (columnOf) throw new FileFault(this.mapFault(missing, header), this.lastLine);
      throw this.headerFault(`has no column ${quoted(missing)}.${this.hint(header)}`);
    }
    const known = new Set(this.indexOf.values());
    this.hasErrors = isSame(header.at(-1) ?? '', ERROR_COLUMN) && !known.has(header.length - 1);
    if (this.hasErrors) known.add(header.length - 1);
    const unknown = header.filter((_name, index) => !known.has(index));
    if (!columnOf && unknown.length > 0) {
      throw this.headerFault(
        `has unknown columns: ${quoted(unknown)}. Columns are ${COLUMNS.join(', ')}; with map, others are ignored.`,
      );
    }
    this.header = header;
  }

  private headerFault(message: string): FileFault {
    const header = this.lastLine === 1 ? 'The header' : `The header in line ${this.lastLine}`;
    return new FileFault(`${header} ${message}`, this.lastLine);
  }

  /** What to add to a map. It proposes a column of the same name only where the file has one that is free. */
  private mapFault(missing: readonly Column[], header: readonly string[]): string {
    const taken = new Set(this.indexOf.values());
    const additions = missing.map((column) =>
      header.some((each, index) => isSame(each, column) && !taken.has(index))
        ? `map=${column}:${column}`
        : `map=${column}: with the name of its column`,
    );
    return `The map leaves out ${quoted(missing)}; add ${additions.join(' and ')}.`;
  }

  /** What to try, for a file that was most likely written in another way. */
  private hint(header: readonly string[]): string {
    const [first = ''] = header;
    if (header.some((name) => name.includes('\0'))) return ' Try encoding=utf-16le.';
    if (first.startsWith(MISREAD_MARK)) return ' Try encoding=utf-8.';
    // Excel reads and writes this line, which is no row.
    if (/^sep=/i.test(first)) return ' Remove the first line; delimiter says the same.';
    const other = Object.keys(DELIMITERS).find(
      (delimiter) => delimiter !== this.format.delimiter && first.split(delimiter).length > 1,
    );
    if (header.length === 1 && other !== undefined) return ` Try delimiter=${DELIMITERS[other] ?? ''}.`;
    return this.indexOf.size === 0 && !this.format.columnOf
      ? ' The first line must have the names of the columns.'
      : '';
  }

  private read(fields: string[], line: number): RawRow | null {
    const { header = [] } = this;
    const faults: RowFault[] = [];
    const surplus = fields.slice(header.length).some((field) => field !== '');
    // The column of errors is ours: nobody counts it, and it may be missing.
    const width = header.length - (this.hasErrors ? 1 : 0);
    if (fields.length < width || surplus) {
      const count = surplus ? fields.length - header.length + width : fields.length;
      const message = `has ${countOf(count)}, and the header has ${width}`;
      return { line, item: {}, faults: [{ pointer: '', message }], fields };
    }
    if (this.format.emptyName === 'previous' && !this.continueRow(fields)) return null;
    const item: { -readonly [Name in keyof RawItem]: RawItem[Name] } = { name: this.textOf(fields, 'name') };
    item.price = this.priceOf(this.textOf(fields, 'price') ?? '', faults);
    const sku = this.textOf(fields, 'sku');
    item.sku = sku?.trim() === '' ? null : sku;
    const tags = this.textOf(fields, 'tags');
    if (tags !== undefined) item.tags = splitTags(tags, this.format.tagDelimiter);
    return { line, item, faults, fields };
  }

  private textOf(fields: readonly string[], column: Column): string | undefined {
    const index = this.indexOf.get(column);
    return index === undefined ? undefined : fields[index];
  }

  /**
   * Gives a row without a name the name of the row above, and the tags. The fields are changed, because a row that fails
   * must be complete without the row above.
   *
   * @returns whether it is an item: some systems write more pictures of a product into rows of their own
   */
  private continueRow(fields: string[]): boolean {
    const isEmpty = (column: Column) => (this.textOf(fields, column) ?? '').trim() === '';
    if (!isEmpty('name')) {
      this.named = { name: this.textOf(fields, 'name') ?? '', tags: this.textOf(fields, 'tags') ?? '' };
      return true;
    }
    if (!this.named || (isEmpty('price') && isEmpty('sku'))) return !this.named;
    for (const column of ['name', 'tags'] as const) {
      const index = this.indexOf.get(column);
      if (index !== undefined && isEmpty(column)) fields[index] = this.named[column];
    }
    return true;
  }

  /** The number of a text in plain digits. */
  private priceOf(text: string, faults: RowFault[]): unknown {
    const { decimal } = this.format;
    const [thousands, pattern] = decimal === ',' ? ['.', PLAIN_COMMA] : [',', PLAIN_POINT];
    const plain = text.trim();
    if (pattern.test(plain)) return toNumber(plain.replace(',', '.'));
    let message = plain === '' ? 'is required' : 'must be a number in plain digits';
    if (/\d/.test(plain) && plain.includes(thousands))
      message = `must be a number without thousands separators; if "${thousands}" is its decimal sign, try decimal=${thousands}`;
    faults.push({ pointer: '/price', message });
    return undefined;
  }
}

/**
 * Turns each record into a row while the parser is at it, when its counts are those of this record. The parser's own hook
 * for that, `on_record`, makes copies of all its counts for each record: they cost as much time as the parsing, and V8
 * keeps them until the heap has grown by some 80 MB.
 */
class RowParser extends Parser {
  constructor(
    options: Options,
    private readonly rowOf: (fields: string[], info: Info) => RawRow | null,
  ) {
    super(options);
  }

  override push(fields: string[] | null): boolean {
    if (fields === null) return super.push(null);
    if (this.destroyed) return false;
    try {
      const row = this.rowOf(fields, this.info);
      return row === null || super.push(row);
    } catch (error) {
      this.destroy(error as Error);
      return false;
    }
  }
}

const PLAIN_POINT = /^-?\d+(?:\.\d+)?$/;
const PLAIN_COMMA = /^-?\d+(?:,\d+)?$/;

/** A double has all numbers of so few characters. */
const EXACT_LENGTH = 15;

/** A number that would be rounded is refused, as in JSON. */
function toNumber(decimal: string): number | InexactNumber {
  return decimal.length <= EXACT_LENGTH || isExactNumber(decimal) ? Number(decimal) : new InexactNumber();
}

/** Names are compared without regard to case: exports of other systems differ in it. */
function isSame(name: string, other: string): boolean {
  return name.toLowerCase() === other.trim().toLowerCase();
}

function quoted(names: readonly string[]): string {
  const shown = names.slice(0, NAMES_SHOWN).map((name) => `"${name.slice(0, 100)}"`);
  const rest = names.length - shown.length;
  return shown.join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}

/** Splits names at `|`; in a name it is written `\|`, and a backslash may be written `\\`. Other systems escape nothing. */
export function splitTags(text: string, delimiter: CsvFormat['tagDelimiter'] = '|'): string[] {
  if (text.trim() === '') return [];
  if (delimiter !== '|') return text.split(delimiter).filter((name) => name.trim() !== '');
  if (!text.includes('\\')) return text.split('|');
  const names = [''];
  for (const [token] of text.matchAll(/\\[\\|]|[^]/g)) {
    if (token === '|') names.push('');
    else names.push((names.pop() ?? '') + (token.length === 2 ? token.slice(1) : token));
  }
  return names;
}

/** The opposite of `splitTags`. */
export function joinTags(names: readonly string[], delimiter: CsvFormat['tagDelimiter'] = '|'): string {
  if (delimiter !== '|') return names.join(delimiter);
  return names.map((name) => name.replace(/[\\|]/g, '\\$&')).join('|');
}

function countOf(columns: number): string {
  return columns === 1 ? '1 column' : `${columns} columns`;
}

function messageOf(code: string, line: number): string {
  switch (code) {
    case 'CSV_QUOTE_NOT_CLOSED':
      return `A quote in the row that begins at line ${line} is never closed; perhaps the file is cut off.`;
    case 'CSV_MAX_RECORD_SIZE':
      return `The row that begins at line ${line} is longer than ${MAX_ROW_BYTES} bytes; most likely a quote in it is never closed.`;
    case 'INVALID_OPENING_QUOTE':
      return `A field in line ${line} has a quote but does not begin with one; write it as "a ""b"" c".`;
    case 'CSV_INVALID_CLOSING_QUOTE':
    case 'CSV_NON_TRIMABLE_CHAR_AFTER_CLOSING_QUOTE':
      return `A field in line ${line} has text after its closing quote; write a quote in a field as "".`;
    default:
      return `Line ${line} cannot be read as CSV.`;
  }
}
