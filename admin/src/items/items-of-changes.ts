import { useQuery } from '@tanstack/react-query';
import { type components } from 'emporium-client';
import { type Item } from '../api';
import { dataProvider } from '../data/data-provider';

/** The items that the changes are about: a change has only the members that differ. */
export function useItemsOf(
  changes: readonly components['schemas']['ImportChange'][],
): ReadonlyMap<number, Item> {
  const ids = changes.flatMap(({ item_id: id }) => (id === null ? [] : [id]));
  const { data } = useQuery({
    queryKey: ['imports', 'items', ids],
    queryFn: async () => (await dataProvider.getMany<Item>('items', { ids })).data,
    enabled: ids.length > 0,
    retry: false,
  });
  return new Map(data?.map((item) => [item.id, item]));
}
