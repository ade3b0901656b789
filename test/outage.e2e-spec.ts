import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { DataSource } from 'typeorm';
import { type DatabaseConnection } from '../src/database/connection';
import { startApp, type TestApp } from './support/app';
import { type Answer } from './support/client';
import { createTestDatabase, type TestDatabase, testServer, withClient } from './support/database';
import { expectProblem } from './support/expect-problem';
import {
  createAdmin,
  createItem,
  createStore,
  createTag,
  createUser,
  type TestStore,
  type TestUser,
  unique,
} from './support/factories';
import { whileLocked } from './support/lock-wait';
import { Proxy } from './support/proxy';

const TIMEOUT = 1500;
/** Without a limit a request that hangs would be answered when the test ends what it waits for, which is later. */
const LATEST = TIMEOUT + 6000;

const SETTINGS = { REQUEST_TIMEOUT: String(TIMEOUT), DATABASE_POOL_MAX: '3' };

/** The application that is tested, with little time for a request. */
let app: TestApp;
let owner: TestUser;
/** Its owner calls an application on the same database that has all the time in the world: set-up is never cut short. */
let store: TestStore;
let calm: TestApp;
let database: TestDatabase;

/** @param connect how the tested application reaches the database, unless it does so directly */
async function start(
  settings: Record<string, string> = {},
  connect?: (connection: DatabaseConnection) => Promise<DatabaseConnection>,
): Promise<void> {
  database = await createTestDatabase();
  const { connection } = database;
  calm = await startApp({ REQUEST_TIMEOUT: '60000', DATABASE_POOL_MAX: '3' }, connection);
  const user = await createUser(calm);
  store = await createStore(user);
  app = await startApp({ ...SETTINGS, ...settings }, (await connect?.(connection)) ?? connection);
  owner = { ...user, api: app.api.as(user.accessToken) };
}

async function stop(): Promise<void> {
  await app.close();
  await calm.close();
  await database.drop();
}

interface Timed {
  answer: Answer;
  ms: number;
}

async function timed(call: Promise<Answer>): Promise<Timed> {
  const started = Date.now();
  const answer = await call;
  return { answer, ms: Date.now() - started };
}

function expectUnavailable({ answer, ms }: Timed): void {
  expectProblem(answer, 503, 'unavailable');
  expect(ms).toBeLessThan(LATEST);
}

async function waitUntilReady(): Promise<void> {
  const started = Date.now();
  while ((await app.api.get('/health/ready')).status !== 200) {
    if (Date.now() - started > 20_000) throw new Error('not ready again');
    await sleep(50);
  }
}

/** Twenty acknowledged writes must be there for another connection. On a busy machine some others are told 503. */
async function expectWritesToLast(): Promise<void> {
  const ids: number[] = [];
  for (const until = Date.now() + 20_000; ids.length < 20 && Date.now() < until;) {
    const answers = await Promise.all(
      Array.from({ length: 4 }, () => owner.api.post('/stores', { name: unique('after') })),
    );
    for (const answer of answers) {
      if (answer.status === 201) ids.push((answer.body as { id: number }).id);
      else expectProblem(answer, 503, 'unavailable');
    }
  }
  expect(ids.length).toBeGreaterThanOrEqual(20);
  const rows = await calm.sql('SELECT id FROM stores WHERE id = ANY ($1)', [ids]);
  expect(rows).toHaveLength(ids.length);
}

async function countLinks(itemId: number): Promise<number | undefined> {
  const [row] = await calm.sql<{ count: number }>(
    'SELECT count(*)::int AS count FROM item_tags WHERE item_id = $1',
    [itemId],
  );
  return row?.count;
}

