import { useGetIdentity, useGetOne, usePermissions } from 'react-admin';
import { type Store } from '../api';

/** Whether the person may change a store and what is in it; undefined as long as it is not known. */
export function useMayWrite(storeId: number | undefined): boolean | undefined {
  const { permissions } = usePermissions<string>();
  const { identity } = useGetIdentity();
  const isAdmin = permissions === 'admin';
  const { data: store } = useGetOne<Store>(
    'stores',
    { id: storeId },
    { enabled: permissions !== undefined && !isAdmin && storeId !== undefined },
  );
  if (isAdmin) return true;
  if (!identity || !store) return undefined;
  return store.owner_id === identity.id;
}
