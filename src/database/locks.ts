import { type Executor } from './executor';

/**
 * The numbers of our advisory locks. Every process must ask for the same number, and no two locks may share one, so all of
 * them stand here. They never change: an older and a newer version may run side by side.
 */
export const LOCKS = {
  migrations: 7_236_401_557,
  /** held while an admin is deleted or demoted */
  admins: 7_236_401_558,
  /** held while the first admin is created */
  firstAdmin: 7_236_401_559,
} as const;

/** Waits for a lock, and holds it until the transaction of this executor ends. */
export async function holdLock(transaction: Executor, lock: number): Promise<void> {
  await transaction.rows('SELECT pg_advisory_xact_lock($1)', [lock]);
}
