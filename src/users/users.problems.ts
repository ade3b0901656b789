import { Problem, problemType } from '../common/problems/problem';

export const USER_NOT_FOUND = problemType(404, 'user_not_found', 'There is no such user.');
export const EMAIL_TAKEN = problemType(409, 'email_taken', 'There is an account with this e-mail address.');
export const OWNS_STORES = problemType(409, 'owns_stores', 'The user still owns stores.');
export const LAST_ADMIN = problemType(409, 'last_admin', 'The last admin must stay.');

/**
 * The problem when a user who owns stores is to be deleted; it names the stores.
 *
 * @param owned the number of the stores, and the first of them
 */
export function ownsStores(
  ownerId: number,
  { count, first }: { count: number; first: readonly { id: number; name: string }[] },
): Problem {
  // The stores may have been deleted since the database refused to delete the user.
  if (count === 0) return new Problem(OWNS_STORES);
  const names = first.map(({ id, name }) => `“${name}” (id ${id})`).join(', ');
  const others = count > first.length ? ` and ${count - first.length} more` : '';
  const [amount, them] = count === 1 ? ['a store', 'it'] : [`${count} stores`, 'them'];
  return new Problem(OWNS_STORES, {
    detail:
      `The user still owns ${amount}: ${names}${others}. Delete ${them} or have an admin give ${them} to another user ` +
      `first; GET /stores?owner_id=${ownerId} lists ${them}.`,
  });
}
