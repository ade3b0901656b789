import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { DataSource } from 'typeorm';
import { addressOf, type DatabaseConnection } from '../src/database/connection';
import { dataSourceOptions } from '../src/database/data-source';
import { loadMigrations, migrate } from '../src/database/migrations';
import { copyRows, copySchema } from '../src/database/rehearsal/copy';
import { connect, readSource } from '../src/database/rehearsal/source';
import { testServer, urlOf, withClient, withDatabase } from './support/database';
import { unique } from './support/factories';
import { PGBOUNCER, PgBouncer } from './support/pgbouncer';
import { EmporiumProcess, temporaryDirectory } from './support/process';
import { LATER, LaterProgram } from './support/program';
import { describeSchema } from './support/schema';

/** Names of PostgreSQL need no quotes without hyphens. */
const newName = () => unique('emporium_test').replaceAll('-', '_');

const onServer = <T extends pg.QueryResultRow>(text: string, values: unknown[] = []) =>
  withClient(testServer(), (client) => client.query<T>(text, values));

/** Databases of the server that the test has created. */
const created: string[] = [];

async function createDatabase(options = ''): Promise<DatabaseConnection> {
  const name = newName();
  created.push(name);
  await onServer(`CREATE DATABASE ${name} TEMPLATE template0 ENCODING 'UTF8' ${options}`);
  return withDatabase(testServer(), name);
}

/** A database in which only the first migrations were run. */
async function createOlder(migrations: number): Promise<DatabaseConnection> {
  const connection = await createDatabase();
  const dataSource = new DataSource({
    ...dataSourceOptions({ connection, poolMax: 1, timeout: 0, onPoolError: () => undefined }),
    migrations: loadMigrations().slice(0, migrations),
  });
  await dataSource.initialize();
  await migrate(dataSource);
  await dataSource.destroy();
  await withClient(connection, (client) => client.query(ROWS));
  return connection;
}

const createCurrent = () => createOlder(Infinity);

/** In every table, with values that must be quoted somewhere, and a gap in the ids. */
const ROWS = String.raw`
  INSERT INTO users (email, password_hash, role) VALUES ('ada@example.com', '$argon2id$secret', 'admin'), ('b@example.com', '', 'user');
  INSERT INTO sessions (user_id, user_agent, ip, expires_at) VALUES (1, NULL, '::1', now() + interval '1 day');
  INSERT INTO stores (name, owner_id) VALUES ('gone', 1), ('Käse "\" {NULL,} 名 😀', 1), (E'a\'b\\c', 2);
  DELETE FROM stores WHERE id = 1;
  INSERT INTO items (name, price, sku, store_id)
    SELECT 'item ' || n, n / 100.0, CASE WHEN n % 2 = 0 THEN 'sku ' || n END, 2 + n % 2 FROM generate_series(1, 1203) n;
  INSERT INTO tags (name, store_id) VALUES ('NULL', 2), ('{}', 3);
  INSERT INTO item_tags (item_id, tag_id, store_id) SELECT id, store_id - 1, store_id FROM items WHERE id < 10;
  INSERT INTO throttles (key, count, resets_at) VALUES ('k', 1, now());
  INSERT INTO login_addresses (user_id, address) VALUES (1, '::1');`;

/** All rows of our tables, the state of the sequences, and the schema. */
async function contentOf(connection: DatabaseConnection): Promise<unknown> {
  return withClient(connection, async (client) => {
    const { rows: relations } = await client.query<{ name: string; relkind: string }>(
      `SELECT relname AS name, relkind FROM pg_class WHERE relkind IN ('r', 'S')
         AND relnamespace = 'public'::regnamespace AND relname NOT IN ('migrations', 'migrations_id_seq') ORDER BY relname`,
    );
    const content: unknown[] = [await describeSchema(client)];
    for (const { name, relkind } of relations) {
      // The log count of a sequence is no part of its state.
      const text =
        relkind === 'S'
          ? `SELECT last_value, is_called FROM ${name}`
          : `SELECT * FROM ${name} AS t ORDER BY t`;
      content.push([name, (await client.query(text)).rows]);
    }
    return content;
  });
}

