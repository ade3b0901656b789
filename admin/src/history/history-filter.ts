import { useSearchParams } from 'react-router-dom';
import { type Action, type Resource } from './change';

/** The filters of a history. They are in the address of the page, so that it can be shared. */
export interface HistoryFilter {
  resource?: Resource;
  action?: Action;
  /** the first day, such as `2026-01-31` */
  since?: string;
  /** the last day */
  until?: string;
}

/** What can happen to each kind of resource. */
export const ACTIONS_OF: Readonly<Record<Resource, readonly Action[]>> = {
  store: ['create', 'update'],
  item: ['create', 'update', 'delete'],
  tag: ['create', 'update', 'delete'],
  link: ['link', 'unlink'],
};
export const ALL_ACTIONS: readonly Action[] = ['create', 'update', 'delete', 'link', 'unlink'];

/** The filter, and how to change it. A member that becomes undefined is removed. */
export function useHistoryFilter(): [HistoryFilter, (changes: HistoryFilter) => void] {
  const [search, setSearch] = useSearchParams();
  const filter = filterIn(search);
  const change = (changes: HistoryFilter) => {
    const members: [string, string | undefined][] = Object.entries({ ...filter, ...changes });
    const entries = members.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]));
    setSearch(entries as [string, string][], { replace: true });
  };
  return [filter, change];
}

/** What an address has that is no filter is left out. */
function filterIn(search: URLSearchParams): HistoryFilter {
  const filter: HistoryFilter = {};
  const resource = (Object.keys(ACTIONS_OF) as Resource[]).find((one) => one === search.get('resource'));
  const action = ALL_ACTIONS.find((one) => one === search.get('action'));
  if (resource) filter.resource = resource;
  if (action) filter.action = action;
  for (const side of ['since', 'until'] as const) {
    const day = search.get(side);
    if (day !== null && startOf(day) !== undefined) filter[side] = day;
  }
  return filter;
}

/** An import does not change its store, so a filter by that leaves all imports out. */
export const ofImports = ({ resource }: HistoryFilter) => (resource === 'store' ? 'none' : 'last');

/** Whether imports are listed also if none of their changes fits: one entry stands for all of them. */
export const listsAllImports = (filter: HistoryFilter) =>
  ofImports(filter) === 'last' && (filter.resource !== undefined || filter.action !== undefined);

/** The filter as the API takes it: a period of whole days where the person is. */
export function toQuery({ resource, action, since, until }: HistoryFilter) {
  const from = since === undefined ? undefined : startOf(since);
  const to = until === undefined ? undefined : startOf(until, 1);
  return {
    ...(resource && { resource }),
    ...(action && { action }),
    ...(from && { since: from }),
    ...(to && { until: to }),
  };
}

/** When a day begins, or one some days later; undefined if it is no day. */
function startOf(day: string, daysLater = 0): string | undefined {
  const time = new Date(`${day}T00:00:00`);
  if (!/^\d{4}-\d\d-\d\d$/.test(day) || Number.isNaN(time.getTime())) return undefined;
  time.setDate(time.getDate() + daysLater);
  return time.toISOString();
}
