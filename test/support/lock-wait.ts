import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { type DatabaseConnection } from '../../src/database/connection';
import { type TestApp } from './app';
import { withClient } from './database';

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

/** Holds tables, so that statements on them hang, while `work` runs. @param tables with commas between */
export async function whileLocked<T>(
  connection: DatabaseConnection,
  tables: string,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  return withClient(connection, async (client) => {
    await client.query(`BEGIN; LOCK TABLE ${tables} IN ACCESS EXCLUSIVE MODE`);
    try {
      return await work(client);
    } finally {
      await client.query('ROLLBACK');
    }
  });
}
