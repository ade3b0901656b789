import { createHash } from 'node:crypto';
import { invalidInput } from '../problems/problem';
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
      rows.length > this.limit && last ? this.writeCursor(last.id) : undefined,
    );
  }

  private beforeAll(): number {
    return this.direction === 'ASC' ? 0 : Number.MAX_SAFE_INTEGER;
  }

  private writeCursor(id: number): string {
    return Buffer.from(JSON.stringify([this.mark, id])).toString('base64url');
  }

  private readCursor(cursor: string): number {
    const [, id] =
      /^\["[\w-]{11}",([1-9]\d{0,15})\]$/.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
    const after = Number(id);
    // Writing it again catches another list's mark and every other spelling of the same bytes.
    if (!Number.isSafeInteger(after) || this.writeCursor(after) !== cursor) {
      throw invalidInput({
        parameter: 'cursor',
        message: 'must come from a Link of this list, with its filters and sort',
      });
    }
    return after;
  }
}
