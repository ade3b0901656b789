import { setTimeout as sleep } from 'node:timers/promises';
import { type Logger } from 'pino';
import { DataSource } from 'typeorm';
import { type Environment } from '../config/environment';
import { type DatabaseConnection } from './connection';
import { dataSourceOptions } from './data-source';
import { EmbeddedPostgres } from './embedded/embedded-postgres';
import { warnOfOutdatedCollations } from './collations';
import { databaseFailure, isPassing } from './errors';
import { migrate } from './migrations';

/** How long a start waits for a database that does not answer yet, in milliseconds. */
const START_TIMEOUT = 30_000;

const EMBEDDED_DATABASE = 'emporium';

/** PostgreSQL's default for `max_connections`, and how many of them are not for the pools: commands, psql, our lock. */
const DEFAULT_CONNECTIONS = 100;
const SPARE_CONNECTIONS = 20;

export class DatabaseUnreachableError extends Error {}

export interface OpenDatabase {
  connection: DatabaseConnection;
  embedded: boolean;
  /** Stops the embedded server; of another it does nothing. */
  close: () => Promise<void>;
}

/**
 * Opens the database that the settings name, or starts the embedded one, and runs the migrations.
 *
 * @param signal ends the waiting for a database that does not answer
 */
export async function openDatabase(
  environment: Environment,
  logger: Logger,
  signal?: AbortSignal,
): Promise<OpenDatabase> {
  if (environment.databaseUrl !== undefined) {
    const connection = { url: environment.databaseUrl };
    await migrateWhenReachable(connection, environment, logger, signal);
    return { connection, embedded: false, close: () => Promise.resolve() };
  }
  const server = await EmbeddedPostgres.start({
    dataDir: environment.dataDir,
    database: EMBEDDED_DATABASE,
    settings: roomFor(pooledConnections(environment)),
    log: (message, fields) => {
      logger.info(fields ?? {}, message);
    },
    onLost: (error) => {
      logger.fatal({ err: { message: error.message } }, 'the embedded PostgreSQL is lost');
      process.kill(process.pid, 'SIGTERM');
    },
  });
  try {
    await migrateWhenReachable(server.connection, environment, logger, signal);
  } catch (error) {
    await server.stop();
    throw error;
  }
  return { connection: server.connection, embedded: true, close: () => server.stop() };
}

/**
 * The same for a command that may run beside the server: an embedded PostgreSQL that runs already is shared, not
 * owned.
 */
export async function shareDatabase(environment: Environment, logger: Logger): Promise<OpenDatabase> {
  if (environment.databaseUrl === undefined) {
    const connection = await EmbeddedPostgres.findRunning(environment.dataDir, EMBEDDED_DATABASE);
    if (connection) {
      await migrateWhenReachable(connection, environment, logger);
      return { connection, embedded: true, close: () => Promise.resolve() };
    }
  }
  return openDatabase(environment, logger);
}

async function migrateWhenReachable(
  connection: DatabaseConnection,
  environment: Environment,
  logger: Logger,
  signal?: AbortSignal,
): Promise<void> {
  const started = Date.now();
  for (;;) {
    signal?.throwIfAborted();
    try {
      await migrateOnce(connection, environment, logger);
      return;
    } catch (error) {
      if (!isPassing(error) || Date.now() - started > START_TIMEOUT) throw inWords(error);
      logger.warn({ reason: (error as Error).message }, 'the database does not answer yet');
      await sleep(1000, undefined, signal && { signal });
    }
  }
}

async function migrateOnce(
  connection: DatabaseConnection,
  environment: Environment,
  logger: Logger,
): Promise<void> {
  const dataSource = new DataSource(
    // No time limit: a migration takes as long as it takes.
    dataSourceOptions({ connection, poolMax: 1, timeout: 0, onPoolError: () => undefined }),
  );
  await dataSource.initialize();
  try {
    for (const name of await migrate(dataSource)) logger.info({ migration: name }, 'migrated');
    await warnOfFewConnections(dataSource, pooledConnections(environment), logger);
    await warnOfOutdatedCollations(dataSource, logger);
  } finally {
    await dataSource.destroy();
  }
}

/** How many connections all pools of this start may open. */
function pooledConnections({ webConcurrency, databasePoolMax }: Environment): number {
  return webConcurrency * databasePoolMax;
}

function roomFor(pooled: number): Record<string, string> {
  const wanted = pooled + SPARE_CONNECTIONS;
  return wanted > DEFAULT_CONNECTIONS ? { max_connections: String(wanted) } : {};
}

async function warnOfFewConnections(dataSource: DataSource, pooled: number, logger: Logger): Promise<void> {
  const [server] = await dataSource.query<{ available: number }[]>(
    `SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
       AS available`,
  );
  if (server && server.available < pooled) {
    logger.warn(
      { available: server.available, wanted: pooled },
      'the database has fewer connections than WEB_CONCURRENCY times DATABASE_POOL_MAX',
    );
  }
}

/** PostgreSQL's code for a right that the role lacks. */
const NO_RIGHT = '42501';

/** What an operator can act on, as a sentence; a defect of the program stays as it is. */
function inWords(error: unknown): unknown {
  const { code, message } = error as { code?: string; message?: string };
  if (code !== NO_RIGHT && databaseFailure(error)?.kind !== 'unavailable') return error;
  return new DatabaseUnreachableError(`The database of DATABASE_URL cannot be used: ${message ?? ''}`, {
    cause: error,
  });
}
