import { type EntityManager } from 'typeorm';
import { type DeadlineClient } from './deadline-client';

/** `transaction_timeout` came with PostgreSQL 17. */
const NO_TIME_LIMITS = `SELECT set_config(name, '0', true) FROM pg_settings
  WHERE name IN ('statement_timeout', 'transaction_timeout')`;

/** Runs `work` in a transaction that may take longer than REQUEST_TIMEOUT. */
export async function withoutDeadline<T>(
  manager: EntityManager,
  work: (manager: EntityManager) => Promise<T>,
): Promise<T> {
  return manager.transaction(async (inner) => {
    const client = (await inner.queryRunner?.connect()) as DeadlineClient;
    client.suspendDeadline(true);
    try {
      await inner.query(NO_TIME_LIMITS);
      const result = await work(inner);
      // Deferred checks are part of the work; during COMMIT the deadline would apply to them.
      await inner.query('SET CONSTRAINTS ALL IMMEDIATE');
      return result;
    } finally {
      client.suspendDeadline(false);
    }
  });
}
