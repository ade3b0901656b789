import { type Filter, type Range } from './filter';
import { type ListSource } from './list';
import { type ListRequest } from './list-request';
import { type Narrowing } from './narrowing';

/** The SQL of one list request: one statement for each way to read it. */
export class ListSql<Dto> {
  constructor(
    private readonly list: ListSource<Dto>,
    private readonly request: ListRequest<Dto>,
    private readonly narrowing: Narrowing,
  ) {}

  /** The next rows of a list without filters. */
  next(): string {
    const { list, narrowing } = this;
    const { from, id } = narrowing;
    const { sort, page } = this.request;
    const isDirect = from === list.from && page === undefined;
    if (isDirect)
      return `SELECT ${list.shape.select} FROM ${from}${this.whereAndOrder()}${this.limitAndOffset()}`;
    const key = sort ? `${sort.column} AS sort_key, ` : '';
    return this.pageOf(
      `SELECT ${key}${id} AS id FROM ${from}${this.whereAndOrder()}${this.limitAndOffset()}`,
    );
  }

  /** Reads the next `scanRows` rows in the order of the list, and keeps those that pass all filters. */
  nextThatPass(scanRows: number): string {
    const { page = 1, limit } = this.request;
    const { filters, range } = this.narrowing;
    const checks = filters.map(({ check }) => check);
    const rows = this.rowsWithSortKey(`${this.whereAndOrder()} LIMIT ${scanRows + 10 * (page - 1) * limit}`);
    return this.pageOf(this.sortedIds(`${rows}${toWhere(checks)}`, range?.column));
  }

  /**
   * The rows of a selective filter that pass the other filters. OFFSET 0 keeps the planner from reading any other rows.
   */
  ofSelective(selective: Filter): string {
    const { filters, id } = this.narrowing;
    const checks = filters.filter((filter) => filter !== selective).map(({ check }) => check);
    const rows = this.rowsWithSortKey(
      `${toWhere([`${id} = few.id`, ...this.rowConditions(), ...checks])} OFFSET 0`,
    );
    return this.pageOf(
      this.sortedIds(`(${(selective.ids ?? []).join(' UNION ')}) AS few CROSS JOIN LATERAL ${rows}`),
    );
  }

  /** All rows that pass. OFFSET 0 keeps the planner from scanning the index of the sort. */
  allThatPass(): string {
    return this.pageOf(
      this.sortedIds(
        this.rowsWithSortKey(
          `${toWhere([...this.rowConditions(), ...this.narrowing.filterConditions])} OFFSET 0`,
        ),
      ),
    );
  }

  count(): string {
    const { conditions, filters, from, rangeEquality, filterConditions } = this.narrowing;
    const narrowed = [...rangeEquality, ...conditions];
    const sets = filters.flatMap(({ ids }) => (ids ? [`(${ids.join(' UNION ')})`] : []));
    // When the ids are enough to count, the rows need not be read.
    return narrowed.length === 0 && sets.length > 0 && sets.length === filters.length
      ? `SELECT count(*) FROM (${sets.join(' INTERSECT ')}) s`
      : `SELECT count(*) FROM ${from}${toWhere([...narrowed, ...filterConditions])}`;
  }

  /** Counts these ids, but only up to `limit`. */
  countUpTo(limit: number, ids: readonly string[]): string {
    return `(SELECT count(*) FROM (SELECT FROM (${ids.join(' UNION ALL ')}) s LIMIT ${limit}) s)`;
  }

  /**
   * The members of the response are read only for the rows of the page, not for rows that are skipped or only sorted.
   */
  private pageOf(ids: string): string {
    const { shape, from, alias } = this.list;
    return `SELECT ${shape.select} FROM (${ids}) AS page JOIN ${from} ON ${alias}.id = page.id
      ORDER BY ${this.orderBy(this.request.sort && 'page.sort_key', 'page.id')}`;
  }

  /** Rows of the table, under its own alias, with the value that they are sorted by. */
  private rowsWithSortKey(rest: string): string {
    const { from, alias } = this.list;
    const { sort } = this.request;
    const key = sort ? `, ${sort.column} AS sort_key` : '';
    return `(SELECT ${alias}.*${key} FROM ${from}${rest}) AS ${alias}`;
  }

  /**
   * Sorts such rows, and selects the ids of one page.
   *
   * @param range the column of the range, if there is one: the index gives the rows in its order
   */
  private sortedIds(rows: string, range?: string): string {
    const { id } = this.narrowing;
    const key = this.request.sort && 'sort_key';
    const columns = [...(key ? [key] : []), id].join(', ');
    return `SELECT ${columns} FROM ${rows} ORDER BY ${this.orderBy(range, key, id)}${this.limitAndOffset()}`;
  }

  /**
   * WHERE and ORDER BY for the rows after the cursor, in the order of an index. The range is a BETWEEN: with `=` the
   * planner might scan the index of the sort alone, and skip all rows with other values.
   */
  private whereAndOrder(): string {
    const { range, id, conditions: narrowed } = this.narrowing;
    const conditions = [...narrowed, ...this.afterCursor(range)];
    if (range) conditions.unshift(`${range.column} BETWEEN ${range.value} AND ${range.value}`);
    return `${toWhere(conditions)} ORDER BY ${this.orderBy(range?.column, this.request.sort?.column, id)}`;
  }

  /** The conditions for the rows after the cursor, in any order. */
  private rowConditions(): string[] {
    const { rangeEquality, conditions } = this.narrowing;
    return [...rangeEquality, ...conditions, ...this.afterCursor()];
  }

  private orderBy(...columns: (string | undefined)[]): string {
    return columns
      .filter((column) => column !== undefined)
      .map((column) => `${column} ${this.request.direction}`)
      .join(', ');
  }

  private limitAndOffset(): string {
    const { page = 1, limit } = this.request;
    return ` LIMIT ${limit + 1}${page === 1 ? '' : ` OFFSET ${(page - 1) * limit}`}`;
  }

  private afterCursor(range?: Range): string[] {
    const { after, sort, direction } = this.request;
    const { id, values } = this.narrowing;
    if (!after) return [];
    const comparison = direction === 'ASC' ? '>' : '<';
    const places = [{ column: id, value: values.add(after.id) }];
    if (sort) places.unshift({ column: sort.column, value: sort.key.replace('$key', values.add(after.key)) });
    if (range) places.unshift(range);
    const row = (of: 'column' | 'value') => places.map((place) => place[of]).join(', ');
    return places.length === 1
      ? [`${row('column')} ${comparison} ${row('value')}`]
      : [`(${row('column')}) ${comparison} (${row('value')})`];
  }
}

function toWhere(conditions: readonly string[]): string {
  return conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
}
