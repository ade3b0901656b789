import { randomUUID } from 'node:crypto';
import { get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import pino from 'pino';
import { loadEnvironment } from '../src/config/environment';
import { addressOf, type DatabaseConnection } from '../src/database/connection';
import { Database } from '../src/database/database';
import { databaseFailure } from '../src/database/errors';
import { openDatabase } from '../src/database/open-database';
import { reasonOf } from '../src/server/startup-error';
import { startApp, type TestApp } from './support/app';
import { type Answer, type Client } from './support/client';
import { createTestDatabase, testServer, urlOf, withClient, withDatabase } from './support/database';
import { expectProblem } from './support/expect-problem';
import {
  createItem,
  createStore,
  createTag,
  registerUser,
  type TestStore,
  unique,
} from './support/factories';
import { whileLocked } from './support/lock-wait';
import { PGBOUNCER, PgBouncer } from './support/pgbouncer';
import { useEverything } from './support/use-everything';

if (PGBOUNCER === undefined) {
  if (process.env.CI === 'true') throw new Error('PgBouncer is not installed: apt-get install pgbouncer');
  process.stderr.write('PgBouncer is not installed, so its tests are skipped: apt-get install pgbouncer\n');
}
const whenInstalled = PGBOUNCER === undefined ? describe.skip : describe;

const POOLED = { DATABASE_POOLER: 'on' };
const REFUSAL =
  /^Between Emporium and the database of DATABASE_URL is a connection pooler.* DATABASE_POOLER=on /;
/** What a pooler must be told, so that it accepts every start-up parameter and passes none on. */
const IGNORED = [
  'extra_float_digits, IntervalStyle, bytea_output, array_nulls, transform_null_equals, gin_fuzzy_search_limit',
  'row_security, default_transaction_isolation, default_transaction_read_only, default_transaction_deferrable',
  'exit_on_error, statement_timeout, lock_timeout, idle_in_transaction_session_timeout, idle_session_timeout',
  'search_path, options',
].join(', ');

const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

let name: string;
let pooler: PgBouncer;
/** the database, by way of the pooler */
let pooled: DatabaseConnection;

const onServer = (statement: string) => withClient(testServer(), (client) => client.query(statement));

/** Runs statements on the database without the pooler. */
async function directly<Row>(...statements: string[]): Promise<Row[]> {
  return withClient(withDatabase(testServer(), name), async (client) => {
    let rows: Row[] = [];
    for (const statement of statements)
      ({ rows } = (await client.query(statement)) as unknown as { rows: Row[] });
    return rows;
  });
}

/** Another program that uses the pooler. */
async function throughPooler<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(addressOf(pooled));
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

const countRelations = async () => {
  const [row] = await directly<{ count: number }>(
    `SELECT count(*)::int FROM pg_class WHERE relnamespace NOT IN
       (SELECT oid FROM pg_namespace WHERE nspname IN ('pg_catalog', 'information_schema', 'pg_toast'))`,
  );
  return row?.count;
};

/** Starts as the server does, and gives the reason why it cannot; undefined when it can. */
async function open(
  settings: Record<string, string> = POOLED,
  url = urlOf(pooled),
): Promise<string | undefined> {
  try {
    const environment = loadEnvironment({ NODE_ENV: 'test', DATABASE_URL: url, ...settings });
    await (await openDatabase(environment, pino({ level: 'silent' }))).close();
    return undefined;
  } catch (error) {
    return reasonOf(error);
  }
}

const makeAdmin = async (id: number) => {
  await directly(`UPDATE public.users SET role = 'admin' WHERE id = ${id}`);
};

whenInstalled('on an empty database behind PgBouncer', () => {
  beforeEach(async () => {
    name = unique('emporium_test').replaceAll('-', '_');
    await onServer(`CREATE DATABASE ${name} TEMPLATE template0 ENCODING 'UTF8'`);
  });
  afterEach(async () => {
    await pooler.stop();
    await onServer(`DROP DATABASE ${name} WITH (FORCE)`);
  });

  const start = async (settings: Record<string, string | number> = {}) => {
    pooler = await PgBouncer.start(settings);
    pooled = pooler.connection(name);
  };

  it.each([
    ['its own settings', {}],
    ['session mode', { pool_mode: 'session' }],
    ['the usual parameters ignored', { ignore_startup_parameters: IGNORED }],
    ['every parameter ignored', { ignore_startup_parameters: `${IGNORED}, emporium.session` }],
  ])('with %s the start ends with one sentence, and has made nothing', async (_what, settings) => {
    await start(settings);
    const reason = await open({});
    expect(reason).toMatch(REFUSAL);
    expect(reason).not.toContain('\n');
    expect(await countRelations()).toBe(0);
  });

  it('statement mode ends with one sentence, and nothing was made', async () => {
    await start({ pool_mode: 'statement' });
    const reason = await open();
    expect(reason).toMatch(/^The database of DATABASE_URL cannot be used: .*statement pooling mode$/);
    expect(await countRelations()).toBe(0);
  });

  it.each(['transaction', 'session'])('in %s mode it migrates, and serves everything', async (mode) => {
    await start({ pool_mode: mode, default_pool_size: mode === 'session' ? 20 : 3 });
    expect(await open()).toBeUndefined();
    expect(await open()).toBeUndefined();
    const app = await startApp(POOLED, pooled);
    try {
      await useEverything(app, makeAdmin);
    } finally {
      await app.close();
    }
  });

  it('an export ends in the server when its client goes away', async () => {
    await start();
    expect(await open()).toBeUndefined();
    const app = await startApp(POOLED, pooled);
    try {
      const { id } = await createStore(await registerUser(app.api));
      const count = async () => {
        const [row] = await directly<{ count: number }>(
          `SELECT count(*)::int FROM pg_stat_activity WHERE datname = '${name}' AND state <> 'idle' AND query LIKE 'COPY%'`,
        );
        return row?.count;
      };
      await whileLocked(withDatabase(testServer(), name), 'item_tags', async () => {
        const request = get(`${app.url}/stores/${id}/items/export`, { agent: false });
        request.on('error', () => undefined);
        while ((await count()) !== 1) await sleep(5);
        request.destroy();
        while ((await count()) !== 0) await sleep(5);
      });
      expect((await app.api.get(`/stores/${id}/items/export`)).status).toBe(200);
    } finally {
      await app.close();
    }
  });

  it('four instances that start at once migrate once', async () => {
    await start();
    expect(await Promise.all(times(4, () => open()))).toEqual(times(4, () => undefined));
    const [row] = await directly<{ all: number; different: number }>(
      'SELECT count(*)::int AS all, count(DISTINCT name)::int AS different FROM migrations',
    );
    expect(row?.all).toBe(row?.different);
  });

  it('the schema is the one that the options of DATABASE_URL name, though the pooler ignores them', async () => {
    await start();
    await directly('CREATE SCHEMA shop', `ALTER DATABASE ${name} SET search_path = nowhere`);
    const url = `${urlOf(pooled)}&options=${encodeURIComponent('-c search_path=shop')}`;
    expect(await open(POOLED, url)).toBeUndefined();
    const [row] = await directly<{ schema: string }>(
      `SELECT string_agg(DISTINCT schemaname, ',') AS schema FROM pg_tables WHERE tablename IN ('items', 'migrations')`,
    );
    expect(row?.schema).toBe('shop');
    const app = await startApp(POOLED, { url });
    try {
      const store = await createStore(await registerUser(app.api));
      expect((await app.api.get(`/stores/${store.id}`)).status).toBe(200);
    } finally {
      await app.close();
    }
  });

  it('settings of the role that it cannot replace are named before anything is made, and their cure helps', async () => {
    await start();
    const alter = (setting: string) => `ALTER ROLE CURRENT_USER IN DATABASE ${name} SET ${setting}`;
    await directly(
      alter('default_transaction_read_only = on'),
      alter(`default_transaction_isolation = 'serializable'`),
      alter('bytea_output = escape'),
    );
    const reason = (await open()) ?? '';
    expect(reason).toMatch(/^The sessions of the pooler have settings /);
    const cure = /Run (ALTER ROLE .*); then run RECONNECT/.exec(reason)?.[1] ?? '';
    expect(cure.match(/SET \w+/g)).toEqual([
      'SET bytea_output',
      'SET default_transaction_isolation',
      'SET default_transaction_read_only',
    ]);
    expect(await countRelations()).toBe(0);
    await directly('SET default_transaction_read_only = off', ...cure.split('; '));
    await pooler.stop();
    await start();
    expect(await open()).toBeUndefined();
  });

  it('a request that gets no session of the pooler in time is answered 503', async () => {
    await start({ query_wait_timeout: 1, default_pool_size: 1 });
    expect(await open()).toBeUndefined();
    const app = await startApp(POOLED, pooled);
    try {
      const owner = await registerUser(app.api);
      const answers = await throughPooler(async (client) => {
        await client.query('BEGIN');
        const waiting = await Promise.all([
          owner.api.get('/items'),
          owner.api.get('/me'),
          owner.api.post('/stores', { name: 'late' }),
        ]);
        await client.query('COMMIT');
        return waiting;
      });
      for (const answer of answers) expectProblem(answer, 503, 'unavailable');
      expect((await owner.api.get('/stores')).body).toEqual([]);
    } finally {
      await app.close();
    }
  });

  it('text, time and limits are ours, whatever the role has', async () => {
    await start();
    const alter = (setting: string) => `ALTER ROLE CURRENT_USER IN DATABASE ${name} SET ${setting}`;
    await directly(
      alter(`DateStyle = 'German, DMY'`),
      alter(`TimeZone = 'Asia/Kolkata'`),
      alter(`client_encoding = 'LATIN1'`),
      alter('standard_conforming_strings = off'),
      alter('search_path = decoy'),
      alter(`statement_timeout = '1h'`),
      alter(`idle_in_transaction_session_timeout = '1h'`),
      'CREATE SCHEMA decoy; CREATE TABLE decoy.items (id bigint); CREATE TABLE decoy.migrations (id int)',
    );
    expect(await open()).toBeUndefined();
    const app = await startApp(POOLED, pooled);
    try {
      await useEverything(app, makeAdmin);
    } finally {
      await app.close();
    }
  });
});

whenInstalled('behind PgBouncer in transaction mode', () => {
  const REQUEST_TIMEOUT = 2000;
  /** Without a limit a request that hangs would be answered when the test ends what it waits for, which is later. */
  const LATEST = REQUEST_TIMEOUT + 6000;

  let drop: () => Promise<void>;
  let apps: TestApp[];
  let store: TestStore;
  /** the owner of the store, on each of two instances */
  let owners: Client[];
  let hasty: { app: TestApp; owner: Client };

  beforeAll(async () => {
    const database = await createTestDatabase();
    ({ drop } = database);
    name = addressOf(database.connection).database;
    pooler = await PgBouncer.start({ query_wait_timeout: 60, server_login_retry: 1 });
    pooled = pooler.connection(name);
    // Two hundred requests at once take long on a busy machine.
    const patient = { ...POOLED, REQUEST_TIMEOUT: '60000' };
    apps = [await startApp(patient, pooled), await startApp(patient, pooled)];
    const owner = await registerUser((apps[0] as TestApp).api);
    store = await createStore(owner);
    owners = apps.map(({ api }) => api.as(owner.accessToken));
    const app = await startApp({ ...POOLED, REQUEST_TIMEOUT: String(REQUEST_TIMEOUT) }, pooled);
    hasty = { app, owner: app.api.as(owner.accessToken) };
  });
  afterAll(async () => {
    for (const app of [...apps, hasty.app]) await app.close();
    await pooler.stop();
    await drop();
  });

  const on = (index: number): Client => owners[index % owners.length] as Client;
  const statusesOf = (answers: Answer[]) => answers.map(({ status }) => status);

  it('both instances read and write the same, and each uses few sessions', async () => {
    const item = await createItem(store);
    for (const [index, price] of [3, 4].entries()) {
      expect((await on(index).patch(`/items/${item.id}`, { price })).status).toBe(200);
      expect((await on(index + 1).get(`/items/${item.id}`)).body).toMatchObject({ price });
    }
    const [row] = await directly<{ count: number }>(
      `SELECT count(*)::int FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`,
    );
    expect(row?.count).toBeLessThanOrEqual(3);
  });

  it('If-Match decides between two writers', async () => {
    const item = await createItem(store);
    for (let round = 0; round < 5; round++) {
      const etag = (await on(0).get(`/items/${item.id}`)).headers.get('etag') ?? '';
      const answers = await Promise.all(
        times(20, (index) =>
          on(index).patch(
            `/items/${item.id}`,
            { price: 100 * round + index + 1 },
            { headers: { 'if-match': etag } },
          ),
        ),
      );
      expect(statusesOf(answers).sort()).toEqual([200, ...times(19, () => 412)]);
    }
  });

  it('a repeated POST has one effect', async () => {
    const key = randomUUID();
    const body = { name: unique('once'), price: 1, store_id: store.id };
    const post = (index: number) => on(index).post('/items', body, { headers: { 'idempotency-key': key } });
    const answers = await Promise.all(times(20, post));
    expect(statusesOf(answers).filter((status) => status !== 201 && status !== 409)).toEqual([]);
    const replay = await post(1);
    expect(replay.status).toBe(201);
    expect(replay.headers.get('idempotency-replayed')).toBe('true');
    const rows = await directly(`SELECT FROM items WHERE name = '${body.name}'`);
    expect(rows).toHaveLength(1);
  });

  it('a store with many items is deleted', async () => {
    const other = await createStore(store.owner);
    await directly(
      `INSERT INTO items (store_id, name, price) SELECT ${other.id}, 'item ' || n, n FROM generate_series(1, 5000) AS n`,
    );
    await createTag(other);
    expect((await on(1).delete(`/stores/${other.id}`)).status).toBe(204);
    expect(await directly(`SELECT FROM items WHERE store_id = ${other.id}`)).toHaveLength(0);
  });

  it('two hundred requests at once on both instances, and again: none fails', async () => {
    const item = await createItem(store);
    const calls: ((index: number) => Promise<Answer>)[] = [
      (index) => on(index).get(`/items/${item.id}`),
      (index) => on(index).get('/items?limit=5'),
      (index) => on(index).get('/items?q=item&count=true'),
      (index) => on(index).get(`/items?store_id=${store.id}&sort=-price&page=1`),
      (index) => on(index).get('/me'),
      (index) => on(index).patch(`/items/${item.id}`, { price: index + 1 }),
      (index) => on(index).post('/items', { name: unique('item'), price: index + 1, store_id: store.id }),
      (index) => on(index).post(`/stores/${store.id}/tags`, { name: unique('tag') }),
      (index) => on(index).get('/health/ready'),
    ];
    const answers: Answer[] = [];
    for (let round = 0; round < 3; round++) {
      answers.push(
        ...(await Promise.all(
          times(200, (index) => calls[index % calls.length]?.(index) as Promise<Answer>),
        )),
      );
    }
    expect(new Set(statusesOf(answers))).toEqual(new Set([200, 201]));
  });

  it('each statement has the limits and the schema of Emporium, also on a session that others have changed', async () => {
    const LIMITS = `SELECT current_setting('statement_timeout'), current_setting('search_path')`;
    const OURS = [`${REQUEST_TIMEOUT * 0.6}ms`, 'public'];
    // All sessions of the pooler, because they are held at the same time.
    await Promise.all(
      times(3, () =>
        throughPooler(async (client) => {
          await client.query(`BEGIN; SET statement_timeout = '1h'; SET search_path = nowhere`);
          await client.query('SELECT pg_sleep(0.3)');
          await client.query('COMMIT');
        }),
      ),
    );
    const database = hasty.app.app.get(Database);
    for (let round = 0; round < 10; round++) {
      expect(await database.rows(LIMITS)).toEqual([OURS]);
      expect(await database.planned(LIMITS, [])).toEqual([OURS]);
      expect(await database.manager.query(`${LIMITS} AS path`)).toEqual([
        { current_setting: OURS[0], path: OURS[1] },
      ]);
      expect(
        await database.transaction(async (tx) => [await tx.rows(LIMITS), await tx.rows(LIMITS)]),
      ).toEqual([[OURS], [OURS]]);
      expect(await database.longTransaction((tx) => tx.rows(LIMITS))).toEqual([['0', 'public']]);
    }
    // Nothing of Emporium stays on a session that others use.
    const found = await throughPooler((client) => client.query({ text: LIMITS, rowMode: 'array' }));
    expect(found.rows).toEqual([['1h', 'nowhere']]);
    await directly(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`,
    );
    // Until the pooler has seen that these sessions are gone.
    const readAtOnce = () => Promise.all(times(6, (index) => on(index).get('/items?limit=1')));
    while (statusesOf(await readAtOnce()).some((status) => status !== 200));
  });

  it('what hangs is answered 503 in time, and not written afterwards', async () => {
    const item = await createItem(store);
    const started = Date.now();
    const answers = await whileItemsAreLocked(() =>
      // As many as the pooler has sessions.
      Promise.all([
        hasty.owner.patch(`/items/${item.id}`, { price: 500 }),
        hasty.owner.post('/items', { name: 'late', price: 1, store_id: store.id }),
        hasty.owner.get(`/items/${item.id}`),
      ]),
    );
    expect(Date.now() - started).toBeLessThan(LATEST);
    for (const answer of answers) expectProblem(answer, 503, 'unavailable');
    await untilNothingRuns();
    expect((await on(0).get(`/items/${item.id}`)).body).toMatchObject({ price: item.price });
    expect(await directly(`SELECT FROM items WHERE name = 'late'`)).toHaveLength(0);
  });

  it('a write that waits in the pooler for a session is not done after it was given up', async () => {
    const item = await createItem(store);
    const database = hasty.app.app.get(Database);
    const failures = await whileItemsAreLocked(() =>
      Promise.all(
        times(8, (index) =>
          database
            .rows('UPDATE items SET price = $2 WHERE id = $1', [item.id, 500 + index])
            .catch((error: unknown) => databaseFailure(error)?.kind),
        ),
      ),
    );
    expect(failures).toEqual(times(8, () => 'unavailable'));
    await untilNothingRuns();
    expect((await on(0).get(`/items/${item.id}`)).body).toMatchObject({ price: item.price });
  });

  it('lost sessions of the pooler are answered 503, never 500', async () => {
    const item = await createItem(store);
    const answers: Answer[] = [];
    for (let round = 0; round < 5; round++) {
      const under = times(60, (index) =>
        index % 3 === 0
          ? on(index).patch(`/items/${item.id}`, { price: index + 1 })
          : on(index).get(index % 3 === 1 ? `/items/${item.id}` : '/items'),
      );
      await directly(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`,
      );
      answers.push(...(await Promise.all(under)));
    }
    expect(statusesOf(answers).filter((status) => status !== 200 && status !== 503)).toEqual([]);
    await expectToRecover();
  });

  it('a pooler that restarts costs 503 at most', async () => {
    const item = await createItem(store);
    const under = times(30, (index) => on(index).get(`/items/${item.id}`));
    await pooler.restart();
    expect(statusesOf(await Promise.all(under)).filter((status) => status !== 200 && status !== 503)).toEqual(
      [],
    );
    await expectToRecover();
  });

  async function whileItemsAreLocked<T>(work: () => Promise<T>): Promise<T> {
    return withClient(withDatabase(testServer(), name), async (client) => {
      await client.query('BEGIN; LOCK TABLE items IN ACCESS EXCLUSIVE MODE');
      const result = await work();
      await client.query('ROLLBACK');
      return result;
    });
  }

  /** Waits for statements that still run on sessions whose client has gone. */
  async function untilNothingRuns(): Promise<void> {
    const RUNNING = `SELECT FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'`;
    const started = Date.now();
    while ((await directly(RUNNING)).length > 0) {
      if (Date.now() - started > 20_000) throw new Error('statements still run');
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async function expectToRecover(): Promise<void> {
    const started = Date.now();
    for (const app of [...apps, hasty.app]) {
      while ((await app.api.get('/health/ready')).status !== 200) {
        if (Date.now() - started > 20_000) throw new Error(`not ready again:\n${pooler.output}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }
});
