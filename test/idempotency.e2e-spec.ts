import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { FORBIDDEN, Problem } from '../src/common/problems/problem';
import { driverOptions } from '../src/database/connection';
import { Database } from '../src/database/database';
import { type Executor } from '../src/database/executor';
import { IdempotencyService } from '../src/idempotency/idempotency.service';
import { KeysCleanup } from '../src/idempotency/keys-cleanup';
import { startApp, type TestApp } from './support/app';
import { startCatalogue } from './support/catalogue';
import { type Answer, type Client } from './support/client';
import { withClient } from './support/database';
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
import { untilSomebodyWaits } from './support/lock-wait';

let app: TestApp;
let owner: TestUser;
let stranger: TestUser;
let store: TestStore;

beforeAll(async () => {
  ({ app, owner, stranger, store } = await startCatalogue());
});
afterAll(() => app.close());

const post = (path: string, body: unknown, key: string, api: Client = owner.api) =>
  api.post(path, body, { headers: { 'idempotency-key': key } });

const replayedOf = ({ headers }: Answer) => headers.get('idempotency-replayed');

/** What a retry must repeat. */
const partsOf = ({ status, headers, text }: Answer) => ({
  status,
  text,
  ...Object.fromEntries(
    ['location', 'etag', 'content-type', 'cache-control'].map((name) => [name, headers.get(name)]),
  ),
});

const newItem = (members: object = {}) => ({
  name: unique('item'),
  price: 1.5,
  store_id: store.id,
  ...members,
});

async function count(sql: string, ...values: unknown[]): Promise<number> {
  const [row] = await app.sql<{ count: number }>(`SELECT count(*)::int AS count FROM ${sql}`, values);
  return row?.count ?? 0;
}

const countItems = (name: string) => count('items WHERE name = $1', name);
const countKeys = (key: string) => count('idempotency_keys WHERE key = $1', key);

describe.each<
  [string, number, () => Promise<[path: string, body: object]>, (body: never) => Promise<number>]
>([
  [
    'POST /stores',
    201,
    () => Promise.resolve(['/stores', { name: unique('store') }]),
    ({ name }: { name: string }) => count('stores WHERE name = $1', name),
  ],
  [
    'POST /items',
    201,
    () => Promise.resolve(['/items', newItem()]),
    ({ name }: { name: string }) => countItems(name),
  ],
  [
    'POST /stores/:id/tags',
    201,
    () => Promise.resolve([`/stores/${store.id}/tags`, { name: unique('tag') }]),
    ({ name }: { name: string }) => count('tags WHERE name = $1', name),
  ],
  [
    'POST /items/:id/tags',
    200,
    async () => {
      const [item, tag] = [await createItem(store), await createTag(store)];
      return [`/items/${item.id}/tags`, { tags: [tag.id] }];
    },
    ({ tags }: { tags: number[] }) => count('item_tags WHERE tag_id = ANY ($1)', tags),
  ],
])('Idempotency-Key on %s', (_route, status, toRequest, countRows) => {
  it('has one effect, and the same response for every retry', async () => {
    const [[path, body], key] = [await toRequest(), randomUUID()];
    const first = await post(path, body, key);
    expect(first.status).toBe(status);
    expect(replayedOf(first)).toBeNull();
    expect(first.headers.get('location') === null).toBe(status === 200);
    for (let retry = 0; retry < 2; retry++) {
      const again = await post(path, body, key);
      expect(partsOf(again)).toEqual(partsOf(first));
      expect(replayedOf(again)).toBe('true');
      expect(again.headers.get('x-request-id')).not.toBe(first.headers.get('x-request-id'));
    }
    expect(await countRows(body as never)).toBe(1);
  });

  it('refuses a malformed one, together with the other faults', async () => {
    const [path, body] = await toRequest();
    for (const key of ['', ' ', 'a b', 'x'.repeat(256), 'schl\u00fcssel', 'a\tb']) {
      expectProblem(await post(path, body, key), 400, 'invalid_input', ['?Idempotency-Key']);
    }
    expectProblem(await post(`${path}?x=1`, body, 'a b'), 400, 'invalid_input', ['?Idempotency-Key', '?x']);
    expect(await countRows(body as never)).toBe(0);
  });

  it('refuses the key of another request', async () => {
    const [[path, body], [otherPath, otherBody], key] = [await toRequest(), await toRequest(), randomUUID()];
    await post(path, body, key);
    expectProblem(await post(otherPath, otherBody, key), 422, 'idempotency_key_reused');
    expect(await countRows(otherBody as never)).toBe(0);
    expectProblem(await post('/stores', { name: unique('x') }, key), 422, 'idempotency_key_reused');
    expect((await post(otherPath, otherBody, randomUUID())).status).toBe(status);
  });

  it('is one for each user', async () => {
    const [[path, body], key] = [await toRequest(), randomUUID()];
    expect((await post('/stores', { name: unique('theirs') }, key, stranger.api)).status).toBe(201);
    expect((await post(path, body, key)).status).toBe(status);
  });

  it('of a caller who may not do it is not kept', async () => {
    const [[path, body], key] = [await toRequest(), randomUUID()];
    expectProblem(await post(path, body, key, app.api), 401, 'unauthenticated');
    if (path !== '/stores') expectProblem(await post(path, body, key, stranger.api), 403, 'forbidden');
    expect(await countKeys(key)).toBe(0);
    expect((await post(path, body, key)).status).toBe(status);
  });
});

