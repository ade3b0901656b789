import { useGetList } from 'react-admin';
import { type Store } from '../api';
import { useOwnStores } from './own-stores';

/** The first store, by name, that the person may change; undefined while it is not known, null if there is none. */
export function useDefaultStore(isWanted: boolean): number | null | undefined {
  const own = useOwnStores();
  const { data } = useGetList<Store>(
    'stores',
    { filter: { ...own }, sort: { field: 'name', order: 'ASC' }, pagination: { page: 1, perPage: 1 } },
    { enabled: own !== undefined && isWanted },
  );
  return data && (data[0]?.id ?? null);
}
