import pg from 'pg';
import { driverOptions } from '../../src/database/connection';
import { type Client } from './client';
import { createTestDatabase, urlOf } from './database';
import { EmporiumProcess, temporaryDirectory } from './process';
import { writeSigningKey } from './signing-key';

/** Two instances of the compiled program against one database. */
export interface Pair {
  instances: readonly [EmporiumProcess, EmporiumProcess];
  /** calls the instances by turns, as nobody */
  at: (index: number) => Client;
  sql: <Row extends pg.QueryResultRow>(text: string, values?: unknown[]) => Promise<Row[]>;
  stop: () => Promise<void>;
}

export async function startPair(settings: Record<string, string> = {}): Promise<Pair> {
  const database = await createTestDatabase();
  const { path: dataDir, remove } = await temporaryDirectory();
  await writeSigningKey(dataDir);
  const start = () =>
    EmporiumProcess.spawn({
      DATABASE_URL: urlOf(database.connection),
      DATA_DIR: dataDir,
      AUTH_THROTTLE: 'off',
      ...settings,
    });
  const instances = [start(), start()] as const;
  const apis = await Promise.all(instances.map((each) => each.api()));
  const pool = new pg.Pool({ ...driverOptions(database.connection), max: 2 });
  pool.on('error', () => undefined);
  return {
    instances,
    at: (index) => apis[index % apis.length] as Client,
    sql: async (text, values) => (await pool.query(text, values)).rows,
    stop: async () => {
      await pool.end();
      await Promise.all(instances.map((each) => each.kill('SIGTERM')));
      await database.drop();
      await remove();
    },
  };
}
