import { hash } from 'node:crypto';
import { type Row } from '../database/executor';
import { toSnakeCase } from '../database/naming';

/** How the text of a column becomes JSON. */
export type ColumnKind = 'integer' | 'decimal' | 'text' | 'json' | 'time';

interface Column {
  readonly sql: string;
  readonly kind: ColumnKind;
}

export const integer = (sql: string): Column => ({ sql, kind: 'integer' });
export const decimal = (sql: string): Column => ({ sql, kind: 'decimal' });
export const text = (sql: string): Column => ({ sql, kind: 'text' });
export const json = (sql: string): Column => ({ sql, kind: 'json' });
export const time = (sql: string): Column => ({ sql, kind: 'time' });

/**
 * The members of a DTO, each with the SQL of its column. PostgreSQL's text is written directly as JSON: to make values
 * and objects first would cost more than the rest of a read.
 */
export class RowShape<Dto> {
  /** The list of columns after SELECT. */
  readonly select: string;
  private readonly members: readonly (keyof Dto)[];
  private readonly writers: readonly ((text: string) => string)[];
  /** `{"id":`, `,"name":`, … */
  private readonly openings: readonly string[];

  constructor(columns: Readonly<Record<keyof Dto, Column>>) {
    const entries = Object.entries<Column>(columns);
    this.members = entries.map(([member]) => member as keyof Dto);
    this.select = entries.map(([, { sql }]) => sql).join(', ');
    this.writers = entries.map(([, { kind }]) => WRITERS[kind]);
    this.openings = entries.map(([member], index) => `${index === 0 ? '{' : ','}"${toSnakeCase(member)}":`);
  }

  /** The text of a member, as PostgreSQL sent it. */
  textOf(row: Row, member: keyof Dto): string | null {
    return row[this.members.indexOf(member)] ?? null;
  }

  toJson(row: Row): string {
    let result = '';
    for (let i = 0; i < this.openings.length; i++) {
      const value = row[i] ?? null;
      result += (this.openings[i] ?? '') + (value === null ? 'null' : (this.writers[i]?.(value) ?? ''));
    }
    return `${result}}`;
  }
}

const WRITERS: Readonly<Record<ColumnKind, (text: string) => string>> = {
  integer: (value) => value,
  // 15.90 becomes 15.9. A number represents ten digits exactly.
  decimal: (value) => String(Number(value)),
  text: (value) => JSON.stringify(value),
  json: (value) => value,
  time: (value) => `"${rfc3339Of(value)}"`,
};

/** `2026-01-31 09:00:00.1+00` → `2026-01-31T09:00:00.100Z`; the time zone of our connections is UTC. */
export function rfc3339Of(value: string): string {
  const milliseconds = value.slice(20, -3).padEnd(3, '0');
  return `${value.slice(0, 10)}T${value.slice(11, 19)}.${milliseconds}Z`;
}

/**
 * A strong entity tag of these parts. NUL separates them, which no text of PostgreSQL contains; `=` in front of a text
 * distinguishes it from null.
 */
export function etagOf(parts: Row): string {
  let text = '';
  for (const part of parts) text += part === null ? '\0' : `=${part}\0`;
  return `"${hash('sha1', text, 'base64url')}"`;
}

/** One row in the shape of a DTO. Services return it, and it is sent as JSON. */
export class Resource<Dto> {
  constructor(
    private readonly shape: RowShape<Dto>,
    private readonly row: Row,
  ) {}

  /** A strong entity tag of the columns. It changes when the JSON changes, and needs no serialisation. */
  get etag(): string {
    return etagOf(this.row);
  }

  textOf(member: keyof Dto): string | null {
    return this.shape.textOf(this.row, member);
  }

  toJson(): string {
    return this.shape.toJson(this.row);
  }
}
