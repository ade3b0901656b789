import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { api, type Item } from '../api';
import { asUser } from '../as-user';
import { dataProvider } from '../data/data-provider';
import { type ImportChange } from './import';
import { PER_PAGE } from './row-pages';

export type Action = ImportChange['action'];

/** A page of what an import does. */
export function useChanges(id: number, action: Action | undefined, page: number) {
  return useQuery({
    queryKey: ['imports', 'changes', id, action, page],
    queryFn: async () => {
      const query = { id, page, limit: PER_PAGE, ...(action && { action }) };
      return (await asUser(() => api.imports.listChanges(query))).rows;
    },
    placeholderData: keepPreviousData,
    retry: false,
  });
}

/** The items that the changes are about: a change has only the members that differ. */
export function useItemsOf(changes: readonly ImportChange[]): ReadonlyMap<number, Item> {
  const ids = changes.flatMap(({ item_id: id }) => (id === null ? [] : [id]));
  const { data } = useQuery({
    queryKey: ['imports', 'items', ids],
    queryFn: async () => (await dataProvider.getMany<Item>('items', { ids })).data,
    enabled: ids.length > 0,
    retry: false,
  });
  return new Map(data?.map((item) => [item.id, item]));
}
