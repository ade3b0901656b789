import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { type DatabaseConnection, driverOptions } from '../../src/database/connection';

export const TEMPLATE = 'emporium_test_template';

/** How the parent process tells the workers where the server of the tests is. */
const SERVER_VARIABLE = 'EMPORIUM_TEST_SERVER';

export function publishServer(connection: DatabaseConnection): void {
  process.env[SERVER_VARIABLE] = JSON.stringify(connection);
}

export function testServer(): DatabaseConnection {
  return JSON.parse(process.env[SERVER_VARIABLE] ?? '') as DatabaseConnection;
}

/** The same server, another database. */
export function withDatabase(connection: DatabaseConnection, database: string): DatabaseConnection {
  if (!('url' in connection)) return { ...connection, database };
  const url = new URL(connection.url);
  url.pathname = `/${database}`;
  return { url: url.href };
}

/** A connection as a setting. */
export function urlOf(connection: DatabaseConnection): string {
  if ('url' in connection) return connection.url;
  const { user, password, database, host, port } = connection;
  return `postgres://${user}:${password}@localhost/${database}?host=${encodeURIComponent(host)}&port=${port}`;
}

/** @param options command-line options of the session, which override the settings of the database and the role */
export async function withClient<T>(
  connection: DatabaseConnection,
  work: (client: pg.Client) => Promise<T>,
  options?: string,
): Promise<T> {
  const client = new pg.Client({ ...driverOptions(connection), ...(options !== undefined && { options }) });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

export interface TestDatabase {
  connection: DatabaseConnection;
  drop: () => Promise<void>;
}

/** A database of its own for the caller, cloned from the migrated template. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const name = `emporium_test_${randomBytes(8).toString('hex')}`;
  const server = testServer();
  await withClient(server, (client) =>
    client.query(`CREATE DATABASE ${name} TEMPLATE ${TEMPLATE} STRATEGY file_copy`),
  );
  return {
    connection: withDatabase(server, name),
    drop: async () => {
      await withClient(server, (client) => client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`));
    },
  };
}