it('the same request has the same members, in any order and with any space', async () => {
  const [key, name] = [randomUUID(), unique('item')];
  const send = (raw: string) =>
    owner.api.call('POST', '/items', { raw, headers: { 'idempotency-key': key } });
  const first = await send(`{"name":"${name}","price":1.50,"store_id":${store.id}}`);
  const again = await send(`{ "store_id": ${store.id}, "price": 1.5, "name": "${name}" }`);
  expect(partsOf(again)).toEqual(partsOf(first));
  const other = await send(`{"name":"${name}","price":1.5,"store_id":${store.id},"sku":null}`);
  expectProblem(other, 422, 'idempotency_key_reused');
});

it.each(['!', '~', 'x'.repeat(255), "'; DROP TABLE items; --", '{"a":"b"}', '%00'].map((key) => [key]))(
  'the key %j is accepted',
  async (text) => {
    const key = text.replaceAll(' ', '');
    const body = newItem();
    expect((await post('/items', body, key)).status).toBe(201);
    expect(replayedOf(await post('/items', body, key))).toBe('true');
    expect(await countItems(body.name)).toBe(1);
  },
);

it('the response stays when the resource has changed or gone', async () => {
  const [key, body] = [randomUUID(), newItem()];
  const first = await post('/items', body, key);
  const path = first.headers.get('location') ?? '';
  await owner.api.patch(path, { price: 2 });
  expect(partsOf(await post('/items', body, key))).toEqual(partsOf(first));
  await owner.api.delete(path);
  expect(partsOf(await post('/items', body, key))).toEqual(partsOf(first));
  expect(await countItems(body.name)).toBe(0);
});

describe('a refusal', () => {
  it('for the state of the data is the response to every retry: 409', async () => {
    const [key, sku] = [randomUUID(), unique('sku')];
    const { id } = await createItem(store, { sku });
    const body = newItem({ sku });
    const first = await post('/items', body, key);
    expectProblem(first, 409, 'sku_taken');
    await owner.api.delete(`/items/${id}`);
    const again = await post('/items', body, key);
    expect(partsOf(again)).toEqual(partsOf(first));
    expect(replayedOf(again)).toBe('true');
    expect(await countItems(body.name)).toBe(0);
    expect((await post('/items', body, randomUUID())).status).toBe(201);
  });

  it('for the state of the data is the response to every retry: 404', async () => {
    const [key, body] = [randomUUID(), newItem({ store_id: 999_999 })];
    const first = await post('/items', body, key);
    expectProblem(first, 404, 'store_not_found');
    expect(partsOf(await post('/items', body, key))).toEqual(partsOf(first));
    const tags = await post(`/items/999999/tags`, { tags: [1] }, randomUUID());
    expectProblem(tags, 404, 'item_not_found');
  });

  it('for the input is not kept', async () => {
    const [key, body] = [randomUUID(), newItem()];
    const foreign = await createTag(await createStore(owner));
    const { id } = await createItem(store);
    const bad = [
      await post('/items', { ...body, price: 1.005 }, key),
      await post('/items', { ...body, x: 1 }, key),
      await owner.api.call('POST', '/items', { raw: '{', headers: { 'idempotency-key': key } }),
    ];
    expect(bad.map(({ status }) => status)).toEqual([400, 400, 400]);
    const answer = await post(`/items/${id}/tags`, { tags: [foreign.id] }, key);
    expect([answer.status, answer.body.code]).toEqual([400, 'tag_of_another_store']);
    expect(await countKeys(key)).toBe(0);
    expect((await post('/items', body, key)).status).toBe(201);
  });

  it('for a precondition is not kept', async () => {
    const [{ id }, tag, key] = [await createItem(store), await createTag(store), randomUUID()];
    const link = (ifMatch: string) =>
      owner.api.post(
        `/items/${id}/tags`,
        { tags: [tag.id] },
        { headers: { 'idempotency-key': key, 'if-match': ifMatch } },
      );
    expectProblem(await link('"x"'), 412, 'precondition_failed');
    const etag = (await app.api.get(`/items/${id}`)).headers.get('etag') ?? '';
    const first = await link(etag);
    expect(first.status).toBe(200);
    // The key is looked at before the precondition, which the first request has made outdated.
    expect(partsOf(await link(etag))).toEqual(partsOf(first));
  });
});

