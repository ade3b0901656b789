import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { type operations, type Page } from 'emporium-client';
import { api, type Change } from '../api';
import { asUser } from '../as-user';

/** Whose history it is. */
export interface Scope {
  of: 'store' | 'item';
  id: number;
}

/** Which of its changes are read, as the API takes it. */
export type Part = NonNullable<operations['changes.listOfStore']['parameters']['query']>;

const PAGE = 25;

type Read = () => PromiseLike<Page<Change>>;

export type ReadChanges = ReturnType<typeof useChanges>;

/** The changes, the latest first, as many pages as were asked for. */
export function useChanges({ of, id }: Scope, part: Part) {
  const query = { id, limit: PAGE, ...part };
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
