import { createHash } from 'node:crypto';
import { invalidInput } from '../problems/problem';
import { type Cursor, CURSOR_RULE, decodeCursor, encodeCursor } from './cursor';
import { type PageQueryDto } from './page-query.dto';

/** One page of a list: its rows, and the cursor of the next page if there is one. */
export class Page<T> {
  constructor(
    readonly rows: readonly T[],
    readonly limit: number,
    readonly next: string | undefined,
  ) {}

  map<U>(toRow: (row: T) => U): Page<U> {
    return new Page(this.rows.map(toRow), this.limit, this.next);
  }
}

/** A field to sort by, other than the id. */
export interface Sort<T> {
  /** SQL of what a row is sorted by */
  readonly column: string;
  /** the same made of the cursor's key, of which `$key` is the parameter */
  readonly key: string;
  /** what of a row goes into the cursor */
  readonly keyOf: (row: T) => string;
}

/**
 * A list request after its cursor has been read: pages go by key ("rows after this one"), so that each costs the same
 * at any depth and none skips or repeats a row while others write.
 */
export class PageRequest<T extends { id: number }> {
  readonly limit: number;
  private readonly direction: 'ASC' | 'DESC';
  private readonly sort: Sort<T> | undefined;
  private readonly after: Cursor | undefined;
  private readonly mark: string;

  /**
   * @param filters all that narrows the list, so that a cursor is refused by another list than its own
   * @param sorts by the names of the fields in `query.sort`; the id needs none
   * @throws Problem 400 when the cursor is not one of this list
   */
  constructor(
    query: PageQueryDto,
    list: string,
    filters: object,
    sorts: Readonly<Record<string, Sort<T>>> = {},
  ) {
    this.limit = query.limit;
    this.direction = query.sort.startsWith('-') ? 'DESC' : 'ASC';
    this.sort = sorts[query.sort.replace('-', '')];
    this.mark = createHash('sha256')
      .update(JSON.stringify([list, query.sort, Object.entries(filters).sort()]))
      .digest('base64url')
      .slice(0, 11);
    this.after = query.cursor === undefined ? undefined : this.readCursor(query.cursor);
  }

  /**
   * The SQL condition that holds for the rows after the last page.
   *
   * @param id SQL of a row's id
   * @param add takes a value of the statement, and gives its parameter
   */
  condition(id: string, add: (value: unknown) => string): string {
    if (!this.after) return 'TRUE';
    const comparison = this.direction === 'ASC' ? '>' : '<';
    const afterId = add(this.after.id);
    if (!this.sort) return `${id} ${comparison} ${afterId}`;
    const key = this.sort.key.replace('$key', add(this.after.key));
    return `(${this.sort.column}, ${id}) ${comparison} (${key}, ${afterId})`;
  }

  /** The SQL after ORDER BY. */
  orderBy(id: string): string {
    const columns = this.sort ? [this.sort.column, id] : [id];
    return columns.map((column) => `${column} ${this.direction}`).join(', ');
  }

  /** Makes the page of up to `limit + 1` rows that were found: one more tells that there is a next page. */
  page(rows: readonly T[]): Page<T> {
    const shown = rows.slice(0, this.limit);
    const last = shown.at(-1);
    if (rows.length <= this.limit || !last) return new Page(shown, this.limit, undefined);
    const next = { mark: this.mark, id: last.id, key: this.sort?.keyOf(last) };
    return new Page(shown, this.limit, encodeCursor(next));
  }

  private readCursor(text: string): Cursor {
    const cursor = decodeCursor(text);
    if (cursor?.mark !== this.mark || (cursor.key !== undefined) !== (this.sort !== undefined)) {
      throw invalidInput({ parameter: 'cursor', message: CURSOR_RULE });
    }
    return cursor;
  }
}
