import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { type DataSource, type QueryRunner } from 'typeorm';
import { loadEnvironment } from '../config/environment';
import { type DatabaseConnection } from '../database/connection';
import { shareUnmigrated, whenReachable } from '../database/open-database';
import { PoolerFoundError } from '../database/pooler-checks';
import { copyRows, copySchema } from '../database/rehearsal/copy';
import { rehearseMigration } from '../database/rehearsal/rehearse-migration';
import { missingInCopy } from '../database/rehearsal/schema-objects';
import { ScratchDatabase } from '../database/rehearsal/scratch-database';
import { connect, connectToSource, readSource, type Source } from '../database/rehearsal/source';
import { CommandError } from './command-error';
import { heedSignals, unlessInterrupted } from './interruption';
import { count, describeMigration, describeMissing, duration, size } from './upgrade-check.report';
import { commandLogger, requireDatabase } from './with-database';

const NO_POOLER =
  'upgrade-check needs a session and a database of its own on the server, which a connection pooler does not give: run ' +
  'it with a DATABASE_URL that leads to PostgreSQL directly, and with DATABASE_POOLER=off.';

/** How long the end of the command waits for its connections to close, in milliseconds. */
const CLOSE_TIMEOUT = 1000;

/**
 * Rehearses the migrations of this version on a copy of the database, which is removed again. The database itself stays
 * unchanged.
 *
 * @throws CommandError when a migration fails on the copy
 */
export async function checkUpgrade(): Promise<void> {
  const environment = loadEnvironment();
  await requireDatabase(environment);
  if (environment.databasePooler) throw new CommandError(NO_POOLER);
  const logger = commandLogger('warn');
  heedSignals();
  // The start of an embedded database is not interrupted, because it must be stopped again.
  const { connection, close } = await shareUnmigrated(environment, logger);
  try {
    const open = () => whenReachable(() => connectToSource(connection), logger);
    const dataSource = await unlessInterrupted(open).catch((error: unknown) => {
      throw error instanceof PoolerFoundError ? new CommandError(NO_POOLER, { cause: error }) : error;
    });
    try {
      await checkOn(dataSource, connection);
    } finally {
      // After an interruption, a statement can still wait for a lock of somebody else.
      await Promise.race([dataSource.destroy(), sleep(CLOSE_TIMEOUT, undefined, { ref: false })]);
    }
  } finally {
    await close();
  }
}

async function checkOn(dataSource: DataSource, connection: DatabaseConnection): Promise<void> {
  const session = dataSource.createQueryRunner();
  try {
    const source = await unlessInterrupted(() => readSource(dataSource, session));
    const scratch = new ScratchDatabase(dataSource, session, source);
    await unlessInterrupted(() => scratch.reserve());
    for (const name of await scratch.removeLeftovers()) {
      say(`Removed the scratch database ${name}, which an interrupted upgrade-check had left.`);
    }
    if (source.pending.length === 0) {
      say(`The schema of the database ${source.name} is up to date: this version has no pending migrations.`);
      return;
    }
    say(
      `The database ${source.name} has ${size(source.bytes)}. The copy needs about as much free disk space on the ` +
        'server, and a migration that rewrites tables needs their size once more.',
    );
    // An interruption during the creation could leave the database, so it is not interrupted.
    await scratch.create();
    try {
      await unlessInterrupted(() => rehearse(dataSource, source, { ...connection, database: scratch.name }));
    } finally {
      await scratch.remove();
    }
    say(`All of them work on the copy, which is removed. The database ${source.name} is unchanged.`);
  } finally {
    await session.release();
  }
}

/** When it is interrupted, removing the scratch database ends its connections, and so ends what it still does. */
async function rehearse(
  dataSource: DataSource,
  source: Source,
  scratchConnection: DatabaseConnection,
): Promise<void> {
  const copy = await connect(scratchConnection, source.settings);
  const runner = copy.createQueryRunner();
  try {
    await copyAll(dataSource, source, copy, runner);
    say(`Pending migrations: ${source.pending.length}.`);
    for (const name of source.pending) {
      const migration = await unlessInterrupted(() => rehearseMigration(copy, runner, name));
      for (const line of describeMigration(migration)) say(line);
      if (migration.error) {
        throw new CommandError(
          `The migration ${name} fails on a copy of the database ${source.name}, so the upgrade would fail, too. The ` +
            'copy is removed, and the database itself is unchanged.',
        );
      }
    }
  } finally {
    await runner.release().catch(() => undefined);
    await copy.destroy().catch(() => undefined);
  }
}

async function copyAll(
  dataSource: DataSource,
  source: Source,
  copy: DataSource,
  runner: QueryRunner,
): Promise<void> {
  const started = performance.now();
  const reader = dataSource.createQueryRunner();
  try {
    const from = (await reader.connect()) as pg.ClientBase;
    await from.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    await copySchema(copy, runner, source);
    if (source.done.length > 0) {
      say('Copied:');
      const to = (await runner.connect()) as pg.ClientBase;
      await copyRows(from, to, ({ name, rows }) => {
        say(`  ${name}: ${count(rows, 'row')}`);
      });
    }
    for (const line of describeMissing(await missingInCopy(reader, runner))) say(line);
    await from.query('ROLLBACK');
    say(`The copy took ${duration((performance.now() - started) / 1000)}.`);
  } finally {
    await reader.release().catch(() => undefined);
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
