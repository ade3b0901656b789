import { type Caller, isOwnerOrAdmin } from './access';
import { FORBIDDEN, Problem, type ProblemType, UNAVAILABLE } from './problems/problem';

/** What was refused may be allowed a moment later, when it came to be, or to be the caller's, in between. */
const TRIES = 3;

/**
 * Runs a write whose statement touches only what the caller may change: one statement for what nearly always is. Where it
 * touched nothing, the owner is asked for to tell why.
 *
 * @param write resolves to undefined when there was nothing that the caller may change
 * @param findOwner the user to whom it belongs; undefined where it does not exist
 * @param missing what it is then
 * @throws Problem of the type `missing`, 403 `forbidden`
 */
export async function writeAs<T>(
  caller: Caller,
  write: () => Promise<T | undefined>,
  findOwner: () => Promise<number | undefined>,
  missing: ProblemType,
): Promise<T> {
  for (let tries = 0; tries < TRIES; tries++) {
    const result = await write();
    if (result !== undefined) return result;
    const ownerId = await findOwner();
    if (ownerId === undefined) throw new Problem(missing);
    checkOwner(caller, ownerId);
  }
  throw new Problem(UNAVAILABLE);
}

/**
 * The same rule in SQL: the store `s` belongs to the caller, or the caller is an admin.
 *
 * @param value takes a value of the statement, and gives its parameter
 */
export function isWritableBy({ userId, role }: Caller, value: (value: unknown) => string): string {
  return `(s.owner_id = ${value(userId)} OR ${value(role === 'admin')})`;
}

/** @throws Problem 403 `forbidden` when the caller is neither the owner nor an admin */
export function checkOwner(caller: Caller, ownerId: number): void {
  if (!isOwnerOrAdmin(caller, ownerId)) throw new Problem(FORBIDDEN);
}
