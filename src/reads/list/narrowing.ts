import { Values } from '../../database/values';
import { anyOf, type Filter, type IndexedFilter, type Range } from './filter';
import { type FilterRules, type ListSource } from './list';
import { type ListRequest } from './list-request';

/**
 * How many filters the planner may turn into joins. Its planning time grows faster than their number, so the other
 * filters are checked on the rows that pass these.
 */
const MAX_PLANNED = 3;

/** The rows of a table that a list request asks for. The rules of the list's filters add to it. */
export class Narrowing {
  /** the parameter values of all statements of the request */
  readonly values = new Values();
  /** conditions that a scan of the index of the sort can apply */
  readonly conditions: string[] = [];
  /** conditions that it cannot apply */
  readonly filters: Filter[] = [];
  range: Range | undefined;
  /** the table with its alias, or another table that has the ids */
  from: string;
  /** SQL of a row's id */
  id: string;
  private readonly alternatives: IndexedFilter[] = [];

  private constructor(
    { from, alias }: Pick<ListSource<unknown>, 'from' | 'alias'>,
    private readonly request: Pick<ListRequest<unknown>, 'field' | 'given'>,
  ) {
    this.from = from;
    this.id = `${alias}.id`;
  }

  /** Applies the rule of each filter that is given, in the order of declaration. */
  static of<Filters extends object>(
    list: Pick<ListSource<unknown>, 'from' | 'alias'> & { filters: FilterRules<Filters> },
    request: Pick<ListRequest<unknown>, 'field' | 'given'>,
    filters: Filters,
  ): Narrowing {
    const narrowing = new Narrowing(list, request);
    for (const name of Object.keys(list.filters) as (keyof Filters)[]) {
      const value = filters[name];
      if (value !== undefined)
        list.filters[name](narrowing, value as Exclude<Filters[keyof Filters], undefined>, filters);
    }
    const { alternatives, id } = narrowing;
    if (alternatives.length > 0) narrowing.filter(anyOf(alternatives, id));
    return narrowing;
  }

  /** Its conditions in any order of the rows, in which the planner can use every index. */
  get all(): string[] {
    return [...this.rangeEquality, ...this.conditions, ...this.filterConditions];
  }

  get rangeEquality(): string[] {
    return this.range ? [`${this.range.column} = ${this.range.value}`] : [];
  }

  get filterConditions(): string[] {
    let planned = 0;
    return this.filters.map(({ check, find, ids, isExpensive }) => {
      if (find === undefined) return check;
      const isJoin = ids && !isExpensive;
      return isJoin && ++planned > MAX_PLANNED ? check : find;
    });
  }

  /** Adds a value. @returns its parameter, such as `$1` */
  readonly value = (value: unknown): string => this.values.add(value);

  /** Whether this is the only filter that is given, and the list is sorted by id. */
  isOnlyById(filter: string): boolean {
    return this.request.field === 'id' && this.request.given.every((name) => name === filter);
  }

  /** Asks for one value of a column that is the first one of an index for each sort. */
  whereEquals(column: string, value: string): void {
    if (this.range) this.conditions.push(`${column} = ${value}`);
    else this.range = { column, value };
  }

  /** Adds a condition that the index of the sort by this field can apply; with another sort it becomes a filter. */
  whereInSort(field: string, condition: string): void {
    if (this.request.field === field) this.conditions.push(condition);
    else this.filter({ check: condition });
  }

  /** Reads the ids from a column of another table that has an index in their order. */
  readIdsFrom(table: string, id: string): void {
    this.from = table;
    this.id = id;
  }

  filter(...filters: readonly Filter[]): void {
    this.filters.push(...filters);
  }

  /** Asks for rows that pass at least one of the filters of all calls of this method. */
  filterAny(...filters: readonly IndexedFilter[]): void {
    this.alternatives.push(...filters);
  }
}
