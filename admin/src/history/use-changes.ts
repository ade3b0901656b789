import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { type Page } from 'emporium-client';
import { api, type Change } from '../api';
import { asUser } from '../as-user';
import { type HistoryFilter, toQuery } from './history-filter';

/** Whose history it is. */
export interface Scope {
  of: 'store' | 'item';
  id: number;
}

const PAGE = 25;

type Read = () => PromiseLike<Page<Change>>;

/** The changes, the latest first, as many pages as were asked for. */
export function useChanges({ of, id }: Scope, filter: HistoryFilter) {
  const query = { id, limit: PAGE, ...toQuery(filter) };
  const first: Read = () => (of === 'store' ? api.changes.listOfStore(query) : api.changes.listOfItem(query));
  return useInfiniteQuery({
    queryKey: ['history', 'changes', of, query],
    queryFn: ({ pageParam }) => asUser(pageParam ?? first),
    initialPageParam: undefined as Read | undefined,
    getNextPageParam: ({ next }) => next,
    placeholderData: keepPreviousData,
    retry: false,
  });
}