const migrationsOf = async (connection: DatabaseConnection) =>
  withClient(connection, (client) => client.query('SELECT * FROM migrations ORDER BY id')).then(
    ({ rows }) => rows,
  );

async function scratchOf(connection: DatabaseConnection): Promise<string> {
  const { rows } = await withClient(connection, (client) =>
    client.query<{ oid: string }>('SELECT oid FROM pg_database WHERE datname = current_database()'),
  );
  return `emporium_upgrade_check_${rows[0]?.oid ?? ''}`;
}

async function databaseExists(name: string): Promise<boolean> {
  return (await onServer('SELECT FROM pg_database WHERE datname = $1', [name])).rowCount === 1;
}

async function run(command: EmporiumProcess): Promise<{ status: unknown; output: string }> {
  return { status: await command.exited, output: command.output };
}

const settingsOf = (connection: DatabaseConnection) => ({ DATABASE_URL: urlOf(connection) });
const check = (settings: Record<string, string>) =>
  run(EmporiumProcess.spawn(settings, ['dist/cli.js', 'upgrade-check']));

/** Waits until a statement with this text runs in a database. */
async function untilRunning(database: string, text: string): Promise<void> {
  for (const end = Date.now() + 60_000; Date.now() < end;) {
    const { rowCount } = await onServer(
      `SELECT FROM pg_stat_activity WHERE datname = $1 AND state = 'active' AND query LIKE $2`,
      [database, text],
    );
    if (rowCount === 1) return;
    await sleep(20);
  }
  throw new Error(`${text} does not run in ${database}`);
}

async function untilNobodyIsIn(connection: DatabaseConnection): Promise<void> {
  const { database } = addressOf(connection);
  for (const end = Date.now() + 60_000; Date.now() < end;) {
    const { rowCount } = await onServer('SELECT FROM pg_stat_activity WHERE datname = $1', [database]);
    if (rowCount === 0) return;
    await sleep(20);
  }
  throw new Error(`somebody is still connected to ${database}`);
}

