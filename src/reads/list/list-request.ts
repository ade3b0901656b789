import { hash } from 'node:crypto';
import { type Cursor, decodeCursor } from './cursor';
import { type FilterRules, givenFilters, type List, type PageQuery } from './list';
import { type Sort } from './sorts';

/** The cursor is of another list, sort or filters, or it was forged. */
export class CursorError extends Error {}

/** What a request for a list asks for, read from the validated query. */
export interface ListRequest<Dto> {
  readonly limit: number;
  readonly page: number | undefined;
  readonly count: boolean;
  /** the field that the list is sorted by */
  readonly field: string;
  readonly direction: 'ASC' | 'DESC';
  /** how to sort by that field; undefined for the id */
  readonly sort: Sort<Dto> | undefined;
  /** the last row of the page before */
  readonly after: Cursor | undefined;
  /** identifies this list, sort and filters in a cursor */
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
  // Without this error the list would be in the order of the ids, and its cursors would be accepted.
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

/** The mark includes all declared filters, so that a cursor is valid only with the filters of its page. */
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
