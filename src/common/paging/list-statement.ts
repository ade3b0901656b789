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

/** What narrows a list beyond that which its indexes have in the order of the list. */
export interface Filter {
  /** whether a row at hand passes; asks for a few rows at most, in a way that the planner cannot make a join of */
  readonly check: string;
  /** the same in words by which an index may find the rows, where they differ */
  readonly find?: string;
  /** SQL of the ids of all rows that pass, where an index gives them one after the other; in several parts, if need be */
  readonly ids?: readonly string[];
  /** whether they are few in any case */
  readonly isFew?: true;
  /** whether it takes a look at every row to tell them */
  readonly isDear?: true;
  /** a column in which all rows that pass have one value, SQL of which this is */
  readonly range?: Range;
}

/** A column that an index for each sort begins with, and the value that the rows must have there. */
interface Range {
  readonly column: string;
  readonly value: string;
}

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
  private readonly values = new Values();
  private readonly conditions: string[] = [];
  private readonly filters: Filter[] = [];
  private readonly direction: 'ASC' | 'DESC';
  private readonly sort: Sort<Dto> | undefined;
  private readonly after: Cursor | undefined;
  private readonly mark: string;
  private from: string;
  private id: string;
  private range: Range | undefined;

  /**
   * @param parameters all that narrows the list, so that a cursor is refused by another list than its own
   * @throws Problem 400 when the cursor is not one of this list
   */
  constructor(
    private readonly list: List<Dto>,
    private readonly query: PageQueryDto,
    parameters: object,
  ) {
    this.direction = query.sort.startsWith('-') ? 'DESC' : 'ASC';
    this.sort = list.sorts[query.sort.replace('-', '')];
    this.from = list.from;
    this.id = `${list.alias}.id`;
    this.mark = markOf([list.name, query.sort, Object.entries(parameters).sort()]);
    this.after = query.cursor === undefined ? undefined : this.readCursor(query.cursor);
  }

  /** Takes a value, and gives the parameter that stands for it. */
  readonly value = (value: unknown): string => this.values.add(value);

  /** Narrows the list to one value of a column that an index for each sort begins with; once at most. */
  within(column: string, value: string): this {
    this.range = { column, value };
    return this;
  }

  /** Narrows the list to what the index of the sort still has in its order. */
  where(...conditions: readonly string[]): this {
    this.conditions.push(...conditions);
    return this;
  }

  filter(...filters: readonly Filter[]): this {
    this.filters.push(...filters);
    return this;
  }

  /** Takes the ids from this column of another table, instead of the list's own. */
  through(table: string, id: string): this {
    this.from = table;
    this.id = id;
    return this;
  }

  /** @param isSteady whether one index answers it without filters, whatever the values */
  async read(statements: Statements, isSteady = true): Promise<Page<Dto>> {
    const { limit, count } = this.query;
    const counting = count ? this.planned(statements, this.countText()) : undefined;
    const [rows, counted] = await Promise.all([this.readRows(statements, isSteady), counting]);
    const total = counted && Number(counted[0]?.[0]);
    const shown = rows.length > limit ? rows.slice(0, limit) : rows;
    return new Page(this.list.shape, shown, limit, this.cursorAfter(rows), total);
  }

  /** One row more than is shown tells that there is a next page. */
  private async readRows(statements: Statements, isSteady: boolean): Promise<Row[]> {
    if (this.filters.length === 0) {
      const isPlanned = !isSteady || this.query.page !== undefined;
      return isPlanned
        ? this.planned(statements, this.nextText())
        : statements.steady(this.nextText(), this.values.list);
    }
    let few = await this.smallest(statements, (filter) => filter.ids && !filter.isDear);
    if (few.size > VERY_FEW) {
      const rows = await this.planned(statements, this.pageText(this.nextThatPass(few.size)));
      if (rows.length > this.query.limit) return rows;
    }
    if (!few.filter) few = await this.smallest(statements, ({ isDear }) => isDear);
    if (few.size === 0) return [];
    return this.planned(statements, this.pageText(few.filter ? this.ofFew(few.filter) : this.allThatPass()));
  }

  private planned(statements: Statements, text: string): Promise<Row[]> {
    return statements.planned(...this.values.statement(text));
  }

  /** Which of these filters has the fewest rows, counted as far as they are few; none if they are not. */
  private async smallest(
    statements: Statements,
    isAsked: (filter: Filter) => unknown,
  ): Promise<{ size: number; filter?: Filter | undefined }> {
    const filters = this.filters.filter(isAsked);
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
    if (range && value !== null && !this.range) this.within(range.column, this.value(value));
    const size = Math.min(...sizes.map(Number));
    return size > FEW ? { size } : { size, filter: filters[sizes.map(Number).indexOf(size)] };
  }

  private nextText(): string {
    const { list, from } = this;
    const isDirect = from === list.from && this.query.page === undefined;
    if (isDirect) return `SELECT ${list.shape.select} FROM ${from}${this.inOrder()}${this.limited()}`;
    const key = this.sort ? `${this.sort.column} AS sort_key, ` : '';
    return this.pageText(`SELECT ${key}${this.id} AS id FROM ${from}${this.inOrder()}${this.limited()}`);
  }

  private nextThatPass(size: number): string {
    const { page = 1, limit } = this.query;
    const areCommon = size > FEW && this.filters.every(({ ids, isDear }) => ids && !isDear);
    const walk = (areCommon ? LONG_WALK : WALK) + 10 * (page - 1) * limit;
    const checks = this.filters.map(({ check }) => check);
    const rows = this.keyed(`${this.inOrder()} LIMIT ${walk}`);
    return this.sorted(`${rows}${toWhere(checks)}`, this.range?.column);
  }

  /** OFFSET 0 keeps the planner from reading other rows than these. */
  private ofFew(few: Filter): string {
    const checks = this.filters.filter((filter) => filter !== few).map(({ check }) => check);
    const rows = this.keyed(`${toWhere([`${this.id} = few.id`, ...this.narrowed(), ...checks])} OFFSET 0`);
    return this.sorted(`(${(few.ids ?? []).join(' UNION ')}) AS few CROSS JOIN LATERAL ${rows}`);
  }

  /** OFFSET 0 keeps the planner from walking along the index of the sort. */
  private allThatPass(): string {
    return this.sorted(this.keyed(`${toWhere([...this.narrowed(), ...this.finds()])} OFFSET 0`));
  }

  private countText(): string {
    const narrowed = [...this.equation(), ...this.conditions];
    const sets = this.filters.flatMap(({ ids }) => (ids ? [`(${ids.join(' UNION ')})`] : []));
    // Where ids tell all, the rows need not be read.
    return narrowed.length === 0 && sets.length > 0 && sets.length === this.filters.length
      ? `SELECT count(*) FROM (${sets.join(' INTERSECT ')}) s`
      : `SELECT count(*) FROM ${this.from}${toWhere([...narrowed, ...this.finds()])}`;
  }

  /** What a page shows is read for its rows alone, not for those that are skipped or sorted. */
  private pageText(ids: string): string {
    const { shape, from, alias } = this.list;
    return `SELECT ${shape.select} FROM (${ids}) AS page JOIN ${from} ON ${alias}.id = page.id
      ORDER BY ${this.orderBy(this.sort && 'page.sort_key', 'page.id')}`;
  }

  /** Rows of the table, under its own alias, with what they are sorted by. */
  private keyed(rest: string): string {
    const { from, alias } = this.list;
    const key = this.sort ? `, ${this.sort.column} AS sort_key` : '';
    return `(SELECT ${alias}.*${key} FROM ${from}${rest}) AS ${alias}`;
  }

  /**
   * The ids of a page of such rows.
   *
   * @param range the column that they are in the order of already, before that of the list
   */
  private sorted(keyed: string, range?: string): string {
    const key = this.sort && 'sort_key';
    const columns = [...(key ? [key] : []), this.id].join(', ');
    return `SELECT ${columns} FROM ${keyed} ORDER BY ${this.orderBy(range, key, this.id)}${this.limited()}`;
  }

  /**
   * The rows after the cursor, along an index in the order of the list. With `=` for the range, the planner would be free
   * to walk along the index of the sort alone, past the rows with other values.
   */
  private inOrder(): string {
    const { range, sort, id } = this;
    const conditions = [...this.conditions, ...this.afterCursor(range)];
    if (range) conditions.unshift(`${range.column} BETWEEN ${range.value} AND ${range.value}`);
    return `${toWhere(conditions)} ORDER BY ${this.orderBy(range?.column, sort?.column, id)}`;
  }

  /** The rows after the cursor in any order. */
  private narrowed(): string[] {
    return [...this.equation(), ...this.conditions, ...this.afterCursor()];
  }

  private equation(): string[] {
    return this.range ? [`${this.range.column} = ${this.range.value}`] : [];
  }

  private finds(): string[] {
    return this.filters.map(({ check, find = check }) => find);
  }

  private orderBy(...columns: (string | undefined)[]): string {
    return columns
      .filter((column) => column !== undefined)
      .map((column) => `${column} ${this.direction}`)
      .join(', ');
  }

  private limited(): string {
    const { page = 1, limit } = this.query;
    return ` LIMIT ${limit + 1}${page === 1 ? '' : ` OFFSET ${(page - 1) * limit}`}`;
  }

  private afterCursor(range?: Range): string[] {
    if (!this.after) return [];
    const comparison = this.direction === 'ASC' ? '>' : '<';
    const places = [{ column: this.id, value: this.value(this.after.id) }];
    if (this.sort) {
      const value = this.sort.key.replace('$key', this.value(this.after.key));
      places.unshift({ column: this.sort.column, value });
    }
    if (range) places.unshift(range);
    const row = (of: 'column' | 'value') => places.map((place) => place[of]).join(', ');
    return places.length === 1
      ? [`${row('column')} ${comparison} ${row('value')}`]
      : [`(${row('column')}) ${comparison} (${row('value')})`];
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
