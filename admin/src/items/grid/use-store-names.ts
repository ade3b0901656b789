import { useMemo } from 'react';
import { useGetMany } from 'react-admin';
import { type Item, type Store } from '../../api';

/** The names of the stores that items are in, by id: one look-up for the whole grid instead of one a row. */
export function useStoreNames(items: readonly Item[], isWanted: boolean): ReadonlyMap<number, string> {
  const ids = useMemo(
    () => (isWanted ? [...new Set(items.map((item) => item.store_id))] : []),
    [items, isWanted],
  );
  const { data } = useGetMany<Store>('stores', { ids }, { enabled: ids.length > 0 });
  return useMemo(() => new Map(data?.map((store) => [store.id, store.name])), [data]);
}
