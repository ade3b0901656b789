import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';
import { type Item } from '../api';

interface CachedList {
  data?: Item[];
}

/** The items that the pages of the panel have read. */
export class CachedItems {
  constructor(private readonly client: QueryClient) {}

  /** Shows an item as it is now wherever it is shown, and leaves it where it stands in a list. */
  put(item: Item): void {
    this.client.setQueriesData<CachedList>({ queryKey: ['items', 'getList'] }, (list) =>
      list?.data?.some(({ id }) => id === item.id)
        ? { ...list, data: list.data.map((row) => (row.id === item.id ? item : row)) }
        : list,
    );
    // A form compares what it saves with what was read when it was opened, so its own members stay as they are.
    this.client.setQueriesData<Item>({ queryKey: ['items', 'getOne'] }, (one) =>
      one?.id === item.id ? { ...one, tags: item.tags } : one,
    );
  }

  /** What the person has seen of these items, as far as it was read. */
  find(ids: readonly number[]): Item[] {
    const found = new Map<number, Item>();
    for (const [, list] of this.client.getQueriesData<CachedList>({ queryKey: ['items', 'getList'] })) {
      for (const item of list?.data ?? []) found.set(item.id, item);
    }
    return ids.flatMap((id) => found.get(id) ?? []);
  }
}

export function useCachedItems(): CachedItems {
  const client = useQueryClient();
  return useMemo(() => new CachedItems(client), [client]);
}
