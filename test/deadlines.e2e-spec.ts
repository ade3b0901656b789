import { setTimeout as sleep } from 'node:timers/promises';
import { startApp, type TestApp } from './support/app';
import { type Answer, type Client } from './support/client';
import { createTestDatabase, type TestDatabase, withClient } from './support/database';
import { expectProblem } from './support/expect-problem';
import {
  createAdmin,
  createItem,
  createStore,
  createTag,
  createUser,
  PASSWORD,
  type TestStore,
  type TestUser,
  unique,
} from './support/factories';
import { untilSomebodyWaits } from './support/lock-wait';
import { Proxy } from './support/proxy';

const TIMEOUT = 1500;

/** What begins to write, or to commit. */
const WRITE = /\b(?:INSERT|UPDATE|DELETE|COMMIT)\b|emporium-guard/;

/** The application that is tested. A proxy stands before its database. */
let app: TestApp;
let proxy: Proxy;
/** Another one on the same database, which has time. */
let calm: TestApp;
let database: TestDatabase;
let owner: TestUser;
let admin: TestUser;
let store: TestStore;

beforeAll(async () => {
  database = await createTestDatabase();
  calm = await startApp({ REQUEST_TIMEOUT: '60000' }, database.connection);
  proxy = new Proxy(database.connection);
  await proxy.listen();
  app = await startApp({ REQUEST_TIMEOUT: String(TIMEOUT), AUTH_THROTTLE: 'off' }, proxy.connection);
  owner = await createUser(calm);
  admin = await createAdmin(calm);
  store = await createStore(owner);
});
afterEach(async () => {
  proxy.thaw();
  // The connections that were lost are opened again.
  while ((await app.api.get('/health/ready')).status !== 200) await sleep(20);
});
afterAll(async () => {
  await app.close();
  await proxy.close();
  await calm.close();
  await database.drop();
});

/** The caller's requests to the tested application. */
const as = (user: TestUser): Client => app.api.as(user.accessToken);

/** Everything that a request may write, as text. */
async function contents(): Promise<string> {
  const tables = [
    'stores',
    'items',
    'tags',
    'item_tags',
    'imports',
    'changes',
    'users',
    'sessions',
    'idempotency_keys',
    'throttles',
  ];
  const rows = await Promise.all(
    tables.map((table) => calm.sql(`SELECT '${table}' AS "table", t.* FROM ${table} t ORDER BY t::text`)),
  );
  return JSON.stringify(rows.flat(), null, 1);
}

/** Waits until the server has run what it was sent by connections that are closed since. */
async function untilServerIsIdle(): Promise<void> {
  for (;;) {
    const [{ busy } = { busy: 0 }] = await calm.sql<{ busy: number }>(
      `SELECT count(*)::int AS busy FROM pg_stat_activity
       WHERE datname = current_database() AND state <> 'idle' AND pid <> pg_backend_pid()`,
    );
    if (busy === 0) return;
    await sleep(20);
  }
}

type Call = () => Promise<Answer>;

/** @param prepare the route's own set-up; gives the call */
const route = (name: string, prepare: () => Call | Promise<Call>): [string, typeof prepare] => [
  name,
  prepare,
];

const ROUTES = [
  route('POST /stores', () => () => as(owner).post('/stores', { name: unique('late') })),
  route('PATCH /stores/{id}', async () => {
    const { id } = await createStore(owner);
    return () => as(owner).patch(`/stores/${id}`, { name: unique('late') });
  }),
  route(
    'POST /items',
    () => () => as(owner).post('/items', { name: unique('late'), price: 1, store_id: store.id }),
  ),
  route('POST /items with a key', () => {
    const body = { name: unique('late'), price: 1, store_id: store.id };
    return () => as(owner).call('POST', '/items', { body, headers: { 'idempotency-key': unique('k') } });
  }),
  route('PATCH /items/{id}', async () => {
    const { id } = await createItem(store);
    return () => as(owner).patch(`/items/${id}`, { price: 2 });
  }),
  route('PATCH /items/{id} with If-Match', async () => {
    const { id } = await createItem(store);
    const headers = { 'if-match': (await calm.api.get(`/items/${id}`)).headers.get('etag') ?? '' };
    return () => as(owner).call('PATCH', `/items/${id}`, { body: { price: 2 }, headers });
  }),
  route('DELETE /items/{id}', async () => {
    const { id } = await createItem(store);
    return () => as(owner).delete(`/items/${id}`);
  }),
  route(
    'POST /stores/{id}/tags',
    () => () => as(owner).post(`/stores/${store.id}/tags`, { name: unique('late') }),
  ),
  route('POST /changes/{id}/undo', async () => {
    const { id } = await createItem(store);
    const [change] = await calm.sql<{ id: string }>(
      `SELECT id FROM changes WHERE resource = 'item' AND resource_id = $1`,
      [id],
    );
    return () => as(owner).post(`/changes/${change?.id ?? ''}/undo`);
  }),
  route('PATCH /tags/{id}', async () => {
    const { id } = await createTag(store);
    return () => as(owner).patch(`/tags/${id}`, { name: unique('late') });
  }),
  route('DELETE /tags/{id}', async () => {
    const { id } = await createTag(store);
    return () => as(owner).delete(`/tags/${id}`);
  }),
  route('POST /items/{id}/tags', async () => {
    const [item, tag] = [await createItem(store), await createTag(store)];
    return () => as(owner).post(`/items/${item.id}/tags`, { tags: [tag.id] });
  }),
  route('DELETE /items/{item_id}/tags/{tag_id}', async () => {
    const [item, tag] = [await createItem(store), await createTag(store)];
    await owner.api.post(`/items/${item.id}/tags`, { tags: [tag.id] });
    return () => as(owner).delete(`/items/${item.id}/tags/${tag.id}`);
  }),
  route(
    'POST /register',
    () => () => app.api.post('/register', { email: `${unique('late')}@example.com`, password: PASSWORD }),
  ),
  route('POST /login', async () => {
    const { email } = await createUser(calm);
    return () => app.api.post('/login', { email, password: PASSWORD });
  }),
  route('POST /refresh', async () => {
    const { refreshToken } = await createUser(calm);
    return () => app.api.as(refreshToken).post('/refresh');
  }),
  route('POST /logout', async () => {
    const user = await createUser(calm);
    return () => as(user).post('/logout');
  }),
  route('DELETE /sessions/{id}', async () => {
    const user = await createUser(calm);
    const [session] = (await user.api.get('/sessions')).body as { id: string }[];
    return () => as(user).delete(`/sessions/${session?.id ?? ''}`);
  }),
  route('PATCH /me', async () => {
    const user = await createUser(calm);
    return () =>
      as(user).patch('/me', { email: `${unique('late')}@example.com`, current_password: PASSWORD });
  }),
  route('POST /me/deletion', async () => {
    const user = await createUser(calm);
    return () => as(user).post('/me/deletion', { current_password: PASSWORD });
  }),
  route('PATCH /users/{id}', async () => {
    const { id } = await createUser(calm);
    return () => as(admin).patch(`/users/${id}`, { role: 'admin' });
  }),
  route('DELETE /users/{id}', async () => {
    const { id } = await createUser(calm);
    return () => as(admin).delete(`/users/${id}`);
  }),
  // The last one, because its job still writes after the answer.
  route('POST /stores/{id}/edits', async () => {
    const { id } = await createStore(owner);
    return () => as(owner).post(`/stores/${id}/edits`, { filter: {}, change: { delete: true } });
  }),
];

