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

const IS_WAITING = `SELECT FROM pg_locks WHERE locktype = 'advisory' AND objid = 4711 AND NOT granted`;

/**
 * Begins something that writes a table, and does something else when it has come so far, before it goes on.
 *
 * @param when the trigger at which it waits, such as `AFTER INSERT ON items FOR EACH STATEMENT`
 * @returns what came of it
 */
export async function whileItWaits<T>(
  connection: DatabaseConnection,
  when: string,
  begin: () => Promise<T>,
  meanwhile: () => Promise<void>,
): Promise<T> {
  return withClient(connection, async (client) => {
    await client.query(
      `CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
         PERFORM pg_advisory_xact_lock(4711);
         RETURN NULL;
       END $$;
       CREATE TRIGGER wait ${when} EXECUTE FUNCTION wait()`,
    );
    await client.query('SELECT pg_advisory_lock(4711)');
    const begun = begin();
    try {
      while ((await client.query(IS_WAITING)).rowCount === 0) await sleep(20);
      await meanwhile();
    } finally {
      await client.query('SELECT pg_advisory_unlock(4711)');
    }
    const result = await begun;
    await client.query('DROP FUNCTION wait CASCADE');
    return result;
  });
}
