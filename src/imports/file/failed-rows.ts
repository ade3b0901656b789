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
}

const OWN_FORMAT: FileFormat = { columns: COLUMNS, decimal: '.', tagDelimiter: '|' };

/** Writes failed rows as CSV with a last column `error`, to be mended and sent again with the same `map`. */
export class FailedRows {
  private readonly isCsv: boolean;
  private readonly header: readonly string[];
  private readonly format: FileFormat;

  constructor({ header, format }: FailedFile) {
    this.isCsv = header !== null && format !== null;
    const { columns } = (this.format = format ?? OWN_FORMAT);
    const names = header ?? COLUMNS;
    // A file that was mended before has the column already.
    const hasError = columns.at(-1) === null && names.at(-1)?.toLowerCase() === ERROR_COLUMN;
    this.header = hasError ? names.slice(0, -1) : names;
  }

  headerLine(): string {
    return lineOf([...this.header, ERROR_COLUMN]);
  }

  rowLine(row: FailedRow): string {
    const fields = this.fieldsOf(row);
    const { length } = this.header;
    const own = Array.from({ length }, (_, index) => fields[index] ?? '');
    const error = row.faults.map((fault) => this.messageOf(fault)).join('; ');
    // Fields that no column has come after the error, so that none of them is lost.
    const surplus = this.isCsv ? fields.slice(this.format.columns.length) : [];
    while (surplus.at(-1) === '') surplus.pop();
    return lineOf([...own, error, ...surplus]);
  }

  private fieldsOf(row: FailedRow): readonly string[] {
    if (row.fields && this.isCsv) return row.fields;
    const values = row.fields ? valuesOf(row.fields[0] ?? '') : this.valuesOfItem(row);
    return this.format.columns.map((column) => (column && values[column]) ?? '');
  }

  private valuesOfItem({ name, price, sku, tags }: FailedRow): Partial<Record<Column, string>> {
    const { decimal, tagDelimiter } = this.format;
    return {
      name: name ?? '',
      price: price?.replace('.', decimal) ?? '',
      sku: sku ?? '',
      tags: joinTags(tags ?? [], tagDelimiter),
    };
  }

  private messageOf({ pointer, message }: RowFault): string {
    const [, member = ''] = pointer.split('/');
    const index = this.format.columns.indexOf(member as Column);
    return `${this.header[index] ?? member} ${message}`.trim();
  }
}

/** The values of a line of NDJSON, as far as it has the form of an item; of any other the whole line is the name. */
function valuesOf(line: string): Partial<Record<Column, string>> {
  try {
    const item: unknown = JSON.parse(line.replace('\ufeff', ''));
    if (typeof item !== 'object' || item === null || Array.isArray(item)) return { name: line };
    const { tags, ...others } = item as Record<string, unknown>;
    const values = Object.entries(others).map(([member, value]) => [member, textOf(value)]);
    const names = Array.isArray(tags) ? joinTags(tags.map(textOf)) : textOf(tags);
    return { ...(Object.fromEntries(values) as Record<Column, string>), tags: names };
  } catch {
    return { name: line };
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