afterAll(async () => {
  for (const name of created) await onServer(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
});

describe('the copy', () => {
  it('has the rows, the sequences and the schema of the database', async () => {
    const connection = await createCurrent();
    const target = await createDatabase();
    const [from, to] = [await connect(connection), await connect(target)];
    const [reader, writer] = [from.createQueryRunner(), to.createQueryRunner()];
    try {
      const source = await readSource(from, reader);
      await copySchema(to, writer, source);
      const copied: Record<string, number> = {};
      await reader.query('BEGIN');
      await copyRows(
        (await reader.connect()) as pg.ClientBase,
        (await writer.connect()) as pg.ClientBase,
        ({ name, rows }) => (copied[name] = rows),
      );
      await reader.query('ROLLBACK');
      expect(copied).toMatchObject({ items: 1203, item_tags: 9, users: 2, stores: 2, idempotency_keys: 0 });
    } finally {
      await Promise.all([reader.release(), writer.release()]);
      await Promise.all([from.destroy(), to.destroy()]);
    }
    expect(await contentOf(target)).toEqual(await contentOf(connection));
  });
});

describe('emporium upgrade-check', () => {
  it('runs the pending migrations on a copy, and tells their times, locks and rewrites', async () => {
    const connection = await createOlder(3);
    const before = [await contentOf(connection), await migrationsOf(connection)];
    const { status, output } = await check(settingsOf(connection));
    expect(output).toMatch(
      /^The database \S+ has [\d.]+ MB\. The copy needs about as much free disk space on the server/,
    );
    expect(output).toMatch(/^ {2}items: 1,203 rows\n {2}login_addresses: 1 row$/m);
    expect(output).toContain(`Pending migrations: ${loadMigrations().length - 3}.\n`);
    const folding = /^fold-search-1764000000000: \d+\.\d\d s\n((?: {2}.*\n)+)/m.exec(output)?.[1];
    const locked = 'ACCESS EXCLUSIVE, blocks reads and writes, rewrites it with its indexes';
    expect(folding?.replaceAll(/ \(now [\d.]+ \wB\)/g, '').split('\n')).toEqual([
      ...['items', 'stores', 'tags', 'users'].map((table) => `  ${table}: ${locked}`),
      '',
    ]);
    expect(output).toMatch(
      /^keep-idempotency-keys-1764100000000: \d+\.\d\d s\n {2}users: SHARE ROW EXCLUSIVE, blocks writes\n/m,
    );
    expect(output).toMatch(
      /All of them work on the copy, which is removed\. The database \S+ is unchanged\.\n$/,
    );
    expect(output).not.toContain('Not copied');
    expect(status).toBe(0);
    expect([await contentOf(connection), await migrationsOf(connection)]).toEqual(before);
    expect(await databaseExists(await scratchOf(connection))).toBe(false);
  });

  it.each([
    ['an empty one', ''],
    ['one with a locale of ICU', "LOCALE_PROVIDER icu ICU_LOCALE 'de-AT'"],
  ])('begins with any database: %s', async (_what, options) => {
    const connection = await createDatabase(options);
    const { status, output } = await check(settingsOf(connection));
    expect(output).toContain('create-catalogue-1763700000000: ');
    expect(output).toContain(`Pending migrations: ${loadMigrations().length}.`);
    expect(status).toBe(0);
    const { rows } = await withClient(connection, (client) =>
      client.query(`SELECT FROM pg_class WHERE relnamespace = 'public'::regnamespace`),
    );
    expect(rows).toEqual([]);
  });

  it('says when there is nothing to do', async () => {
    const connection = await createCurrent();
    expect(await check(settingsOf(connection))).toEqual({
      status: 0,
      output: expect.stringMatching(
        /^The schema of the database \S+ is up to date: this version has no pending migrations\.\n$/,
      ) as string,
    });
  });

  it('works in another schema, with the extension in a third one, and with settings of the database', async () => {
    const connection = await createDatabase();
    await onServer(`ALTER DATABASE ${addressOf(connection).database} SET work_mem = '12MB'`);
    await withClient(connection, (client) =>
      client.query(
        'CREATE SCHEMA "Shop"; CREATE SCHEMA extensions; CREATE EXTENSION pg_trgm SCHEMA extensions',
      ),
    );
    const url = `${urlOf(connection)}${urlOf(connection).includes('?') ? '&' : '?'}options=-c%20search_path%3D%22Shop%22`;
    const later = await LaterProgram.create(
      `ALTER TABLE items ADD COLUMN note text; UPDATE items SET note = name;
        SELECT 1 / (current_setting('work_mem') = '12MB')::int;
        DROP TABLE throttles; ALTER TABLE tags ALTER COLUMN name SET STATISTICS 500; SELECT count(*) FROM stores`,
    );
    try {
      expect(
        (await run(EmporiumProcess.spawn({ DATABASE_URL: url }, ['dist/cli.js', 'migrate']))).status,
      ).toBe(0);
      await withClient(connection, (client) => client.query(ROWS), '-c search_path="Shop"');
      const { status, output } = await run(later.run({ DATABASE_URL: url }, ['upgrade-check']));
      expect(output).toContain(
        [
          '  items: ACCESS EXCLUSIVE, blocks reads and writes, writes 1,203 rows',
          '  throttles: ACCESS EXCLUSIVE, blocks reads and writes, drops it',
          '  tags: SHARE UPDATE EXCLUSIVE, blocks neither reads nor writes',
          '  changes: ROW EXCLUSIVE, blocks neither reads nor writes',
          '  stores: ACCESS SHARE, blocks neither reads nor writes\n',
        ].join('\n'),
      );
      expect(output).not.toContain('Not copied');
      expect(status).toBe(0);
    } finally {
      await later.remove();
    }
  });

  it('names what others have added to the database', async () => {
    const connection = await createOlder(4);
    await withClient(connection, (client) =>
      client.query(`CREATE SCHEMA reports;
        CREATE VIEW reports.sales AS SELECT name FROM items;
        CREATE TABLE reports.visits (id int PRIMARY KEY, at date);
        CREATE INDEX extra_idx ON items (price, sku);
        ALTER TABLE tags ADD COLUMN colour text;
        CREATE FUNCTION nothing() RETURNS int LANGUAGE sql AS 'SELECT 1'`),
    );
    const { status, output } = await check(settingsOf(connection));
    expect(output).toContain(
      'Not copied, because Emporium has not created it: column colour of tags, function nothing(), ' +
        'index extra_idx of items, table reports.visits, view reports.sales.\n',
    );
    expect(status).toBe(0);
  });

  it('ends with 1 when a migration fails on the data', async () => {
    const connection = await createCurrent();
    const before = [await contentOf(connection), await migrationsOf(connection)];
    const later = await LaterProgram.create(
      'CREATE UNIQUE INDEX once ON items ((price > 5)); DROP TABLE item_tags;',
    );
    try {
      const { status, output } = await run(later.run(settingsOf(connection), ['upgrade-check']));
      expect(output).toMatch(new RegExp(`^${LATER}: failed after \\d+\\.\\d\\d s$`, 'm'));
      expect(output).toContain('\n  could not create unique index "once" (SQLSTATE 23505)\n  Key ((price > ');
      expect(output).toMatch(
        new RegExp(`^emporium: The migration ${LATER} fails on a copy of the database \\S+, so `, 'm'),
      );
      expect(output).not.toMatch(/^ +at /m);
      expect(status).toBe(1);
    } finally {
      await later.remove();
    }
    expect([await contentOf(connection), await migrationsOf(connection)]).toEqual(before);
    expect(await databaseExists(await scratchOf(connection))).toBe(false);
  });

  it('shows no row of the database when a migration fails', async () => {
    const connection = await createCurrent();
    const later = await LaterProgram.create("ALTER TABLE users ADD CHECK (password_hash = '')");
    try {
      await withClient(connection, (client) => client.query('ALTER TABLE users ADD COLUMN odd int'));
      const { status, output } = await run(later.run(settingsOf(connection), ['upgrade-check']));
      expect({ status, shown: output.includes('argon2') }).toEqual({ status: 1, shown: false });
      expect(output).toContain('(SQLSTATE 23514)');
    } finally {
      await later.remove();
    }
  });

  it('says what the role lacks', async () => {
    const connection = await createOlder(3);
    const role = newName();
    const database = newName();
    created.push(database);
    await onServer(`CREATE ROLE ${role} LOGIN PASSWORD 'secret'`);
    await onServer(`CREATE DATABASE ${database} OWNER ${role} TEMPLATE template0 ENCODING 'UTF8'`);
    const url = urlOf(withDatabase(connection, database)).replace(/\/\/[^@]*@/, `//${role}:secret@`);
    expect(await check({ DATABASE_URL: url })).toEqual({
      status: 1,
      output: expect.stringMatching(
        new RegExp(
          `\nemporium: The role ${role} may not create the scratch database\\. A superuser can allow it with ` +
            `ALTER ROLE ${role} CREATEDB, and [^\n]+\n$`,
        ),
      ) as string,
    });
    await onServer(`ALTER ROLE ${role} CREATEDB`);
    expect(await check({ DATABASE_URL: url })).toMatchObject({ status: 0 });
    await onServer(`DROP DATABASE ${database} WITH (FORCE)`);
    await onServer(`DROP ROLE ${role}`);
  });

  it('refuses a schema that is newer than the program', async () => {
    const connection = await createCurrent();
    await withClient(connection, (client) =>
      client.query('INSERT INTO migrations (timestamp, name) VALUES (1999000000000, $1)', [LATER]),
    );
    const { status, output } = await check(settingsOf(connection));
    expect(output).toMatch(
      new RegExp(
        `^emporium: The schema of the database is newer than this version .* not know ${LATER}\\. Run `,
      ),
    );
    expect(status).toBe(1);
  });

  it('refuses a pooler', async () => {
    const settings = { DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none', DATABASE_POOLER: 'on' };
    expect(await check(settings)).toEqual({
      status: 1,
      output: expect.stringMatching(
        /^emporium: upgrade-check needs [^\n]*DATABASE_POOLER=off\.\n$/,
      ) as string,
    });
  });

  (PGBOUNCER === undefined ? it.skip : it)('refuses PgBouncer when it finds it', async () => {
    const pooler = await PgBouncer.start();
    try {
      const { status, output } = await check({ DATABASE_URL: urlOf(pooler.connection('emporium_test')) });
      expect(output).toMatch(/^emporium: upgrade-check needs [^\n]*DATABASE_POOLER=off\.\n$/);
      expect(status).toBe(1);
    } finally {
      await pooler.stop();
    }
  });

  describe('while it works', () => {
    let connection: DatabaseConnection;
    let scratch: string;
    let later: LaterProgram;
    beforeAll(async () => {
      later = await LaterProgram.create('SELECT pg_sleep(600)');
    });
    beforeEach(async () => {
      connection = await createCurrent();
      scratch = await scratchOf(connection);
    });
    afterAll(() => later.remove());

    it.each([
      ['SIGINT', 130],
      ['SIGTERM', 143],
    ] as const)('ends at %s, and removes the copy', async (signal, expected) => {
      const command = later.run(settingsOf(connection), ['upgrade-check']);
      await untilRunning(scratch, '%pg_sleep(600)%');
      expect(await command.kill(signal)).toBe(expected);
      expect(command.output).toMatch(/Pending migrations: 1\.\n$/);
      expect(await databaseExists(scratch)).toBe(false);
    });

    it('ends at SIGTERM while it waits for a lock on the database, too', async () => {
      await withClient(connection, async (client) => {
        await client.query('BEGIN; LOCK TABLE items');
        const command = later.run(settingsOf(connection), ['upgrade-check']);
        await untilRunning(addressOf(connection).database, 'DECLARE copied %');
        expect(await command.kill('SIGTERM')).toBe(143);
        expect(await databaseExists(scratch)).toBe(false);
      });
    });

    it('lets no second one run, and after kill -9 the next one removes the copy', async () => {
      const command = later.run(settingsOf(connection), ['upgrade-check']);
      await untilRunning(scratch, '%pg_sleep(600)%');
      expect(await check(settingsOf(connection))).toEqual({
        status: 1,
        output: expect.stringMatching(
          /^emporium: Another upgrade-check of the database \S+ is running\. /,
        ) as string,
      });
      await command.kill('SIGKILL');
      await untilNobodyIsIn(connection);
      expect(await databaseExists(scratch)).toBe(true);
      const { status, output } = await check(settingsOf(connection));
      expect(output).toMatch(
        new RegExp(
          `^Removed the scratch database ${scratch}, which an interrupted upgrade-check had left\\.\n`,
        ),
      );
      expect(status).toBe(0);
      expect(await databaseExists(scratch)).toBe(false);
    });

    it('leaves a copy whose database is gone to the next one on the server, and that of another alone', async () => {
      const [gone, other] = ['emporium_upgrade_check_4294967295', await scratchOf(await createCurrent())];
      created.push(gone, other);
      for (const name of [gone, other]) await onServer(`CREATE DATABASE ${name} TEMPLATE template0`);
      const { output } = await check(settingsOf(connection));
      expect(output).toContain(`Removed the scratch database ${gone}, `);
      expect(output).not.toContain(other);
      expect([await databaseExists(gone), await databaseExists(other)]).toEqual([false, true]);
    });
  });

  it('works on an embedded database, beside the server and without it', async () => {
    const data = await temporaryDirectory();
    const settings = { DATA_DIR: data.path };
    const later = await LaterProgram.create('ALTER TABLE items ALTER COLUMN sku SET NOT NULL');
    const server = EmporiumProcess.spawn(settings);
    try {
      const api = await server.api();
      const beside = await run(later.run(settings, ['upgrade-check']));
      expect(beside.output).toMatch(
        new RegExp(`^${LATER}: .*\n  items: ACCESS EXCLUSIVE, blocks reads and writes\n`, 'm'),
      );
      expect(beside.status).toBe(0);
      expect((await api.get('/health/ready')).status).toBe(200);
    } finally {
      await server.kill('SIGTERM');
    }
    expect(await run(later.run(settings, ['upgrade-check']))).toMatchObject({ status: 0 });
    expect(await check(settings)).toMatchObject({
      status: 0,
      output: expect.stringContaining('no pending migrations') as string,
    });
    await later.remove();
    await data.remove();
  });
});
