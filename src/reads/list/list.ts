import { type RowShape } from '../row-shape';
import { type Narrowing } from './narrowing';
import { type Sort } from './sorts';

/** What a request for any list says. The query DTOs of lists are this, and the filters of their list besides. */
export interface PageQuery {
  /** rows on a page */
  readonly limit: number;
  /** where the page before this one ended */
  readonly cursor?: string;
  /** a page to jump to, from 1 */
  readonly page?: number;
  /** whether all rows are counted */
  readonly count: boolean;
  /** the name of a field, with `-` in front descending */
  readonly sort: string;
}

/** The filters among the members of a query. */
export type FiltersOf<Query extends PageQuery> = Omit<Query, keyof PageQuery>;

/** Narrows a list to the rows that have `value`; called where it is given. `all` has the filters beside it. */
export type FilterRule<Value, Filters> = (list: Narrowing, value: Value, all: Filters) => void;

/** Where the rows of a list come from, and what is shown of them. */
export interface ListSource<Dto> {
  /** what cursors call the list */
  readonly name: string;
  readonly shape: RowShape<Dto>;
  /** table and alias */
  readonly from: string;
  readonly alias: string;
}

/**
 * A list of a table's rows, and all that it can be filtered and sorted by. This is the only declaration of that: the enum
 * of the parameter `sort`, what a cursor belongs to, and the SQL derive from it. A filter of the query that has no rule
 * here does not compile.
 */
export interface List<Dto extends { id: number }, Filters extends object> extends ListSource<Dto> {
  /** by the names of the fields in `sort`; every list can be sorted by id as well */
  readonly sorts: Readonly<Record<string, Sort<Dto>>>;
  /** in the order in which they are put into the SQL */
  readonly filters: FilterRules<Filters>;
}

export type FilterRules<Filters extends object> = {
  readonly [Name in keyof Filters]-?: FilterRule<Exclude<Filters[Name], undefined>, Filters>;
};

/** What `sort` can be. */
export function sortNames({ sorts }: { sorts: object }): string[] {
  return ['id', ...Object.keys(sorts)].flatMap((field) => [field, `-${field}`]);
}

/** For a filter that has no SQL of its own: the rules of others read it. */
export const option: FilterRule<unknown, unknown> = () => undefined;

/** The names of the filters that a query gives, without options. */
export function givenFilters<Filters extends object>(
  rules: FilterRules<Filters>,
  filters: Filters,
): string[] {
  return (Object.keys(rules) as (keyof Filters & string)[]).filter(
    (name) => filters[name] !== undefined && (rules[name] as unknown) !== option,
  );
}
