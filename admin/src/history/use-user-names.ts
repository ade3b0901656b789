import { useQueries } from '@tanstack/react-query';
import { useGetIdentity, usePermissions, useTranslate } from 'react-admin';
import { type Change, type User } from '../api';
import { dataProvider } from '../data/data-provider';

/** An address does not change often. */
const FRESH = 60_000;

/** How to call the users of these changes: admins may know the addresses of others. */
export function useUserNames(changes: readonly Change[]): (id: number) => string {
  const translate = useTranslate();
  const { permissions } = usePermissions<string>();
  const { identity } = useGetIdentity();
  const wanted = permissions === 'admin' ? usersIn(changes).filter((id) => id !== identity?.id) : [];
  const addresses = useQueries({
    queries: wanted.map((id) => ({
      queryKey: ['history', 'user', id],
      queryFn: () => readAddress(id),
      staleTime: FRESH,
      retry: false,
    })),
    combine: (results) => new Map(results.map(({ data }, index) => [wanted[index], data])),
  });
  return (id) => {
    const own = id === identity?.id ? identity.fullName : undefined;
    return own ?? addresses.get(id) ?? translate('emporium.history.who_user', { id });
  };
}

/** Who has made the changes, and to whom stores were given. */
function usersIn(changes: readonly Change[]): number[] {
  const ids = changes.flatMap(({ actor_id: actor, changes: members }) => [
    actor,
    ...(members.owner_id ?? []),
  ]);
  return [...new Set(ids)].filter((id) => typeof id === 'number');
}

/** Null if the user does not exist any more. */
async function readAddress(id: number): Promise<string | null> {
  const { data } = await dataProvider.getMany<User>('users', { ids: [id] });
  return data[0]?.email ?? null;
}
