import { type Filter, type Range } from './filter';
import { type ListSource } from './list';
import { type ListRequest } from './list-request';
import { type Narrowing } from './narrowing';

/**
 * How many filters of one kind the planner may choose from to begin with. The time that it needs for that grows faster
 * than their number; the others are checked on the rows that pass these.
 */
const MAX_PLANNED = 3;

/** The SQL of one list request: a text for each way to read it. */
export class ListSql<Dto> {
  constructor(
    private readonly list: ListSource<Dto>,
    private readonly request: ListRequest<Dto>,
    private readonly narrowing: Narrowing,
  ) {}

  /** The next rows, where there are no filters. */
  next(): string {
    const { list, narrowing } = this;
    const { from, id } = narrowing;
    const { sort, page } = this.request;
    const isDirect = from === list.from && page === undefined;
    if (isDirect) return `SELECT ${list.shape.select} FROM ${from}${this.inOrder()}${this.limited()}`;
    const key = sort ? `${sort.column} AS sort_key, ` : '';
    return this.pageText(`SELECT ${key}${id} AS id FROM ${from}${this.inOrder()}${this.limited()}`);
  }

  /** Those of the next rows in the order of the list that pass all filters. */
  nextThatPass(walk: number): string {
    const { page = 1, limit } = this.request;
    const { filters, range } = this.narrowing;
    const checks = filters.map(({ check }) => check);
    const rows = this.keyed(`${this.inOrder()} LIMIT ${walk + 10 * (page - 1) * limit}`);
    return this.pageText(this.sorted(`${rows}${toWhere(checks)}`, range?.column));
  }

  /** Those of this filter's rows that pass the others. OFFSET 0 keeps the planner from reading other rows than these. */
  ofFew(few: Filter): string {
    const { filters, id } = this.narrowing;
    const checks = filters.filter((filter) => filter !== few).map(({ check }) => check);
    const rows = this.keyed(`${toWhere([`${id} = few.id`, ...this.narrowed(), ...checks])} OFFSET 0`);
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
    const { conditions, filters, from } = this.narrowing;
    const narrowed = [...this.equation(), ...conditions];
    const sets = filters.flatMap(({ ids }) => (ids ? [`(${ids.join(' UNION ')})`] : []));
    // Where ids tell all, the rows need not be read.
    return narrowed.length === 0 && sets.length > 0 && sets.length === filters.length
      ? `SELECT count(*) FROM (${sets.join(' INTERSECT ')}) s`
      : `SELECT count(*) FROM ${from}${toWhere([...narrowed, ...this.finds()])}`;
  }

  /** How many rows these ids are, counted no further than to `limit`. */
  countUpTo(limit: number, ids: readonly string[]): string {
    return `(SELECT count(*) FROM (SELECT FROM (${ids.join(' UNION ALL ')}) s LIMIT ${limit}) s)`;
  }

  /** What a page shows is read for its rows alone, not for those that are skipped or sorted. */
  private pageText(ids: string): string {
    const { shape, from, alias } = this.list;
    return `SELECT ${shape.select} FROM (${ids}) AS page JOIN ${from} ON ${alias}.id = page.id
      ORDER BY ${this.orderBy(this.request.sort && 'page.sort_key', 'page.id')}`;
  }

  /** Rows of the table, under its own alias, with what they are sorted by. */
  private keyed(rest: string): string {
    const { from, alias } = this.list;
    const { sort } = this.request;
    const key = sort ? `, ${sort.column} AS sort_key` : '';
    return `(SELECT ${alias}.*${key} FROM ${from}${rest}) AS ${alias}`;
  }

  /**
   * The ids of a page of such rows.
   *
   * @param range the column that they are in the order of already, before that of the list
   */
  private sorted(keyed: string, range?: string): string {
    const { id } = this.narrowing;
    const key = this.request.sort && 'sort_key';
    const columns = [...(key ? [key] : []), id].join(', ');
    return `SELECT ${columns} FROM ${keyed} ORDER BY ${this.orderBy(range, key, id)}${this.limited()}`;
  }

  /**
   * The rows after the cursor, along an index in the order of the list. With `=` for the range, the planner would be free
   * to walk along the index of the sort alone, past the rows with other values.
   */
  private inOrder(): string {
    const { range, id, conditions: narrowed } = this.narrowing;
    const conditions = [...narrowed, ...this.afterCursor(range)];
    if (range) conditions.unshift(`${range.column} BETWEEN ${range.value} AND ${range.value}`);
    return `${toWhere(conditions)} ORDER BY ${this.orderBy(range?.column, this.request.sort?.column, id)}`;
  }

  /** The rows after the cursor in any order. */
  private narrowed(): string[] {
    return [...this.equation(), ...this.narrowing.conditions, ...this.afterCursor()];
  }

  private equation(): string[] {
    const { range } = this.narrowing;
    return range ? [`${range.column} = ${range.value}`] : [];
  }

  private finds(): string[] {
    let planned = 0;
    return this.narrowing.filters.map(({ check, find, ids, isExpensive }) => {
      if (find === undefined) return check;
      const isJoin = ids && !isExpensive;
      return isJoin && ++planned > MAX_PLANNED ? check : find;
    });
  }

  private orderBy(...columns: (string | undefined)[]): string {
    return columns
      .filter((column) => column !== undefined)
      .map((column) => `${column} ${this.request.direction}`)
      .join(', ');
  }

  private limited(): string {
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
