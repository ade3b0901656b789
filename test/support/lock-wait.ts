import { setTimeout as sleep } from 'node:timers/promises';
import { type TestApp } from './app';

/** Returns when a statement of the application waits for a lock. @returns the pid of its backend */
export async function untilSomebodyWaits({ sql }: TestApp): Promise<number> {
  for (const end = Date.now() + 20_000; Date.now() < end;) {
    const [row] = await sql<{ pid: number }>(
      `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    if (row) return row.pid;
    await sleep(5);
  }
  throw new Error('nothing waits');
}
