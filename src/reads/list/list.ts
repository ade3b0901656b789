import { type RowShape } from '../row-shape';
import { type Narrowing } from './narrowing';
import { type Sort } from './sorts';

/** The members that the query of every list has. The query DTO of a list adds its filters. */
export interface PageQuery {
  /** the number of rows on a page */
  readonly limit: number;
  /** where the page before ended */
  readonly cursor?: string;
  /** the number of a page to jump to, beginning with 1 */
  readonly page?: number;
  /** whether to count all rows */
  readonly count: boolean;
  /** the name of a field; `-` in front of it sorts descending */
  readonly sort: string;
}

/** The filters among the members of a query. */
export type FiltersOf<Query extends PageQuery> = Omit<Query, keyof PageQuery>;

/**
 * Narrows a list to the rows that match `value`. It is called when the filter is given; `all` has all filters of the
 * query.
 */
export type FilterRule<Value, Filters> = (list: Narrowing, value: Value, all: Filters) => void;

/** The table of a list, and the shape of its rows. */
export interface ListSource<Dto> {
  /** the name of the list in the mark of cursors */
  readonly name: string;
  readonly shape: RowShape<Dto>;
  /** table and alias */
  readonly from: string;
  readonly alias: string;
}

/**
 * A list of rows of a table, with its sorts and filters. They are declared only here: the enum of the parameter `sort`,
 * the mark of cursors and the SQL derive from it. A filter of the query that has no rule here does not compile.
 */
export interface List<Dto extends { id: number }, Filters extends object> extends ListSource<Dto> {
  /** by the name of the field in `sort`; every list can be sorted by id as well */
  readonly sorts: Readonly<Record<string, Sort<Dto>>>;
  /** their rules are applied in this order */
  readonly filters: FilterRules<Filters>;
}

export type FilterRules<Filters extends object> = {
  readonly [Name in keyof Filters]-?: FilterRule<Exclude<Filters[Name], undefined>, Filters>;
};

/** The values that `sort` can have. */
export function sortNames({ sorts }: { sorts: object }): string[] {
  return ['id', ...Object.keys(sorts)].flatMap((field) => [field, `-${field}`]);
}

/** The rule of a filter that has no SQL of its own; the rules of other filters read its value. */
export const option: FilterRule<unknown, unknown> = () => undefined;

/** The names of the filters that the query gives, without the options. */
export function givenFilters<Filters extends object>(
  rules: FilterRules<Filters>,
  filters: Filters,
): string[] {
  return (Object.keys(rules) as (keyof Filters & string)[]).filter(
    (name) => filters[name] !== undefined && (rules[name] as unknown) !== option,
  );
}
