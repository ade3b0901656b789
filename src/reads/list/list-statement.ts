import { hash } from 'node:crypto';
import { type Row } from '../../database/executor';
import { type Statements } from '../statements';
import { invalidInput } from '../../common/problems/problem';
import { type Cursor, CURSOR_RULE, decodeCursor, encodeCursor } from './cursor';
import { type Filter, type List, type Sort } from './list';
import { ListSql, sortOf } from './list-sql';
import { Page } from './page';
import { type PageQueryDto } from '../../common/paging/page-query.dto';

/** How many rows are walked in the order of the list, to see whether what is asked for is common, */
const WALK = 4000;

/** and how many where it is known to be, but may begin further on: behind an import without the tag, for one. */
const LONG_WALK = 20_000;

/** Of a filter with so few rows all are read and sorted, */
const FEW = 5000;

/** and with so few, it is cheaper than to walk first. */
const VERY_FEW = 500;

/**
 * The statements of one list request. Pages go by key ("rows after this one"), so that each costs the same at any depth
 * and none skips or repeats a row while others write.
 *
 * Without filters a page is read along an index in the order of the list. With filters it depends on how many rows pass
 * and where they stand, which the planner's statistics do not tell well enough: it would walk along the index for
 * seconds, looking for what there is nowhere, or collect and sort what there is everywhere. So it is not left to them:
 *
 * 1. Where a filter has few rows, these are read and the rest is checked on each.
 * 2. Else the next rows in the order of the list are checked. What is common fills a page from them.
 * 3. What does not is rare, or stands elsewhere: all rows that pass are found, and sorted.
 */
export class ListStatement<Dto extends { id: number }> {
  private readonly sql: ListSql<Dto>;
  private readonly sort: Sort<Dto> | undefined;
  private readonly mark: string;

  /**
   * @param parameters all that narrows the list, so that a cursor is refused by another list than its own
   * @throws Problem 400 when the cursor is not one of this list
   */
  constructor(
    private readonly list: List<Dto>,
    private readonly query: PageQueryDto,
    parameters: object,
  ) {
    this.sort = sortOf(list, query);
    this.mark = markOf([list.name, query.sort, Object.entries(parameters).sort()]);
    const after = query.cursor === undefined ? undefined : this.readCursor(query.cursor);
    this.sql = new ListSql(list, query, after);
  }

  /** Takes a value, and gives the parameter that stands for it. */
  readonly value = (value: unknown): string => this.sql.values.add(value);

  /** Narrows the list to one value of a column that an index for each sort begins with; once at most. */
  within(column: string, value: string): this {
    this.sql.range = { column, value };
    return this;
  }

  /** Narrows the list to what the index of the sort still has in its order. */
  where(...conditions: readonly string[]): this {
    this.sql.conditions.push(...conditions);
    return this;
  }

  filter(...filters: readonly Filter[]): this {
    this.sql.filters.push(...filters);
    return this;
  }

  /** Takes the ids from this column of another table, instead of the list's own. */
  through(table: string, id: string): this {
    this.sql.from = table;
    this.sql.id = id;
    return this;
  }

  async read(statements: Statements): Promise<Page<Dto>> {
    const { limit, count } = this.query;
    const counting = count ? this.planned(statements, this.sql.count()) : undefined;
    const [rows, counted] = await Promise.all([this.readRows(statements), counting]);
    const total = counted && Number(counted[0]?.[0]);
    const shown = rows.length > limit ? rows.slice(0, limit) : rows;
    return new Page(this.list.shape, shown, limit, this.cursorAfter(rows), total);
  }

  /** One row more than is shown tells that there is a next page. */
  private async readRows(statements: Statements): Promise<Row[]> {
    const { sql, query } = this;
    const { filters } = sql;
    if (filters.length === 0) {
      return query.page === undefined
        ? statements.steady(sql.next(), sql.values.list)
        : this.planned(statements, sql.next());
    }
    let few = await this.smallest(statements, (filter) => filter.ids && !filter.isDear);
    if (few.size > VERY_FEW) {
      const areCommon = few.size > FEW && filters.every(({ ids, isDear }) => ids && !isDear);
      const rows = await this.planned(statements, sql.nextThatPass(areCommon ? LONG_WALK : WALK));
      if (rows.length > query.limit) return rows;
    }
    if (!few.filter) few = await this.smallest(statements, ({ isDear }) => isDear);
    if (few.size === 0) return [];
    return this.planned(statements, few.filter ? sql.ofFew(few.filter) : sql.allThatPass());
  }

  private planned(statements: Statements, text: string): Promise<Row[]> {
    return statements.planned(...this.sql.values.statement(text));
  }

  /** Which of these filters has the fewest rows, counted as far as they are few; none if they are not. */
  private async smallest(
    statements: Statements,
    isAsked: (filter: Filter) => unknown,
  ): Promise<{ size: number; filter?: Filter | undefined }> {
    const filters = this.sql.filters.filter(isAsked);
    const known = filters.find(({ isFew }) => isFew);
    if (known) return { size: 1, filter: known };
    if (filters.length === 0) return { size: Infinity };
    const counts = filters.map(
      ({ ids = [] }) =>
        `(SELECT count(*) FROM (SELECT FROM (${ids.join(' UNION ALL ')}) s LIMIT ${FEW + 1}) s)`,
    );
    const range = filters.find((filter) => filter.range)?.range;
    const asked = [range?.value ?? 'NULL', ...counts];
    const [[value = null, ...sizes] = []] = await this.planned(statements, `SELECT ${asked.join(', ')}`);
    if (range && value !== null && !this.sql.range) this.within(range.column, this.value(value));
    const size = Math.min(...sizes.map(Number));
    return size > FEW ? { size } : { size, filter: filters[sizes.map(Number).indexOf(size)] };
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
