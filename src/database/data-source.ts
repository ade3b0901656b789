import './javascript-driver';
import pg from 'pg';
import { type PostgresDataSourceOptions } from 'typeorm/driver/postgres/PostgresDataSourceOptions';
import { addressOf, type DatabaseConnection, driverOptions } from './connection';
import { type DatabaseClientConfig } from './database-client';
import { type DatabaseClock } from './database-clock';
import { DeadlineClient } from './deadline-client';
import { loadMigrations } from './migrations';
import { SnakeNamingStrategy } from './naming-strategy';
import { PoolerClient } from './pooler-client';

/** How long connecting may take when the settings have no limit, in milliseconds. */
const CONNECT_TIMEOUT = 10_000;

export interface DataSourceSettings {
  connection: DatabaseConnection;
  /** connections in the pool */
  poolMax: number;
  /** milliseconds to wait for a connection of the pool */
  waitTimeout?: number;
  /** milliseconds for one statement; 0 for no limit */
  timeout: number;
  /** whether the connection leads to a pooler */
  pooler?: boolean;
  /** session settings in addition to those of every connection */
  sessionSettings?: Readonly<Record<string, string>>;
  /** Without it, a statement that waits in a frozen server can write when its request has been answered. */
  clock?: DatabaseClock;
  onPoolError: (error: Error) => void;
}

/** pg returns int8 and numeric as text. Ids stay below 2^53, and a number represents a price of ten digits exactly. */
const NUMBERS = new Set<number>([pg.types.builtins.INT8, pg.types.builtins.NUMERIC]);
const types = {
  getTypeParser: (oid: number, format?: 'text' | 'binary'): unknown =>
    NUMBERS.has(oid) ? Number : (pg.types.getTypeParser as (...args: unknown[]) => unknown)(oid, format),
};

/** The options of every data source: of the application, the command line and the tests. */
export function dataSourceOptions(settings: DataSourceSettings): PostgresDataSourceOptions {
  const { connection, poolMax, waitTimeout = CONNECT_TIMEOUT, timeout, onPoolError } = settings;
  const { pooler = false, sessionSettings = {}, clock } = settings;
  return {
    type: 'postgres',
    // TypeORM would look for it among the packages, where the bundle of a function has none.
    driver: pg,
    namingStrategy: new SnakeNamingStrategy(),
    migrations: loadMigrations(),
    migrationsTableName: 'migrations',
    migrationsTransactionMode: 'each',
    // gen_random_uuid() has been in PostgreSQL itself since 13; TypeORM would install an extension.
    uuidExtension: 'pgcrypto',
    installExtensions: false,
    // TypeORM's own logger prints the parameters of failed statements, password hashes included.
    logging: false,
    poolErrorHandler: onPoolError,
    extra: {
      ...clientConfig(connection),
      types,
      Client: pooler ? PoolerClient : DeadlineClient,
      // Without a pooler, a transaction's beginning and end are sent together with its first and last statement.
      pipeline: !pooler,
      pooler,
      sessionSettings,
      max: poolMax,
      connectionTimeoutMillis: waitTimeout,
      statement_timeout: timeout,
      idle_in_transaction_session_timeout: timeout,
      keepAlive: true,
      clock,
    },
  };
}

function clientConfig(connection: DatabaseConnection): DatabaseClientConfig {
  const { tls = false } = addressOf(connection);
  return {
    ...driverOptions(connection, 'emporium'),
    // Certificate files can be renewed while the process runs.
    ...(tls && { readTls: () => addressOf(connection).tls ?? false }),
  };
}
