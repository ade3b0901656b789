/**
 * A condition on the rows of a list that the index of the sort cannot apply. Each member is SQL for one way to read the
 * rows.
 */
export interface Filter {
  /** the condition for one row that was read already; the planner must not be able to turn it into a join */
  readonly check: string;
  /** the condition in a form for which the planner can use an index, where that differs from `check` */
  readonly find?: string;
  /** SELECTs that together give the ids of all rows that pass, where an index can give them */
  readonly ids?: readonly string[];
  /** whether few rows pass, whatever the value is */
  readonly isSelective?: true;
  /** whether `ids` must read every row of the table */
  readonly isExpensive?: true;
  /** a column in which all rows that pass have the same value */
  readonly range?: Range;
}

/** A column that is the first one of an index for each sort, and the SQL of the value that the rows must have there. */
export interface Range {
  readonly column: string;
  readonly value: string;
}

/** A filter whose rows and ids can be found with an index. */
export type IndexedFilter = Filter & Required<Pick<Filter, 'find' | 'ids'>>;

/** Rows that pass at least one of these filters. @param id SQL of a row's id */
export function anyOf(filters: readonly IndexedFilter[], id: string): IndexedFilter {
  const ids = filters.flatMap((filter) => filter.ids);
  return {
    check: `(${filters.map(({ check }) => check).join(' OR ')})`,
    find: `${id} IN (${ids.join(' UNION ALL ')})`,
    ids,
  };
}