/** A request that waits in the middle of its transaction, until `release` is called. */
async function startWaiting(body: object, key: string) {
  const other = new pg.Client(driverOptions(app.connection));
  await other.connect();
  await other.query('BEGIN');
  await other.query('SELECT FROM stores WHERE id = $1 FOR UPDATE', [store.id]);
  const answer = post('/items', body, key);
  const pid = await untilSomebodyWaits(app);
  const release = async () => {
    await other.query('COMMIT');
    await other.end();
  };
  return { answer, pid, release };
}

describe('while the first request runs', () => {
  it('a second one is refused at once, and repeats the response afterwards', async () => {
    const [body, key] = [newItem(), randomUUID()];
    const { answer, release } = await startWaiting(body, key);
    const second = await post('/items', body, key);
    expectProblem(second, 409, 'in_progress');
    expect(second.headers.get('retry-after')).toBe('1');
    await release();
    const first = await answer;
    expect(first.status).toBe(201);
    expect(partsOf(await post('/items', body, key))).toEqual(partsOf(first));
    expect(await countItems(body.name)).toBe(1);
  });

  it('its death frees the key, and leaves nothing', async () => {
    const [body, key] = [newItem(), randomUUID()];
    const { answer, pid, release } = await startWaiting(body, key);
    await app.sql('SELECT pg_terminate_backend($1)', [pid]);
    expectProblem(await answer, 503, 'unavailable');
    await release();
    expect([await countItems(body.name), await countKeys(key)]).toEqual([0, 0]);
    expect((await post('/items', body, key)).status).toBe(201);
    expect(await countItems(body.name)).toBe(1);
  });
});

it('of a caller whose account is deleted meanwhile is not kept', async () => {
  const admin = await createAdmin(app);
  const name = unique('tag');
  await withClient(app.connection, async (other) => {
    await other.query('BEGIN');
    await other.query('INSERT INTO tags (name, store_id) VALUES ($1, $2)', [name, store.id]);
    const answer = post(`/stores/${store.id}/tags`, { name }, randomUUID(), admin.api);
    await untilSomebodyWaits(app);
    await app.sql('DELETE FROM users WHERE id = $1', [admin.id]);
    // Now the name is taken, and the refusal belongs to nobody.
    await other.query('COMMIT');
    expectProblem(await answer, 401, 'unauthenticated');
  });
});

it('of many requests with one key on two instances one has an effect', async () => {
  const twin = await startApp({}, app.connection);
  const apis = [owner.api, twin.api.as(owner.accessToken)];
  for (let round = 0; round < 5; round++) {
    const [body, key] = [newItem(), randomUUID()];
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_none, index) => post('/items', body, key, apis[index % 2])),
    );
    const done = answers.filter(({ status }) => status === 201);
    expect(done.filter((answer) => replayedOf(answer) === null)).toHaveLength(1);
    expect(new Set(done.map(({ text }) => text)).size).toBe(1);
    for (const answer of answers) if (answer.status !== 201) expectProblem(answer, 409, 'in_progress');
    expect(await countItems(body.name)).toBe(1);
    expect(partsOf(await post('/items', body, key))).toEqual(partsOf(done[0] as Answer));
  }
  await twin.close();
});

