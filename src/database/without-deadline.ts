import { type EntityManager } from 'typeorm';
import { type DeadlineClient } from './deadline-client';
import { watchStalls } from './stall-watch';

/**
 * PostgreSQL notices only at the end of a statement that its client has died, unless it looks now and then. Until then the
 * transaction keeps its locks. On Windows it cannot look.
 */
const SETTINGS = `SELECT pg_backend_pid() AS pid, set_config('statement_timeout', '0', true),
  CASE WHEN version() !~* 'visual c|mingw' THEN set_config('client_connection_check_interval', '2s', true) END`;

/**
 * Runs `work` in a transaction that may take longer than REQUEST_TIMEOUT.
 *
 * @param isWaiting whether we wait for the server, which may wait for us as long as we do not
 */
export async function withoutDeadline<T>(
  manager: EntityManager,
  work: (manager: EntityManager) => Promise<T>,
  isWaiting: () => boolean = () => true,
): Promise<T> {
  return manager.transaction(async (inner) => {
    const client = (await inner.queryRunner?.connect()) as DeadlineClient;
    client.suspendDeadline(true);
    let unwatch: (() => void) | undefined;
    try {
      const [row] = await inner.query<{ pid: number }[]>(SETTINGS);
      if (row) unwatch = watchStalls(inner.dataSource, client, row.pid, isWaiting);
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