const terminate = (client: pg.Client) =>
  client.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE datname = current_database() AND application_name = 'emporium' AND pid <> pg_backend_pid()`,
  );

describe('terminated connections', () => {
  // On a busy machine a new connection alone may take longer than the others' limit allows for it.
  beforeEach(() => start({ REQUEST_TIMEOUT: '5000' }));
  afterEach(stop);

  it('that were idle are not missed', async () => {
    for (let round = 0; round < 3; round++) {
      await Promise.all(Array.from({ length: 3 }, () => app.api.get('/stores')));
      const { rowCount } = await withClient(app.connection, terminate);
      expect(rowCount).toBeGreaterThan(0);
      await sleep(100);
      const answers = await Promise.all(Array.from({ length: 10 }, () => app.api.get('/stores')));
      expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 200));
    }
    await expectWritesToLast();
  });

  it('fail the requests that used them, and no other', async () => {
    const name = unique('cut off');
    const answers = await whileLocked(calm.connection, 'stores', async (client) => {
      const calls = [app.api.get('/stores'), owner.api.post('/stores', { name }), app.api.get('/stores')].map(
        timed,
      );
      await sleep(200);
      await terminate(client);
      return Promise.all(calls);
    });
    answers.forEach(expectUnavailable);
    expect(await calm.sql('SELECT 1 FROM stores WHERE name = $1', [name])).toEqual([]);
    expect((await app.api.get('/stores')).status).toBe(200);
    await expectWritesToLast();
  });
});

it('a connection lost in the middle of a transaction fails the request, and no other', async () => {
  await start({ REQUEST_TIMEOUT: '5000' });
  const [calmAdmin, user] = [await createAdmin(calm), await createUser(calm)];
  const admin = { ...calmAdmin, api: app.api.as(calmAdmin.accessToken) };
  const dataSource = app.app.get(DataSource);
  const createQueryRunner = dataSource.createQueryRunner.bind(dataSource);
  const spy = jest.spyOn(dataSource, 'createQueryRunner').mockImplementation((mode) => {
    const runner = createQueryRunner(mode);
    const startTransaction = runner.startTransaction.bind(runner);
    runner.startTransaction = async (...args) => {
      await startTransaction(...args);
      await withClient(app.connection, terminate);
      await sleep(100);
    };
    return runner;
  });
  try {
    for (const call of [
      () => admin.api.patch(`/users/${user.id}`, { role: 'admin' }),
      () => admin.api.delete(`/users/${user.id}`),
    ]) {
      expectProblem(await call(), 503, 'unavailable');
    }
    spy.mockRestore();
    expect((await admin.api.get(`/users/${user.id}`)).body).toMatchObject({ role: 'user' });
    await expectWritesToLast();
  } finally {
    await stop();
  }
});

describe('statements that hang', () => {
  beforeEach(() => start());
  afterEach(stop);

  it.each(['GET', 'POST'] as const)('are answered in time: %s /items', async (method) => {
    const body = { name: unique('late'), price: 1, store_id: store.id };
    const answer = await whileLocked(calm.connection, 'items', () =>
      timed(method === 'GET' ? app.api.get('/items') : owner.api.post('/items', body)),
    );
    expectUnavailable(answer);
    await sleep(200);
    expect(await calm.sql('SELECT 1 FROM items')).toEqual([]);
    expect((await owner.api.post('/items', body)).status).toBe(201);
  });

  it('leave nothing half done, and no transaction open', async () => {
    const [item, tag] = [await createItem(store), await createTag(store)];
    const before = await app.api.get(`/items/${item.id}`);
    const answers = await whileLocked(calm.connection, 'item_tags', () =>
      Promise.all(
        Array.from({ length: 4 }, () => timed(owner.api.post(`/items/${item.id}/tags`, { tags: [tag.id] }))),
      ),
    );
    answers.forEach(expectUnavailable);
    await waitUntilReady();
    await expectWritesToLast();
    expect((await app.api.get(`/items/${item.id}`)).body).toEqual(before.body);
    expect(
      await app.sql(
        `SELECT state, query FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'emporium'
           AND state NOT IN ('idle')`,
      ),
    ).toEqual([]);
    expect((await owner.api.post(`/items/${item.id}/tags`, { tags: [tag.id] })).status).toBe(200);
  });

  it('do not shorten the deletion of a store', async () => {
    await createItem(store);
    const deletion = await whileLocked(calm.connection, 'item_tags', async () => {
      const call = timed(owner.api.delete(`/stores/${store.id}`));
      await sleep(2 * TIMEOUT);
      return { call };
    });
    const { answer, ms } = await deletion.call;
    expect(answer.status).toBe(204);
    expect(ms).toBeGreaterThanOrEqual(2 * TIMEOUT);
    expectProblem(await calm.api.get(`/stores/${store.id}`), 404, 'store_not_found');
  });
});

describe('a pool in demand', () => {
  afterEach(stop);

  it('is not taken for a database that is silent', async () => {
    await start({ REQUEST_TIMEOUT: '4000', DATABASE_POOL_MAX: '1' });
    // Longer than a statement may take, with no moment in between without one.
    const until = Date.now() + 3500;
    const write = async () => {
      while (Date.now() < until) {
        const { status } = await owner.api.post('/stores', { name: unique('store') });
        expect(status).toBe(201);
      }
    };
    await Promise.all(Array.from({ length: 8 }, write));
  });
});

describe('an exhausted pool', () => {
  beforeEach(() => start({ DATABASE_POOL_MAX: '1', REQUEST_TIMEOUT: '8000' }));
  afterEach(stop);

  it('holds up no answer that needs no database', async () => {
    await whileLocked(calm.connection, 'stores', async () => {
      const waiting = Array.from({ length: 5 }, () => timed(app.api.get('/stores')));
      waiting.push(timed(app.api.get('/health/ready')));
      let isAnswered = false;
      void Promise.race(waiting).then(() => {
        isAnswered = true;
      });
      await sleep(50);
      const calls: [Promise<Answer>, number, string?][] = [
        [app.api.get('/health/live'), 200],
        [app.api.get('/.well-known/jwks.json'), 200],
        [app.api.get('/nothing'), 404, 'not_found'],
        [app.api.delete('/items'), 405, 'method_not_allowed'],
        [app.api.post('/stores', { name: 'x' }), 401, 'unauthenticated'],
        [app.api.as('no.good.token').get('/me'), 401, 'unauthenticated'],
        [app.api.post('/stores', undefined, { raw: '{' }), 400, 'invalid_input'],
        [app.api.get('/items/x'), 400, 'invalid_input'],
      ];
      const answers = await Promise.all(calls.map(async ([call, ...rest]) => [await call, rest] as const));
      for (const [answer, [status, code]] of answers) {
        expect([answer.status, (answer.body as { code?: string }).code]).toEqual([status, code]);
      }
      // None of them has waited for a connection, as the others still do.
      expect(isAnswered).toBe(false);
      for (const { answer } of await Promise.all(waiting)) expectProblem(answer, 503, 'unavailable');
    });
    await waitUntilReady();
    const answers = await Promise.all(Array.from({ length: 20 }, () => app.api.get('/stores')));
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    await expectWritesToLast();
  });
});

describe('a database that takes no connections', () => {
  beforeEach(() => start());
  afterEach(stop);

  it('is unavailable until it takes them again', async () => {
    const [{ name } = { name: '' }] = await calm.sql<{ name: string }>('SELECT current_database() AS name');
    await withClient(testServer(), (client) =>
      client.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS false`),
    );
    await withClient(testServer(), (client) =>
      client.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [name]),
    );
    await sleep(100);
    const answers = await Promise.all([
      timed(app.api.get('/stores')),
      timed(owner.api.post('/stores', { name: 'x' })),
    ]);
    const ready = await timed(app.api.get('/health/ready'));
    const live = await app.api.get('/health/live');
    await withClient(testServer(), (client) => client.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS true`));
    expect(live.status).toBe(200);
    [...answers, ready].forEach(expectUnavailable);
    await waitUntilReady();
    await expectWritesToLast();
  });
});

describe('behind a network that fails', () => {
  let proxy: Proxy;

  beforeEach(async () => {
    await start({}, async (connection) => {
      proxy = new Proxy(connection);
      await proxy.listen();
      return proxy.connection;
    });
  });
  afterEach(async () => {
    proxy.thaw();
    await proxy.close();
    await stop();
  });

  it('a silent database is answered for in time, and missed no longer than it is silent', async () => {
    proxy.frozen = true;
    const calls = [
      app.api.get('/stores'),
      app.api.get('/items'),
      owner.api.post('/stores', { name: unique('silent') }),
      owner.api.get('/me'),
      app.api.get('/health/ready'),
      app.api.post('/login', { email: owner.email, password: 'not the password' }),
    ];
    for (const each of await Promise.all(calls.map(timed))) expectUnavailable(each);
    expect((await app.api.get('/health/live')).status).toBe(200);
    proxy.thaw();
    await waitUntilReady();
    await expectWritesToLast();
  });

  it.each(['INSERT INTO item_tags', 'UPDATE items SET updated_at', 'COMMIT'])(
    'a transaction cut off at %s swallows no later write',
    async (statement) => {
      const [item, tag] = [await createItem(store), await createTag(store)];
      proxy.freezeAt = statement;
      const calls = Array.from({ length: 3 }, () =>
        timed(owner.api.post(`/items/${item.id}/tags`, { tags: [tag.id] })),
      );
      for (const each of await Promise.all(calls)) expectUnavailable(each);
      // The sockets of the requests are closed a moment after their statements should have ended.
      await sleep(TIMEOUT);
      expect(proxy.frozen).toBe(true);
      proxy.thaw();
      await waitUntilReady();
      await expectWritesToLast();
      expect(await countLinks(item.id)).toBe(0);
      expect((await owner.api.post(`/items/${item.id}/tags`, { tags: [tag.id] })).status).toBe(200);
      expect(await countLinks(item.id)).toBe(1);
    },
  );

  it('a database that cannot be reached is answered for until it can', async () => {
    await proxy.close();
    for (const call of [app.api.get('/stores'), app.api.get('/health/ready'), owner.api.get('/me')]) {
      expectUnavailable(await timed(call));
    }
    expect((await app.api.get('/health/live')).status).toBe(200);
    await proxy.listen();
    await waitUntilReady();
    await expectWritesToLast();
  });
});
