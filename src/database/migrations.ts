import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type DataSource, type MigrationInterface, type QueryRunner } from 'typeorm';
import { LOCKS } from './locks';

const FOLDER = path.join(__dirname, '..', '..', 'migrations');

export class DatabaseUnsuitableError extends Error {}

/** The files of `migrations/` as TypeORM's migrations: `<milliseconds>-<name>.sql`, each run in a transaction. */
export function loadMigrations(): (new () => MigrationInterface)[] {
  const files = readdirSync(FOLDER).filter((file) => file.endsWith('.sql'));
  return files.sort().map((file) => {
    const [, timestamp, name] = /^(\d{13})-([a-z0-9-]+)\.sql$/.exec(file) ?? [];
    if (timestamp === undefined || name === undefined)
      throw new Error(`migrations/${file} is not a migration's name`);
    return class implements MigrationInterface {
      // TypeORM orders migrations by the 13 digits at the end of their names.
      readonly name = `${name}-${timestamp}`;

      async up(runner: QueryRunner): Promise<void> {
        await runner.query(readFileSync(path.join(FOLDER, file), 'utf8'));
      }

      down(): Promise<void> {
        return Promise.reject(new Error('Migrations go forward only.'));
      }
    };
  });
}

/**
 * Brings the schema up to date, one instance at a time; the others wait for the lock and find nothing left to do.
 *
 * @returns names of the migrations that were run
 * @throws DatabaseUnsuitableError when the server is too old or the database not in UTF-8
 */
export async function migrate(dataSource: DataSource): Promise<string[]> {
  const runner = dataSource.createQueryRunner();
  try {
    await checkServer(runner);
    await runner.query('SELECT pg_advisory_lock($1)', [LOCKS.migrations]);
    try {
      return (await dataSource.runMigrations()).map((migration) => migration.name);
    } finally {
      await runner.query('SELECT pg_advisory_unlock($1)', [LOCKS.migrations]);
    }
  } finally {
    await runner.release();
  }
}

/** Whether a migration of this version has not been run. */
export async function hasPendingMigrations(dataSource: DataSource): Promise<boolean> {
  const [found] = await dataSource.query<{ exists: boolean }[]>(
    `SELECT to_regclass('migrations') IS NOT NULL AS exists`,
  );
  if (!found?.exists) return true;
  const rows = await dataSource.query<{ name: string }[]>('SELECT name FROM migrations');
  const done = new Set(rows.map((row) => row.name));
  return dataSource.migrations.some(({ name }) => name === undefined || !done.has(name));
}

async function checkServer(runner: QueryRunner): Promise<void> {
  const [server] = (await runner.query(
    `SELECT current_setting('server_version_num')::int AS version, current_setting('server_encoding') AS encoding`,
  )) as [{ version: number; encoding: string }];
  if (server.version < 150_000) {
    throw new DatabaseUnsuitableError(
      `Emporium needs PostgreSQL 15 or later; this server is ${Math.floor(server.version / 10_000)}.`,
    );
  }
  if (server.encoding !== 'UTF8') {
    throw new DatabaseUnsuitableError(`The database must be in UTF-8; it is in ${server.encoding}.`);
  }
}
