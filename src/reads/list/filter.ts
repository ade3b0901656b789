/** A condition on the rows of a list that no index has in the order of the list, in the ways that rows can be read by. */
export interface Filter {
  /** whether a row at hand passes; asks for a few rows at most, in a way that the planner cannot make a join of */
  readonly check: string;
  /** the same in words by which an index may find the rows, where they differ */
  readonly find?: string;
  /** SQL of the ids of all rows that pass, where an index gives them one after the other; in several parts, if need be */
  readonly ids?: readonly string[];
  /** whether few rows pass in any case */
  readonly isFew?: true;
  /** whether every row must be looked at to tell the ids */
  readonly isExpensive?: true;
  /** a column in which all rows that pass have one value, SQL of which this is */
  readonly range?: Range;
}

/** A column that an index for each sort begins with, and the value that the rows must have there. */
export interface Range {
  readonly column: string;
  readonly value: string;
}

/** A filter whose rows an index can find and tell the ids of. */
export type IndexedFilter = Filter & Required<Pick<Filter, 'find' | 'ids'>>;

/** Rows that pass one of these at least. @param id SQL of a row's id */
export function anyOf(filters: readonly IndexedFilter[], id: string): IndexedFilter {
  const ids = filters.flatMap((filter) => filter.ids);
  return {
    check: `(${filters.map(({ check }) => check).join(' OR ')})`,
    find: `${id} IN (${ids.join(' UNION ALL ')})`,
    ids,
  };
}
