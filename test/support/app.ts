import 'reflect-metadata';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type NestFastifyApplication } from '@nestjs/platform-fastify';
import pg from 'pg';
import pino from 'pino';
import { createApp } from '../../src/app.setup';
import { loadEnvironment } from '../../src/config/environment';
import { type DatabaseConnection, driverOptions } from '../../src/database/connection';
import { openMetrics } from '../../src/metrics/open-metrics';
import { type PrometheusMetrics } from '../../src/metrics/prometheus-metrics';
import { Client } from './client';
import { createTestDatabase, type TestDatabase } from './database';
import { writeSigningKey } from './signing-key';

/** A running application with a database of its own. */
export interface TestApp {
  app: NestFastifyApplication;
  url: string;
  /** calls the API as nobody */
  api: Client;
  connection: DatabaseConnection;
  /** reads and writes the database behind the API's back */
  sql: <Row extends pg.QueryResultRow>(text: string, values?: unknown[]) => Promise<Row[]>;
  /** every line that was logged so far */
  logs: string[];
  /** undefined without METRICS_PORT, on which a test application does not listen */
  metrics: PrometheusMetrics | undefined;
  close: () => Promise<void>;
}

/**
 * Starts the application as `main.ts` does, over HTTP on a free port. `settings` are environment variables. With `embedded`
 * it takes its database for the embedded one.
 */
export async function startApp(
  settings: Record<string, string> = {},
  database?: DatabaseConnection,
  { embedded = false } = {},
): Promise<TestApp> {
  const own: TestDatabase | undefined = database ? undefined : await createTestDatabase();
  const connection = database ?? (own as TestDatabase).connection;
  const dataDir = await mkdtemp(path.join(tmpdir(), 'emporium-app-'));
  await writeSigningKey(dataDir);
  const environment = loadEnvironment({
    NODE_ENV: 'test',
    DATA_DIR: dataDir,
    // Reads have connections of their own, as by default.
    DATABASE_POOL_MAX: '8',
    // All tests come from one address.
    AUTH_THROTTLE: 'off',
    // On a busy machine set-up would run into the usual one.
    REQUEST_TIMEOUT: '30000',
    ...settings,
  });
  const logs: string[] = [];
  const logger = pino({ level: 'debug', base: null }, { write: (line: string) => void logs.push(line) });
  const metrics = openMetrics(environment);
  const app = await createApp({ environment, logger, connection, embedded, metrics });
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  const pool = new pg.Pool({ ...driverOptions(connection), max: 2 });
  pool.on('error', () => undefined);
  return {
    app,
    url,
    api: new Client(url),
    connection,
    sql: async (text, values) => (await pool.query(text, values)).rows,
    logs,
    metrics,
    close: async () => {
      await pool.end();
      app.getHttpServer().closeAllConnections();
      await app.close();
      await own?.drop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
