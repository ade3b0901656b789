import { hash } from 'node:crypto';
import { type Row } from '../../database/pipeline';
import { Values } from '../../database/statement';
import { type Statements } from '../../database/statements';
import { invalidInput } from '../problems/problem';
import { type RowShape } from '../row-shape';
import { type Cursor, CURSOR_RULE, decodeCursor, encodeCursor } from './cursor';
import { Page } from './page';
import { type PageQueryDto } from './page-query.dto';

/** A field to sort by, other than the id. */
export interface Sort<Dto> {
  /** SQL of what a row is sorted by */
  readonly column: string;
  /** the same made of the cursor's key, of which `$key` is the parameter */
  readonly key: string;
  /** the member whose text is that key */
  readonly member: keyof Dto;
  /** whether a text can be that key: a cursor may be forged, and PostgreSQL must take what it holds */
  readonly isKey: (text: string) => boolean;
}

/** A list of a table's rows. */
export interface List<Dto> {
  /** what cursors call it */
  readonly name: string;
  readonly shape: RowShape<Dto>;
  /** table and alias */
  readonly from: string;
  readonly alias: string;
  /** by the names of the fields in `sort`; the id needs none */
  readonly sorts: Readonly<Record<string, Sort<Dto>>>;
}

/**
 * The statement of one list request. Pages go by key ("rows after this one"), so that each costs the same at any depth
 * and none skips or repeats a row while others write.
 */
export class ListStatement<Dto extends { id: number }> {
  private readonly values = new Values();
  private readonly conditions: string[] = [];
  private readonly direction: 'ASC' | 'DESC';
  private readonly sort: Sort<Dto> | undefined;
  private readonly after: Cursor | undefined;
  private readonly mark: string;
  private from: string;
  private id: string;

  /**
   * @param filters all that narrows the list, so that a cursor is refused by another list than its own
   * @throws Problem 400 when the cursor is not one of this list
   */
  constructor(
    private readonly list: List<Dto>,
    private readonly query: PageQueryDto,
    filters: object,
  ) {
    this.direction = query.sort.startsWith('-') ? 'DESC' : 'ASC';
    this.sort = list.sorts[query.sort.replace('-', '')];
    this.from = list.from;
    this.id = `${list.alias}.id`;
    this.mark = markOf([list.name, query.sort, Object.entries(filters).sort()]);
    this.after = query.cursor === undefined ? undefined : this.readCursor(query.cursor);
  }

  /** Takes a value, and gives the parameter that stands for it. */
  readonly value = (value: unknown): string => this.values.add(value);

  where(...conditions: readonly string[]): this {
    this.conditions.push(...conditions);
    return this;
  }

  /** Reads only the rows that this table has a row of; `id` is the column there that has their id. */
  through(table: string, id: string): this {
    this.from = `${table} JOIN ${this.list.from} ON ${this.list.alias}.id = ${id}`;
    this.id = id;
    return this;
  }

  /** @param isSteady whether one index answers it, whatever the values */
  async read(statements: Statements, isSteady: boolean): Promise<Page<Dto>> {
    const { limit, page, count } = this.query;
    const filterValues = [...this.values.list];
    const counting = count ? statements.planned(this.countText(), filterValues) : undefined;
    const text = page === undefined ? this.pageText() : this.jumpText(page);
    const reading = statements[isSteady && page === undefined ? 'steady' : 'planned'](text, this.values.list);
    const [rows, counted] = await Promise.all([reading, counting]);
    const total = counted && Number(counted[0]?.[0]);
    const shown = rows.length > limit ? rows.slice(0, limit) : rows;
    return new Page(this.list.shape, shown, limit, this.cursorAfter(rows), total);
  }

  /** One row more than is shown tells that there is a next page. */
  private pageText(): string {
    const { shape } = this.list;
    const conditions = [...this.conditions, ...this.afterCursor()];
    return `SELECT ${shape.select} FROM ${this.from}${toWhere(conditions)}
      ORDER BY ${this.orderBy(this.id)} LIMIT ${this.query.limit + 1}`;
  }

  /** The rows that are skipped are only counted over: what a row shows is read for those that are shown. */
  private jumpText(page: number): string {
    const { shape, alias } = this.list;
    const { limit } = this.query;
    return `SELECT ${shape.select} FROM (
        SELECT ${alias}.* FROM ${this.from}${toWhere(this.conditions)}
        ORDER BY ${this.orderBy(this.id)} LIMIT ${limit + 1} OFFSET ${(page - 1) * limit}
      ) AS ${alias} ORDER BY ${this.orderBy(`${alias}.id`)}`;
  }

  private countText(): string {
    return `SELECT count(*) FROM ${this.from}${toWhere(this.conditions)}`;
  }

  private orderBy(id: string): string {
    const columns = this.sort ? [this.sort.column, id] : [id];
    return columns.map((column) => `${column} ${this.direction}`).join(', ');
  }

  private afterCursor(): string[] {
    if (!this.after) return [];
    const comparison = this.direction === 'ASC' ? '>' : '<';
    const id = this.value(this.after.id);
    if (!this.sort) return [`${this.id} ${comparison} ${id}`];
    const key = this.sort.key.replace('$key', this.value(this.after.key));
    return [`(${this.sort.column}, ${this.id}) ${comparison} (${key}, ${id})`];
  }

  private cursorAfter(rows: readonly Row[]): string | undefined {
    const { limit } = this.query;
    const last = rows[limit - 1];
    if (rows.length <= limit || !last) return undefined;
    const { shape } = this.list;
    const key = this.sort && (shape.textOf(last, this.sort.member) ?? undefined);
    return encodeCursor({ mark: this.mark, id: Number(shape.textOf(last, 'id')), key });
  }

  private readCursor(text: string): Cursor {
    const cursor = decodeCursor(text);
    if (cursor?.mark !== this.mark || !this.isKey(cursor.key)) {
      throw invalidInput({ parameter: 'cursor', message: CURSOR_RULE });
    }
    return cursor;
  }

  private isKey(key: string | undefined): boolean {
    return this.sort ? key !== undefined && this.sort.isKey(key) : key === undefined;
  }
}

const MARK_LENGTH = 11;

function markOf(parts: unknown): string {
  return hash('sha256', JSON.stringify(parts), 'base64url').slice(0, MARK_LENGTH);
}

function toWhere(conditions: readonly string[]): string {
  return conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
}
