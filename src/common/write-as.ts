import { type Caller, isOwnerOrAdmin } from './access';
import { FORBIDDEN, Problem, type ProblemType, UNAVAILABLE } from './problems/problem';

/** A write is tried again, because between the two statements the row can be created, or be given to the caller. */
const TRIES = 3;

/**
 * Runs a write whose statement changes only rows that the caller may change, so that the usual case needs one
 * statement. If it changed nothing, the owner is read to find out why.
 *
 * @param write resolves to undefined when it changed no row
 * @param findOwner returns the owner of the row; undefined if the row does not exist
 * @param missing the problem when the row does not exist
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
 * The rule of `checkOwner` in SQL: the store `s` belongs to the caller, or the caller is an admin.
 *
 * @param value adds a value to the statement, and returns its parameter
 */
export function isWritableBy({ userId, role }: Caller, value: (value: unknown) => string): string {
  return `(s.owner_id = ${value(userId)} OR ${value(role === 'admin')})`;
}

/** @throws Problem 403 `forbidden` when the caller is neither the owner nor an admin */
export function checkOwner(caller: Caller, ownerId: number): void {
  if (!isOwnerOrAdmin(caller, ownerId)) throw new Problem(FORBIDDEN);
}
