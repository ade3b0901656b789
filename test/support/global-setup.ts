import 'reflect-metadata';
import { DataSource } from 'typeorm';
import { type DatabaseConnection } from '../../src/database/connection';
import { dataSourceOptions } from '../../src/database/data-source';
import { EmbeddedPostgres } from '../../src/database/embedded/embedded-postgres';
import { migrate } from '../../src/database/migrations';
import { provideFunction } from './built-function';
import { publishServer, TEMPLATE, withClient, withDatabase } from './database';
import { publishSigningKey } from './signing-key';
import { beginRun, testRun } from './test-run';

/** Starts the server of the tests, or takes the one of TEST_DATABASE_URL, and makes the template there. */
export default async function setUp(): Promise<void> {
  const hasServer = Boolean(process.env.TEST_DATABASE_URL);
  process.stderr.write(hasServer ? 'Preparing the tests …\n' : 'Starting a PostgreSQL for the tests …\n');
  const dataDir = await beginRun();
  const [server] = await Promise.all([startServer(dataDir), provideFunction()]);
  await withClient(server, async (client) => {
    await client.query(`DROP DATABASE IF EXISTS ${TEMPLATE} WITH (FORCE)`);
    await client.query(`CREATE DATABASE ${TEMPLATE} TEMPLATE template0 ENCODING 'UTF8'`);
  });
  const template = new DataSource(
    dataSourceOptions({
      connection: withDatabase(server, TEMPLATE),
      poolMax: 2,
      timeout: 0,
      onPoolError: () => undefined,
    }),
  );
  await template.initialize();
  await migrate(template);
  await template.destroy();
  publishServer(server);
  publishSigningKey();
}

async function startServer(dataDir: string): Promise<DatabaseConnection> {
  const url = process.env.TEST_DATABASE_URL;
  if (url) return { url };
  testRun.server = await EmbeddedPostgres.start({
    dataDir,
    database: 'emporium_test',
    durable: false,
    settings: { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'off', max_connections: '200' },
    log: () => undefined,
  });
  const { connection } = testRun.server;
  // Thousands of connections are made, each of which would hash the password 4,096 times on both sides.
  await withClient(connection, async (client) => {
    await client.query('SET scram_iterations = 1');
    await client.query(`ALTER ROLE ${connection.user} PASSWORD ${client.escapeLiteral(connection.password)}`);
  });
  return connection;
}
