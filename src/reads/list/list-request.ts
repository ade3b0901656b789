import { hash } from 'node:crypto';
import { type Cursor, decodeCursor } from './cursor';
import { type FilterRules, givenFilters, type List, type PageQuery } from './list';
import { type Sort } from './sorts';

/** A cursor belongs to another list, sort or filters, or was forged. */
export class CursorError extends Error {}

/** What is asked of a list: the checked members of its query, read once. */
export interface ListRequest<Dto> {
  readonly limit: number;
  readonly page: number | undefined;
  readonly count: boolean;
  /** the field that the list is sorted by */
  readonly field: string;
  readonly direction: 'ASC' | 'DESC';
  /** how to sort by that field; none for the id */
  readonly sort: Sort<Dto> | undefined;
  /** the row that the page follows */
  readonly after: Cursor | undefined;
  /** what the cursors of this list, sort and filters are known by */
  readonly mark: string;
  /** the names of the filters that are given */
  readonly given: readonly string[];
}

/** @throws CursorError */
export function readRequest<Dto extends { id: number }, Filters extends object>(
  list: List<Dto, Filters>,
  query: PageQuery,
  filters: Filters,
): ListRequest<Dto> {
  const field = query.sort.replace('-', '');
  const sort = list.sorts[field];
  // The cursor would be read, and the rows come in another order.
  if (!sort && field !== 'id') throw new Error(`The list ${list.name} has no sort ${field}.`);
  const mark = markOf(list, query.sort, filters);
  return {
    limit: query.limit,
    page: query.page,
    count: query.count,
    field,
    direction: query.sort.startsWith('-') ? 'DESC' : 'ASC',
    sort,
    after: query.cursor === undefined ? undefined : readCursor(query.cursor, mark, sort),
    mark,
    given: givenFilters(list.filters, filters),
  };
}

function readCursor<Dto>(text: string, mark: string, sort: Sort<Dto> | undefined): Cursor {
  const cursor = decodeCursor(text);
  const isKey = (key: string | undefined) =>
    sort ? key !== undefined && sort.isKey(key) : key === undefined;
  if (cursor?.mark !== mark || !isKey(cursor.key)) throw new CursorError();
  return cursor;
}

const MARK_LENGTH = 11;

/** All declared filters are in it, so that no cursor can be taken from one set of filters to another. */
function markOf<Filters extends object>(
  { name, filters: rules }: { name: string; filters: FilterRules<Filters> },
  sort: string,
  filters: Filters,
): string {
  const given = (Object.keys(rules) as (keyof Filters)[])
    .map((filter) => [filter, filters[filter]])
    .filter(([, value]) => value !== undefined);
  return hash('sha256', JSON.stringify([name, sort, given]), 'base64url').slice(0, MARK_LENGTH);
}
