import { Values } from '../../database/values';
import { anyOf, type Filter, type IndexedFilter, type Range } from './filter';
import { type FilterRules, type ListSource } from './list';
import { type ListRequest } from './list-request';

/** Which rows of a table a list request asks for. The rules of the list's filters write it. */
export class Narrowing {
  /** the values of the parameters in all SQL of the request */
  readonly values = new Values();
  /** conditions that the index of the sort still has in its order */
  readonly conditions: string[] = [];
  /** conditions that it has not */
  readonly filters: Filter[] = [];
  range: Range | undefined;
  /** the table, or another one that gives the ids */
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

  /** Applies the rule of each filter that is given, in the order of their declaration. */
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

  /** Takes a value, and gives the parameter that stands for it. */
  readonly value = (value: unknown): string => this.values.add(value);

  /** Whether this filter is the only one that is given, and the list is in the order of the ids. */
  isOnlyById(filter: string): boolean {
    return this.request.field === 'id' && this.request.given.every((name) => name === filter);
  }

  /** Asks for one value of a column that an index for each sort begins with. */
  within(column: string, value: string): void {
    if (this.range) this.conditions.push(`${column} = ${value}`);
    else this.range = { column, value };
  }

  /** Asks for what the index of a sort by this field has in its order. */
  alongSort(field: string, condition: string): void {
    if (this.request.field === field) this.conditions.push(condition);
    else this.filter({ check: condition });
  }

  /** Takes the ids from a column of another table, which an index has in their order. */
  through(table: string, id: string): void {
    this.from = table;
    this.id = id;
  }

  filter(...filters: readonly Filter[]): void {
    this.filters.push(...filters);
  }

  /** Asks for rows that pass one at least of all filters that are given here, in one call or several. */
  filterAny(...filters: readonly IndexedFilter[]): void {
    this.alternatives.push(...filters);
  }
}