it('every route that writes is tried here, but those without a time limit', async () => {
  const { paths } = (await calm.api.get('/openapi.json')).body as { paths: Record<string, object> };
  const writing = Object.entries(paths).flatMap(([path, operations]) =>
    Object.keys(operations)
      .filter((method) => /^(?:post|put|patch|delete)$/.test(method))
      .map((method) => `${method.toUpperCase()} ${path}`),
  );
  const tried = new Set(ROUTES.map(([name]) => name.replace(/ with .*/, '')));
  expect(writing.filter((name) => !tried.has(name))).toEqual([
    'DELETE /stores/{id}',
    // The same service as PATCH, and as DELETE /users/{id}.
    'PUT /items/{id}',
    // Imports have no time limit.
    'POST /stores/{id}/imports',
    'POST /imports/{id}/apply',
    'POST /imports/{id}/undo',
    'POST /imports/{id}/cancel',
    'DELETE /user/{user_id}',
  ]);
});

describe.each(ROUTES)('%s, whose write is held back on its way', (_name, prepare) => {
  it('is answered 503, and writes nothing when it arrives', async () => {
    const call = await prepare();
    const before = await contents();
    proxy.freezeAt = WRITE;
    const answer = await call();
    expect(proxy.frozen).toBe(true);
    expectProblem(answer, 503, 'unavailable');
    expect(answer.headers.get('retry-after')).not.toBeNull();
    proxy.thaw();
    await untilServerIsIdle();
    expect(await contents()).toBe(before);
    // The same request is possible.
    expect((await call()).status).toBeLessThan(300);
    expect(await contents()).not.toBe(before);
  });
});

/** What the log says of a request, except for information. */
function warningsOf({ headers }: Answer): object[] {
  const id = headers.get('x-request-id') ?? '';
  return app.logs
    .filter((line) => line.includes(id))
    .map((line) => JSON.parse(line) as { level: string })
    .filter(({ level }) => level !== 'info' && level !== 'debug');
}

describe('a process that stands still until the time of a request is over', () => {
  it('gives the answer that the database has sent meanwhile', async () => {
    const time = 4000;
    const standing = await startApp({ REQUEST_TIMEOUT: String(time) }, database.connection);
    const body = { name: unique('item'), price: 1, store_id: store.id };
    const answer = await withClient(database.connection, async (client) => {
      await client.query('BEGIN; LOCK TABLE items IN ACCESS EXCLUSIVE MODE');
      const call = standing.api.as(owner.accessToken).post('/items', body);
      await untilSomebodyWaits(standing);
      const freed = client.query('SELECT pg_sleep(0.2); COMMIT');
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, time + 500);
      await freed;
      return call;
    }).finally(() => standing.close());
    expect(answer.status).toBe(201);
  });
});

describe('a request of several statements', () => {
  it('writes nothing when each of them is held back for a part of its time', async () => {
    const before = await contents();
    const body = { name: unique('late'), price: 1, store_id: store.id };
    const headers = { 'idempotency-key': unique('key') };
    proxy.freezeAt = 'INSERT INTO items';
    const answer = as(owner).call('POST', '/items', { body, headers });
    while (!proxy.frozen) await sleep(1);
    await sleep(TIMEOUT / 2);
    proxy.thaw();
    proxy.freezeAt = 'INSERT INTO idempotency_keys';
    expectProblem(await answer, 503, 'unavailable');
    proxy.thaw();
    await untilServerIsIdle();
    expect(warningsOf(await answer)).toEqual([expect.objectContaining({ msg: 'request', status: 503 })]);
    await untilServerIsIdle();
    expect(await contents()).toBe(before);
    // The key is free.
    expect((await as(owner).call('POST', '/items', { body, headers })).status).toBe(201);
  });
});