it('a key is free again after 24 hours, and its row is removed', async () => {
  const [body, key, fresh] = [newItem(), randomUUID(), randomUUID()];
  const age = (hours: number) =>
    app.sql(`UPDATE idempotency_keys SET created_at = now() - $2 * interval '1 hour' WHERE key = $1`, [
      key,
      hours,
    ]);
  await post('/items', body, key);
  await age(23.9);
  expect(replayedOf(await post('/items', body, key))).toBe('true');
  await age(24.1);
  const again = await post('/items', body, key);
  expect([again.status, replayedOf(again)]).toEqual([201, null]);
  expect(partsOf(await post('/items', body, key))).toEqual(partsOf(again));
  expect(await countItems(body.name)).toBe(2);

  await post('/items', newItem(), fresh);
  await age(24.1);
  await app.app.get(KeysCleanup, { strict: false }).run();
  expect([await countKeys(key), await countKeys(fresh)]).toEqual([0, 1]);
});

it('an account with keys can be deleted', async () => {
  const [user, key] = [await createUser(app), randomUUID()];
  const created = await post('/stores', { name: unique('store') }, key, user.api);
  await user.api.delete(created.headers.get('location') ?? '');
  await app.sql('DELETE FROM users WHERE id = $1', [user.id]);
  expect(await countKeys(key)).toBe(0);
});

it('is ignored where a retry does no harm, and without it nothing is kept', async () => {
  const before = await count('idempotency_keys');
  const headers = { 'idempotency-key': 'a b' };
  const { id } = await createItem(store);
  expect((await app.api.get(`/items/${id}`, { headers })).status).toBe(200);
  expect((await owner.api.patch(`/items/${id}`, { price: 2 }, { headers })).status).toBe(200);
  expect((await owner.api.delete(`/items/${id}`, { headers })).status).toBe(204);
  expect(await count('idempotency_keys')).toBe(before);
});

it('work that begins with a failure or with TypeORM gets the response to the key, if there is one', async () => {
  const keyed = { userId: owner.id, key: randomUUID(), fingerprint: 'x' };
  const response = { status: 201, location: null, etag: null, body: '"made"' };
  const run = (work: (executor: Executor) => Promise<string>) =>
    app.app.get(IdempotencyService).run(app.app.get(Database), keyed, {
      run: work,
      toResponse: () => response,
      toProblemResponse: () => response,
    });
  const fail = () => Promise.reject(new Problem(FORBIDDEN));
  await expect(run(fail)).rejects.toMatchObject({ type: FORBIDDEN });
  expect(await run(() => Promise.resolve('made'))).toBe('made');
  const replay = { status: 201, body: '"made"' };
  expect(await run(fail)).toMatchObject(replay);
  expect(await run(({ manager }) => manager.query("SELECT 'again'"))).toMatchObject(replay);
  expect(await countKeys(keyed.key)).toBe(1);
});

it('works on a connection that has lost its prepared statements', async () => {
  const small = await startApp({ DATABASE_POOL_MAX: '1' }, app.connection);
  const api = small.api.as(owner.accessToken);
  for (let round = 0; round < 3; round++) {
    const [body, key] = [newItem(), randomUUID()];
    const first = await post('/items', body, key, api);
    expect(first.status).toBe(201);
    expect(partsOf(await post('/items', body, key, api))).toEqual(partsOf(first));
    await small.app.get(Database).manager.query('DEALLOCATE ALL');
  }
  await small.close();
});

it('works with one connection', async () => {
  const small = await startApp({ DATABASE_POOL_MAX: '1' }, app.connection);
  const api = small.api.as(owner.accessToken);
  const [body, key] = [newItem(), randomUUID()];
  const first = await post('/items', body, key);
  expect(first.status).toBe(201);
  // The connection has prepared nothing, and the statement after the claim is refused with it.
  expect(partsOf(await post('/items', body, key, api))).toEqual(partsOf(first));
  const next = newItem();
  expect((await post('/items', next, randomUUID(), api)).status).toBe(201);
  expect([await countItems(body.name), await countItems(next.name)]).toEqual([1, 1]);
  const unknown = await post('/items', newItem({ store_id: 999_999 }), randomUUID(), api);
  expectProblem(unknown, 404, 'store_not_found');
  await small.close();
});
