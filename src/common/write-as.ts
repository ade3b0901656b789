import { type Executor, type Reader } from '../database/executor';
import { type CurrentRow, type RowVersion } from '../reads/current-row';
import { type Caller, isOwnerOrAdmin } from './access';
import { NO_PRECONDITION, type Precondition } from './http/precondition';
import { FORBIDDEN, Problem, type ProblemType, UNAVAILABLE } from './problems/problem';

/**
 * A write is tried again, because before it the row can be created, changed, or given to the caller. Then the row is
 * locked, because others may write it all the time. What does not belong to the row, such as the names of its tags, can
 * still change.
 */
const TRIES_WITHOUT_LOCK = 3;
const TRIES = 10;

/** A request to write one row. */
export interface WriteRequest {
  readonly executor: Executor;
  readonly id: number;
  readonly caller: Caller;
  /** none: the last writer wins */
  readonly precondition?: Precondition;
}

/** What one statement may write: the row with this id, if the caller may write it, and if it still has this version. */
export interface Writable<Version = RowVersion> {
  readonly id: number;
  readonly caller: Caller;
  readonly version?: Version | undefined;
}

/** What a repository has for `writeAs`. */
export interface WritableRows<Version> {
  /** Reads a row; undefined if it does not exist. */
  findCurrent: (reader: Reader, id: number) => Promise<CurrentRow<Version> | undefined>;
  /** Locks a row, if it exists, until the transaction ends. */
  lock: (transaction: Executor, id: number) => Promise<void>;
}

/** What `writeAs` needs to know of the row of a write. */
export interface WriteTarget<Version> {
  /** reads outside of transactions */
  reader: Reader;
  /** the repository of the row */
  rows: WritableRows<Version>;
  /** the problem when the row does not exist */
  missing: ProblemType;
}

/**
 * Runs a write whose statement changes only a row that the caller may change, so that the usual case needs one
 * statement. If it changed nothing, the row is read to find out why. With a precondition the row is read first, and the
 * statement changes it only in the version that met the precondition.
 *
 * @param write is given an executor, and resolves to undefined when it changed no row
 * @throws Problem of the type `missing`, 403 `forbidden`, 412 `precondition_failed`, 428 `precondition_required`
 */
export async function writeAs<T, Version = RowVersion>(
  { executor, id, caller, precondition = NO_PRECONDITION }: WriteRequest,
  { reader, rows, missing }: WriteTarget<Version>,
  write: (executor: Executor, row: Writable<Version>) => Promise<T | undefined>,
): Promise<T> {
  const check = async (from: Reader): Promise<Version> => {
    const current = await rows.findCurrent(from, id);
    if (!current) throw new Problem(missing);
    checkOwner(caller, current.ownerId);
    precondition.check(current.etag);
    return current.version;
  };
  const isConditional = precondition.needsCheck;
  const attempt = async (from: Reader, to: Executor, tries: number): Promise<T | undefined> => {
    for (let n = 0; n < tries; n++) {
      const version = isConditional ? await check(from) : undefined;
      const result = await write(to, { id, caller, version });
      if (result !== undefined) return result;
      if (!isConditional) await check(from);
    }
    return undefined;
  };
  const result =
    (await attempt(reader, executor, TRIES_WITHOUT_LOCK)) ??
    (await executor.transaction(async (transaction) => {
      await rows.lock(transaction, id);
      return attempt(transaction, transaction, TRIES);
    }));
  if (result === undefined) throw new Problem(UNAVAILABLE);
  return result;
}

/**
 * The condition of a statement in SQL. PostgreSQL evaluates it again after waiting for another writer of the row, so of
 * two writers with the same version only one changes the row.
 *
 * @param alias the alias of the row's table; `s` must be its store
 * @param value adds a value to the statement, and returns its parameter
 */
export function isWritable(
  alias: string,
  { id, caller, version }: Writable,
  value: (value: unknown) => string,
): string {
  const isSame = version === undefined ? '' : ` AND ${alias}.xmin = ${value(version)}::xid`;
  return `${alias}.id = ${value(id)} AND ${isWritableBy(caller, value)}${isSame}`;
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
