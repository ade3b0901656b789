import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type DataSource, MigrationExecutor, type MigrationInterface, type QueryRunner } from 'typeorm';
import { LOCKS } from './locks';
import { checkRights, checkServer, provideSearchExtension } from './server-checks';

const FOLDER = path.join(__dirname, '..', '..', 'migrations');

/** The files `migrations/<milliseconds>-<name>.sql` as TypeORM migrations. Each runs in its own transaction. */
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
 * Brings the schema up to date. Only one instance does it at a time; the others wait for the lock, and then have
 * nothing to do.
 *
 * @returns the names of the migrations that were run
 * @throws DatabaseUnsuitableError, before anything is changed, when this database cannot be used
 */
export async function migrate(dataSource: DataSource): Promise<string[]> {
  const runner = dataSource.createQueryRunner();
  try {
    await checkServer(runner);
    await runner.query('SELECT pg_advisory_lock($1)', [LOCKS.migrations]);
    try {
      return (await hasPendingMigrations(dataSource, runner)) ? await runPending(dataSource, runner) : [];
    } finally {
      await runner.query('SELECT pg_advisory_unlock($1)', [LOCKS.migrations]);
    }
  } finally {
    await runner.release();
  }
}

async function runPending(dataSource: DataSource, runner: QueryRunner): Promise<string[]> {
  await checkRights(runner);
  await provideSearchExtension(runner);
  const executor = new MigrationExecutor(dataSource, runner);
  executor.transaction = 'each';
  return (await executor.executePendingMigrations()).map((migration) => migration.name);
}

/** Whether this version has a migration that has not been run. */
export async function hasPendingMigrations(dataSource: DataSource, runner?: QueryRunner): Promise<boolean> {
  const [found] = await dataSource.query<{ exists: boolean }[]>(
    `SELECT to_regclass('migrations') IS NOT NULL AS exists`,
    [],
    runner,
  );
  if (!found?.exists) return true;
  const rows = await dataSource.query<{ name: string }[]>('SELECT name FROM migrations', [], runner);
  const done = new Set(rows.map((row) => row.name));
  return dataSource.migrations.some(({ name }) => name === undefined || !done.has(name));
}
