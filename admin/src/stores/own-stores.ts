import { useGetIdentity, usePermissions } from 'react-admin';

/**
 * The filter for the stores that the person may change: admins may change all, everybody else their own.
 *
 * @returns undefined as long as it is not known who they are
 */
export function useOwnStores(): { owner_id?: number } | undefined {
  const { permissions, isPending } = usePermissions<string>();
  const { identity } = useGetIdentity();
  if (isPending || !identity) return undefined;
  return permissions === 'admin' ? {} : { owner_id: Number(identity.id) };
}
