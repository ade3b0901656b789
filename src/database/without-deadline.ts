import { type EntityManager } from 'typeorm';
import { type DeadlineClient } from './deadline-client';
import { watchStalls } from './stall-watch';

/** Runs `work` in a transaction that may take longer than REQUEST_TIMEOUT. */
export async function withoutDeadline<T>(
  manager: EntityManager,
  work: (manager: EntityManager) => Promise<T>,
): Promise<T> {
  return manager.transaction(async (inner) => {
    const client = (await inner.queryRunner?.connect()) as DeadlineClient;
    client.suspendDeadline(true);
    let unwatch: (() => void) | undefined;
    try {
      const [row] = await inner.query<{ pid: number }[]>(
        `SELECT pg_backend_pid() AS pid, set_config('statement_timeout', '0', true)`,
      );
      if (row) unwatch = watchStalls(inner.dataSource, client, row.pid);
      const result = await work(inner);
      // `work` may have sent the COMMIT itself.
      if (!client.isInTransaction) return result;
      // Runs deferred checks now, because the deadline would apply to them during COMMIT.
      await inner.query('SET CONSTRAINTS ALL IMMEDIATE');
      return result;
    } finally {
      unwatch?.();
      client.suspendDeadline(false);
    }
  });
}
