import { Values } from '../values';
import { type Cursor } from './cursor';
import { type Filter, type List, type Range, type Sort } from './list';
import { type PageQueryDto } from '../../common/paging/page-query.dto';

/** The SQL of one list request: what narrows it, and the texts that are made of that. */
export class ListSql<Dto extends { id: number }> {
  /** of the parameters in all texts */
  readonly values = new Values();
  readonly conditions: string[] = [];
  readonly filters: Filter[] = [];
  range: Range | undefined;
  from: string;
  /** SQL of a row's id */
  id: string;
  private readonly direction: 'ASC' | 'DESC';
  private readonly sort: Sort<Dto> | undefined;

  /** @param after the row that the page follows */
  constructor(
    private readonly list: List<Dto>,
    private readonly query: PageQueryDto,
    private readonly after: Cursor | undefined,
  ) {
    this.direction = query.sort.startsWith('-') ? 'DESC' : 'ASC';
    this.sort = sortOf(list, query);
    this.from = list.from;
    this.id = `${list.alias}.id`;
  }

  /** The next rows, where there are no filters. */
  next(): string {
    const { list, from } = this;
    const isDirect = from === list.from && this.query.page === undefined;
    if (isDirect) return `SELECT ${list.shape.select} FROM ${from}${this.inOrder()}${this.limited()}`;
    const key = this.sort ? `${this.sort.column} AS sort_key, ` : '';
    return this.pageText(`SELECT ${key}${this.id} AS id FROM ${from}${this.inOrder()}${this.limited()}`);
  }

  /** Those of the next rows in the order of the list that pass all filters. */
  nextThatPass(walk: number): string {
    const { page = 1, limit } = this.query;
    const checks = this.filters.map(({ check }) => check);
    const rows = this.keyed(`${this.inOrder()} LIMIT ${walk + 10 * (page - 1) * limit}`);
    return this.pageText(this.sorted(`${rows}${toWhere(checks)}`, this.range?.column));
  }

  /** Those of this filter's rows that pass the others. OFFSET 0 keeps the planner from reading other rows than these. */
  ofFew(few: Filter): string {
    const checks = this.filters.filter((filter) => filter !== few).map(({ check }) => check);
    const rows = this.keyed(`${toWhere([`${this.id} = few.id`, ...this.narrowed(), ...checks])} OFFSET 0`);
    return this.pageText(
      this.sorted(`(${(few.ids ?? []).join(' UNION ')}) AS few CROSS JOIN LATERAL ${rows}`),
    );
  }

  /** All rows that pass. OFFSET 0 keeps the planner from walking along the index of the sort. */
  allThatPass(): string {
    return this.pageText(
      this.sorted(this.keyed(`${toWhere([...this.narrowed(), ...this.finds()])} OFFSET 0`)),
    );
  }

  count(): string {
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
    const places = [{ column: this.id, value: this.values.add(this.after.id) }];
    if (this.sort) {
      const value = this.sort.key.replace('$key', this.values.add(this.after.key));
      places.unshift({ column: this.sort.column, value });
    }
    if (range) places.unshift(range);
    const row = (of: 'column' | 'value') => places.map((place) => place[of]).join(', ');
    return places.length === 1
      ? [`${row('column')} ${comparison} ${row('value')}`]
      : [`(${row('column')}) ${comparison} (${row('value')})`];
  }
}

/** The field that a query sorts by; none for the id. */
export function sortOf<Dto>(list: List<Dto>, { sort }: PageQueryDto): Sort<Dto> | undefined {
  return list.sorts[sort.replace('-', '')];
}

function toWhere(conditions: readonly string[]): string {
  return conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
}
