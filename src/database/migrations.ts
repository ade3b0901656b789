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
 * Brings the schema up to date. Several instances can do it at the same time.
 *
 * @returns the names of the migrations that were run
 * @throws DatabaseUnsuitableError, before anything is changed, when this database cannot be used
 */
export async function migrate(dataSource: DataSource): Promise<string[]> {
  const runner = dataSource.createQueryRunner();
  try {
    await checkServer(runner);
    if (!(await hasPendingMigrations(dataSource, runner))) return [];
    await checkRights(runner);
    const done: string[] = [];
    for (;;) {
      const name = await runNextMigration(dataSource, runner);
      if (name === undefined) return done;
      done.push(name);
    }
  } finally {
    await runner.release();
  }
}

interface MigrationOptions {
  /** whether a pending migration may run; without it, each may */
  isWanted?: (name: string) => boolean;
  /** runs the migration by calling `run`, and can use its transaction before and after that */
  observe?: (run: () => Promise<void>) => Promise<void>;
}

/**
 * Runs the next migration in its own transaction. The lock makes other instances wait until it is committed. It belongs to
 * the transaction, and not to the session, because a pooler gives the session to other clients after each transaction.
 *
 * @returns the name of the migration; undefined when there is none
 */
export async function runNextMigration(
  dataSource: DataSource,
  runner: QueryRunner,
  { isWanted = () => true, observe = (run) => run() }: MigrationOptions = {},
): Promise<string | undefined> {
  return inTransaction(runner, async () => {
    await runner.query('SELECT pg_advisory_xact_lock($1)', [LOCKS.migrations]);
    const executor = new MigrationExecutor(dataSource, runner);
    const next = (await executor.getPendingMigrations()).find(({ name }) => isWanted(name));
    if (!next) return undefined;
    await provideSearchExtension(runner);
    await observe(async () => {
      await executor.executeMigration(next);
    });
    return next.name;
  });
}

async function inTransaction<T>(runner: QueryRunner, work: () => Promise<T>): Promise<T> {
  await runner.startTransaction();
  try {
    const result = await work();
    await runner.commitTransaction();
    return result;
  } catch (error) {
    // Without a connection the transaction has ended already.
    await runner.rollbackTransaction().catch(() => undefined);
    throw error;
  }
}

/** Whether this version has a migration that has not been run. */
export async function hasPendingMigrations(dataSource: DataSource, runner?: QueryRunner): Promise<boolean> {
  const done = new Set(await finishedMigrations(dataSource, runner));
  return dataSource.migrations.some(({ name }) => name === undefined || !done.has(name));
}

/** The names of the migrations that were run on this database, by any version. */
export async function finishedMigrations(dataSource: DataSource, runner?: QueryRunner): Promise<string[]> {
  const [found] = await dataSource.query<{ exists: boolean }[]>(
    `SELECT to_regclass('migrations') IS NOT NULL AS exists`,
    [],
    runner,
  );
  if (!found?.exists) return [];
  const rows = await dataSource.query<{ name: string }[]>('SELECT name FROM migrations', [], runner);
  return rows.map(({ name }) => name);
}
