import { useGetIdentity, useGetOne, usePermissions } from 'react-admin';
import { type User } from '../api';

/** The address of a user, or the id where the API tells no address: only admins may know those of others. */
export function Owner({ id }: { id: number }) {
  const { permissions } = usePermissions<string>();
  const { identity } = useGetIdentity();
  const { data: user } = useGetOne<User>('users', { id }, { enabled: permissions === 'admin' });
  return user?.email ?? (identity?.id === id ? identity.fullName : String(id));
}
