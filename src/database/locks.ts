import { type Executor } from './executor';

/**
 * The numbers of our advisory locks, all in one place so that no two locks have the same number. They must never
 * change, because an older and a newer version may run at the same time.
 */
export const LOCKS = {
  migrations: 7_236_401_557,
  /** for deleting or demoting an admin */
  admins: 7_236_401_558,
  /** for creating the first admin */
  firstAdmin: 7_236_401_559,
  /** for the one rehearsal of an upgrade that may run on a database */
  upgradeCheck: 7_236_401_560,
  /** the first of two numbers, for one `Idempotency-Key` */
  idempotencyKeys: 1,
  /** the first of two numbers, for the one import that may run or be undone in a store */
  importsOfStore: 2,
} as const;

/** Waits for an advisory lock, and keeps it until the transaction ends. */
export async function takeLock(transaction: Executor, lock: number): Promise<void> {
  await transaction.rows('SELECT pg_advisory_xact_lock($1)', [lock]);
}
