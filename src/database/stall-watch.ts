import { type DataSource } from 'typeorm';
import { type DeadlineClient } from './deadline-client';

/** Time between two looks at a transaction, in milliseconds. */
const INTERVAL = 10_000;

/** Seconds after which a server that waits for the next statement has lost us. */
const MAX_IDLE = 20;

/** How many looks in a row must say so, because an answer may have come meanwhile. */
const LOOKS = 2;

/**
 * Ends a transaction without a time limit whose connection no longer works, although nobody has closed it: the server does not
 * know it, or has answered long ago. It looks on another connection; while none can be had, it does nothing.
 *
 * @param pid of the server process
 * @param isWaiting whether we wait for the server; while we do not, it may be idle
 * @returns what ends the watch
 */
export function watchStalls(
  dataSource: DataSource,
  client: DeadlineClient,
  pid: number,
  isWaiting: () => boolean,
): () => void {
  let stalls = 0;
  const look = async () => {
    const [found] = await dataSource.query<{ is_alive: boolean }[]>(
      `SELECT state = 'active' OR state_change > now() - interval '${MAX_IDLE} seconds' AS is_alive
       FROM pg_stat_activity WHERE pid = $1`,
      [pid],
    );
    stalls = found?.is_alive === true || !isWaiting() ? 0 : stalls + 1;
    if (stalls >= LOOKS) client.giveUp('Connection terminated: the transaction is lost');
  };
  const timer = setInterval(() => {
    look().catch(() => undefined);
  }, INTERVAL).unref();
  return () => {
    stalls = -Infinity;
    clearInterval(timer);
  };
}
