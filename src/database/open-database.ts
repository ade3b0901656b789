import { setTimeout as sleep } from 'node:timers/promises';
import { type Logger } from 'pino';
import { DataSource } from 'typeorm';
import { type Environment } from '../config/environment';
import { type DatabaseConnection } from './connection';
import { type DataSourceSettings, dataSourceOptions } from './data-source';
import { EmbeddedPostgres } from './embedded/embedded-postgres';
import { warnOfOutdatedCollations } from './collations';
import { databaseFailure, isPassing } from './errors';
import { hasPendingMigrations, migrate } from './migrations';
import { checkMark, checkPooler, isPoolerRefusal, newMark, PoolerFoundError } from './pooler-checks';

/** How long a start waits for a database that does not answer yet, in milliseconds. */
const START_TIMEOUT = 30_000;

const EMBEDDED_DATABASE = 'emporium';

/**
 * PostgreSQL's default of `max_connections`, and the connections that are not for the pools: commands, psql, our lock.
 */
const DEFAULT_CONNECTIONS = 100;
const SPARE_CONNECTIONS = 20;

export class DatabaseUnreachableError extends Error {}

/** The schema is older than the program. */
export class SchemaOutdatedError extends Error {
  constructor() {
    super('The database lacks migrations. Run them: node dist/cli.js migrate');
  }
}

export interface OpenDatabase {
  connection: DatabaseConnection;
  embedded: boolean;
  /** Stops the embedded server. Does nothing for another server. */
  close: () => Promise<void>;
}

/**
 * Opens the database that the settings name, or starts the embedded one, and runs the migrations.
 *
 * @param signal ends the wait for a database that does not answer
 */
export async function openDatabase(
  environment: Environment,
  logger: Logger,
  signal?: AbortSignal,
): Promise<OpenDatabase> {
  return migrated(await openUnmigrated(environment, logger), environment, logger, signal);
}

/**
 * The same for a command that may run at the same time as the server. An embedded PostgreSQL that already runs is used,
 * but not stopped.
 */
export async function shareDatabase(environment: Environment, logger: Logger): Promise<OpenDatabase> {
  return migrated(await shareUnmigrated(environment, logger), environment, logger);
}

/** The same for a command that must not run the migrations. */
export async function shareUnmigrated(environment: Environment, logger: Logger): Promise<OpenDatabase> {
  if (environment.databaseUrl === undefined) {
    const connection = await EmbeddedPostgres.findRunning(environment.dataDir, EMBEDDED_DATABASE);
    if (connection) return { connection, embedded: true, close: () => Promise.resolve() };
  }
  return openUnmigrated(environment, logger);
}

/**
 * Checks a database that another process has migrated. It does not wait for one that does not answer.
 *
 * @param waitTimeout milliseconds to connect
 * @throws DatabaseUnreachableError, DatabaseUnsuitableError, SchemaOutdatedError
 */
export async function checkMigrated(
  connection: DatabaseConnection,
  environment: Environment,
  waitTimeout: number,
): Promise<void> {
  try {
    await onCheckedConnection(connection, environment, { waitTimeout }, async (dataSource) => {
      if (await hasPendingMigrations(dataSource)) throw new SchemaOutdatedError();
    });
  } catch (error) {
    throw isPoolerRefusal(error as Error) ? new PoolerFoundError({ cause: error }) : toOperatorError(error);
  }
}

async function openUnmigrated(environment: Environment, logger: Logger): Promise<OpenDatabase> {
  if (environment.databaseUrl !== undefined) {
    const connection = { url: environment.databaseUrl };
    return { connection, embedded: false, close: () => Promise.resolve() };
  }
  const server = await EmbeddedPostgres.start({
    dataDir: environment.dataDir,
    database: EMBEDDED_DATABASE,
    settings: connectionSettings(pooledConnections(environment)),
    log: (message, fields) => {
      logger.info(fields ?? {}, message);
    },
    onLost: (error) => {
      logger.fatal({ err: { message: error.message } }, 'the embedded PostgreSQL is lost');
      process.kill(process.pid, 'SIGTERM');
    },
  });
  return { connection: server.connection, embedded: true, close: () => server.stop() };
}

async function migrated(
  database: OpenDatabase,
  environment: Environment,
  logger: Logger,
  signal?: AbortSignal,
): Promise<OpenDatabase> {
  try {
    await whenReachable(() => migrateOnce(database.connection, environment, logger), logger, signal);
    return database;
  } catch (error) {
    await database.close();
    throw error;
  }
}

/**
 * Runs `work`, and runs it again while the database does not answer yet.
 *
 * @throws DatabaseUnreachableError, DatabaseUnsuitableError
 */
export async function whenReachable<T>(
  work: () => Promise<T>,
  logger: Logger,
  signal?: AbortSignal,
): Promise<T> {
  const started = Date.now();
  for (;;) {
    signal?.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      if (isPoolerRefusal(error as Error)) throw new PoolerFoundError({ cause: error });
      if (!isPassing(error) || Date.now() - started > START_TIMEOUT) throw toOperatorError(error);
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
  await onCheckedConnection(connection, environment, {}, async (dataSource) => {
    for (const name of await migrate(dataSource)) logger.info({ migration: name }, 'migrated');
    // The connections to a pooler are not those to the server.
    if (!environment.databasePooler)
      await warnOfFewConnections(dataSource, pooledConnections(environment), logger);
    await warnOfOutdatedCollations(dataSource, logger);
  });
}

/** Runs `work` on a connection without a time limit for statements, after checking whether it leads to a pooler. */
async function onCheckedConnection(
  connection: DatabaseConnection,
  { databasePooler: pooler }: Environment,
  times: Pick<DataSourceSettings, 'waitTimeout'>,
  work: (dataSource: DataSource) => Promise<void>,
): Promise<void> {
  const mark = newMark();
  const dataSource = new DataSource(
    dataSourceOptions({
      connection,
      poolMax: 1,
      timeout: 0,
      pooler,
      ...times,
      ...(!pooler && { sessionSettings: mark }),
      onPoolError: () => undefined,
    }),
  );
  await dataSource.initialize();
  try {
    await (pooler ? checkPooler(dataSource) : checkMark(dataSource, mark));
    await work(dataSource);
  } finally {
    await dataSource.destroy();
  }
}

/** How many connections all workers together may open. */
function pooledConnections({ webConcurrency, databasePoolMax }: Environment): number {
  return webConcurrency * databasePoolMax;
}

function connectionSettings(pooled: number): Record<string, string> {
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

/** PostgreSQL's code for a missing privilege of the role. */
const INSUFFICIENT_PRIVILEGE = '42501';

/** Turns an error that an operator can fix into a sentence. A defect of the program stays unchanged. */
function toOperatorError(error: unknown): unknown {
  const { code, message } = error as { code?: string; message?: string };
  if (code !== INSUFFICIENT_PRIVILEGE && databaseFailure(error)?.kind !== 'unavailable') return error;
  return new DatabaseUnreachableError(`The database of DATABASE_URL cannot be used: ${message ?? ''}`, {
    cause: error,
  });
}
