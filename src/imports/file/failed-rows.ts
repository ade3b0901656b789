import { type FileFormat } from '../import.entity';
import { type Column, COLUMNS, ERROR_COLUMN, joinTags } from './csv-rows';
import { type RowFault } from './import-row';

/** A row that failed. One that could be read, and failed only later, has no fields. */
export interface FailedRow {
  readonly fields: readonly string[] | null;
  readonly name: string | null;
  readonly price: string | null;
  readonly sku: string | null;
  readonly tags: readonly string[] | null;
  readonly faults: readonly RowFault[];
}

/** The file that the rows are from; NDJSON has no header and no format. */
export interface FailedFile {
  readonly header: readonly string[] | null;
  readonly format: FileFormat | null;
  /** whether it says of any row which tags the item carries */
  readonly hasTags: boolean;
}

/** Of a file in NDJSON. Items keep the tags that they have if there is no column of them. */
const ownFormat = (hasTags: boolean): FileFormat => ({
  columns: hasTags ? COLUMNS : COLUMNS.filter((column) => column !== 'tags'),
  decimal: '.',
  tagDelimiter: '|',
});

/**
 * Stand after the error, where no column is, so that the row is refused until somebody has looked at it. An empty field has a
 * meaning: without these, a row that is sent again as it is could lose the tags of its item.
 */
const WAS_SHORT = 'fill in what is missing, and clear this cell';
const HAD_NO_TAGS = 'tags that stay empty are taken from the item; clear this cell when they are right';

/** Writes failed rows as CSV with a last column `error`, to be mended and sent again with the same `map`. */
export class FailedRows {
  private readonly isCsv: boolean;
  private readonly header: readonly string[];
  private readonly format: FileFormat;

  constructor({ header, format, hasTags }: FailedFile) {
    this.isCsv = header !== null && format !== null;
    const { columns } = (this.format = format ?? ownFormat(hasTags));
    const names = header ?? (columns as readonly Column[]);
    // A file that was mended before has the column already.
    const hasError = columns.at(-1) === null && names.at(-1)?.toLowerCase() === ERROR_COLUMN;
    this.header = hasError ? names.slice(0, -1) : names;
  }

  headerLine(): string {
    return lineOf([...this.header, ERROR_COLUMN]);
  }

  rowLine(row: FailedRow): string {
    const error = row.faults.map((fault) => this.messageOf(fault)).join('; ');
    return lineOf(
      row.fields && this.isCsv ? this.withError(row.fields, error) : this.withErrorOfItem(row, error),
    );
  }

  private withError(fields: readonly string[], error: string): string[] {
    const { length } = this.header;
    const own = Array.from({ length }, (_, index) => fields[index] ?? '');
    // Fields that no column has come after the error, so that none of them is lost.
    const surplus = fields.slice(this.format.columns.length);
    while (surplus.at(-1) === '') surplus.pop();
    return [...own, error, ...(fields.length < length ? [WAS_SHORT] : surplus)];
  }

  private withErrorOfItem(row: FailedRow, error: string): string[] {
    const { columns } = this.format;
    const values = row.fields ? valuesOf(row.fields[0] ?? '') : this.valuesOfItem(row);
    const own = columns.slice(0, this.header.length).map((column) => (column && values[column]) ?? '');
    // Without a SKU it is a new item, which has no tags to lose.
    const isUnclear = columns.includes('tags') && values.tags === undefined && Boolean(values.sku);
    return [...own, error, ...(isUnclear ? [HAD_NO_TAGS] : [])];
  }

  private valuesOfItem({ name, price, sku, tags }: FailedRow): Values {
    const { decimal, tagDelimiter } = this.format;
    return {
      name: name ?? '',
      price: price?.replace('.', decimal) ?? '',
      sku: sku ?? '',
      tags: tags ? joinTags(tags, tagDelimiter) : undefined,
    };
  }

  private messageOf({ pointer, message }: RowFault): string {
    const [, member = ''] = pointer.split('/');
    const index = this.format.columns.indexOf(member as Column);
    return `${this.header[index] ?? member} ${message}`.trim();
  }
}

type Values = Partial<Record<Column, string | undefined>>;

/** The values of a line of NDJSON, as far as it has the form of an item; of any other the whole line is the name. */
function valuesOf(line: string): Values {
  const noItem = { name: line, tags: '' };
  try {
    const item: unknown = JSON.parse(line.replace('\ufeff', ''));
    if (typeof item !== 'object' || item === null || Array.isArray(item)) return noItem;
    const { tags, ...others } = item as Record<string, unknown>;
    const values = Object.entries(others).map(([member, value]) => [member, textOf(value)]);
    const names = Array.isArray(tags) ? joinTags(tags.map(textOf)) : textOf(tags);
    return { ...(Object.fromEntries(values) as Values), tags: tags === undefined ? undefined : names };
  } catch {
    return noItem;
  }
}

function textOf(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** A line as in RFC 4180. */
function lineOf(fields: readonly string[]): string {
  const quoted = fields.map((field) => (/[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field));
  return `${quoted.join(',')}\r\n`;
}
