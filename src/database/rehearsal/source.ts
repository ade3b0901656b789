import { DataSource, type QueryRunner } from 'typeorm';
import { type DatabaseConnection } from '../connection';
import { dataSourceOptions } from '../data-source';
import { finishedMigrations } from '../migrations';
import { checkMark, newMark } from '../pooler-checks';
import { checkServer, DatabaseUnsuitableError } from '../server-checks';

/** What the rehearsal of an upgrade knows of the real database. */
export interface Source {
  name: string;
  oid: number;
  /** bytes on disk, all schemas together */
  bytes: number;
  /** the schema of our tables */
  schema: string;
  /** the schema of the extension for search, if it is installed */
  extensionSchema: string | null;
  locale: Locale;
  /** settings that the operator has given to this database, such as `maintenance_work_mem` */
  settings: Record<string, string>;
  /** migrations that were run, in the order of this program */
  done: string[];
  /** migrations that were not run, in their order */
  pending: string[];
}

/** How the database sorts texts without an explicit collation. */
export interface Locale {
  /** c, i or b: of the C library, of ICU, built in */
  provider: string;
  collate: string;
  ctype: string;
  /** of ICU, or built in */
  locale: string | null;
}

/** For the connections of the command: one that has the lock, one that reads, one in reserve. */
const CONNECTIONS = 3;

/** Connects to the real database, or to the copy of it. */
export async function connect(
  connection: DatabaseConnection,
  sessionSettings: Record<string, string> = {},
): Promise<DataSource> {
  const dataSource = new DataSource(
    dataSourceOptions({
      connection,
      poolMax: CONNECTIONS,
      // Copies and migrations have no time limit.
      timeout: 0,
      sessionSettings,
      onPoolError: () => undefined,
    }),
  );
  return dataSource.initialize();
}

/** Connects to the real database, if no pooler is in between. @throws PoolerFoundError */
export async function connectToSource(connection: DatabaseConnection): Promise<DataSource> {
  const mark = newMark();
  const dataSource = await connect(connection, mark);
  try {
    await checkMark(dataSource, mark);
    return dataSource;
  } catch (error) {
    await dataSource.destroy();
    throw error;
  }
}

/** @throws DatabaseUnsuitableError if this program cannot upgrade the database */
export async function readSource(dataSource: DataSource, runner: QueryRunner): Promise<Source> {
  await checkServer(runner);
  const finished = await finishedMigrations(dataSource, runner);
  const known = dataSource.migrations.map(({ name = '' }) => name);
  const unknown = finished.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw new DatabaseUnsuitableError(
      `The schema of the database is newer than this version of Emporium, which does not know ${unknown.join(', ')}. ` +
        'Run the command with the version to which you want to upgrade.',
    );
  }
  const [facts] = (await runner.query(
    // PostgreSQL 17 has renamed a column of pg_database.
    `SELECT datname AS name, d.oid::int8, pg_database_size(d.oid) AS bytes, current_schema() AS schema,
       (SELECT nspname FROM pg_extension JOIN pg_namespace n ON n.oid = extnamespace WHERE extname = 'pg_trgm')
         AS "extensionSchema",
       json_build_object('provider', datlocprovider, 'collate', datcollate, 'ctype', datctype, 'locale',
         coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale')) AS locale
     FROM pg_database d WHERE datname = current_database()`,
  )) as [Omit<Source, 'settings' | 'done' | 'pending'>];
  const settings = (await runner.query(
    `SELECT name, setting FROM pg_settings WHERE source IN ('database', 'database user') AND context = 'user'`,
  )) as { name: string; setting: string }[];
  return {
    ...facts,
    settings: Object.fromEntries(settings.map(({ name, setting }) => [name, setting])),
    done: known.filter((name) => finished.includes(name)),
    pending: known.filter((name) => !finished.includes(name)),
  };
}
