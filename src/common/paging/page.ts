import { createHash } from 'node:crypto';
import { invalidInput } from '../problems/problem';
import { CURSOR_RULE, decodeCursor, encodeCursor } from './cursor';
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

/**
 * A list request after its cursor has been read: pages go by key ("rows after this id"), so that each costs the same
 * at any depth and none skips or repeats a row while others write.
 */
export class PageRequest {
  readonly limit: number;
  readonly direction: 'ASC' | 'DESC';
  /** The id that the last page ended with; without one, a value before all rows. */
  readonly after: number;
  private readonly mark: string;

  /**
   * @param filters all that narrows the list, so that a cursor is refused by another list than its own
   * @throws Problem 400 when the cursor is not one of this list
   */
  constructor(query: PageQueryDto, list: string, filters: object) {
    this.limit = query.limit;
    this.direction = query.sort.startsWith('-') ? 'DESC' : 'ASC';
    this.mark = createHash('sha256')
      .update(JSON.stringify([list, query.sort, Object.entries(filters).sort()]))
      .digest('base64url')
      .slice(0, 11);
    this.after = query.cursor === undefined ? this.beforeAll() : this.readCursor(query.cursor);
  }

  /** The SQL comparison that holds for rows after `after`. */
  get comparison(): '>' | '<' {
    return this.direction === 'ASC' ? '>' : '<';
  }

  /** Makes the page of up to `limit + 1` rows that were found after `after`: one more tells that there is a next. */
  page<T extends { id: number }>(rows: readonly T[]): Page<T> {
    const shown = rows.slice(0, this.limit);
    const last = shown.at(-1);
    return new Page(
      shown,
      this.limit,
      rows.length > this.limit && last ? encodeCursor({ mark: this.mark, id: last.id }) : undefined,
    );
  }

  private beforeAll(): number {
    return this.direction === 'ASC' ? 0 : Number.MAX_SAFE_INTEGER;
  }

  private readCursor(cursor: string): number {
    const { mark, id } = decodeCursor(cursor) ?? {};
    if (mark !== this.mark || id === undefined)
      throw invalidInput({ parameter: 'cursor', message: CURSOR_RULE });
    return id;
  }
}
