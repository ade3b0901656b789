import { setTimeout as sleep } from 'node:timers/promises';
import { type DatabaseConnection } from '../src/database/connection';
import { createTestDatabase, type TestDatabase, testServer, urlOf, withClient } from './support/database';
import { expectProblem } from './support/expect-problem';
import {
  createItem,
  createStore,
  createTag,
  registerUser,
  type TestStore,
  unique,
} from './support/factories';
import { FunctionProcess } from './support/function-process';
import { eventDocument, GATEWAYS, GatewayClient } from './support/gateways';
import { Proxy } from './support/proxy';
import { signingKey } from './support/signing-key';

/** Longer than the pause after which the function trusts no connection. */
const LONG_PAUSE = 11_000;
/** Shorter than it. */
const SHORT_PAUSE = 1000;

let database: TestDatabase;
/** what a test has started, the last one first */
const started: { end: () => Promise<unknown> }[] = [];

afterEach(async () => {
  for (const each of started.splice(0)) await each.end();
});

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(async () => {
  await database.drop();
});

const settingsFor = (connection: DatabaseConnection, settings: Record<string, string> = {}) => ({
  NODE_ENV: 'production',
  DATABASE_URL: urlOf(connection),
  JWT_PRIVATE_KEY: signingKey(),
  AUTH_THROTTLE: 'off',
  ...settings,
});

function startFunction(settings: Record<string, string>): FunctionProcess {
  const process = new FunctionProcess(settings);
  started.unshift(process);
  return process;
}

async function startProxy(): Promise<Proxy> {
  const proxy = new Proxy(database.connection);
  await proxy.listen();
  started.unshift({ end: () => proxy.close() });
  return proxy;
}

const clientOf = (process: FunctionProcess) => new GatewayClient(GATEWAYS['an HTTP API'], process.invoke);

const backends = async () =>
  withClient(testServer(), async (client) => {
    const { rows } = await client.query<{ pid: number }>(
      `SELECT pid FROM pg_stat_activity WHERE datname = $1 AND pid <> pg_backend_pid()`,
      [new URL(urlOf(database.connection)).pathname.slice(1)],
    );
    return rows.map(({ pid }) => pid);
  });

const terminate = async (pids: readonly number[]) =>
  withClient(testServer(), async (client) => {
    await client.query('SELECT pg_terminate_backend(pid) FROM unnest($1::int[]) AS pid', [pids]);
  });

/** What a client can do first after the thaw. */
const FIRST_CALLS: Record<
  string,
  (store: TestStore, itemId: number) => Promise<{ status: number; text: string }>
> = {
  'a read': (store, id) => store.owner.api.get(`/items/${id}`),
  'a list': (store) => store.owner.api.get(`/items?store_id=${store.id}`),
  'a search': (store) => store.owner.api.get(`/items?store_id=${store.id}&q=item`),
  'a read with a token': (store) => store.owner.api.get('/me'),
  'a write': (store, id) => store.owner.api.patch(`/items/${id}`, { price: 1 }),
  'a write with a key': (store) =>
    store.owner.api.post(
      '/items',
      { name: unique('item'), price: 1, store_id: store.id },
      { headers: { 'idempotency-key': unique('key') } },
    ),
  'a write of several statements': async (store, id) =>
    store.owner.api.post(`/items/${id}/tags`, { tags: [(await createTag(store)).id] }),
  'a login': (store) =>
    store.owner.api.post('/login', { email: store.owner.email, password: 'correct horse battery' }),
};

describe.each([
  ['the default pool', {}],
  ['a small pool', { DATABASE_POOL_MAX: '2' }],
])('a frozen container with %s', (_what, settings) => {
  let process: FunctionProcess;
  let store: TestStore;
  let itemId: number;
  beforeAll(async () => {
    process = new FunctionProcess(settingsFor(database.connection, settings));
    store = await createStore(await registerUser(clientOf(process)));
    itemId = (await createItem(store)).id;
  });
  afterAll(async () => {
    await process.end();
  });

  it.each(Object.entries(FIRST_CALLS))(
    'serves %s first, after its connections were closed',
    async (_name, call) => {
      // All of its connections are in use before.
      for (const each of Object.values(FIRST_CALLS)) await each(store, itemId);
      process.freeze();
      const pids = await backends();
      expect(pids.length).toBeGreaterThan(0);
      // The event arrives first, and the process sees both at the same time.
      const first = call(store, itemId);
      await terminate(pids);
      await sleep(SHORT_PAUSE);
      process.thaw();
      const answers = [await first];
      for (const each of Object.values(FIRST_CALLS)) answers.push(await each(store, itemId));
      expect(answers.filter(({ status }) => status >= 300)).toEqual([]);
    },
  );

  it('keeps its connections after a short pause', async () => {
    await FIRST_CALLS['a read']?.(store, itemId);
    const pids = await backends();
    process.freeze();
    await sleep(SHORT_PAUSE);
    process.thaw();
    expect((await store.owner.api.get(`/items/${itemId}`)).status).toBe(200);
    expect(await backends()).toEqual(expect.arrayContaining(pids));
  });
});

it.each(Object.entries(FIRST_CALLS).filter(([name]) => ['a read', 'a list', 'a write'].includes(name)))(
  'serves %s first after a long pause in which the network has forgotten its connections',
  async (_name, call) => {
    const proxy = await startProxy();
    const process = startFunction(settingsFor(proxy.connection));
    const store = await createStore(await registerUser(clientOf(process)));
    const { id } = await createItem(store);
    for (const each of Object.values(FIRST_CALLS)) await each(store, id);
    process.freeze();
    // What is sent on these connections is lost, and nobody says so. New connections work.
    proxy.forget();
    await sleep(LONG_PAUSE);
    process.thaw();
    const answers = [await call(store, id)];
    for (const each of Object.values(FIRST_CALLS)) answers.push(await each(store, id));
    expect(answers.filter(({ status }) => status >= 300)).toEqual([]);
  },
);

it('writes the log line of a request before it answers', async () => {
  const process = startFunction(settingsFor(database.connection));
  const id = unique('request');
  await clientOf(process).get('/health/ready', { headers: { 'x-request-id': id } });
  process.freeze();
  await sleep(200);
  expect(process.output).toContain(`"request_id":"${id}"`);
  process.thaw();
  expect(await process.end()).toBe(0);
});

it('answers 503 while the database is away, and serves when it is there', async () => {
  const proxy = await startProxy();
  const { connection } = proxy;
  await proxy.close();
  const process = startFunction(settingsFor(connection));
  const api = clientOf(process);
  const answer = await api.get('/items');
  expectProblem(answer, 503, 'unavailable');
  expect(answer.headers.get('access-control-allow-origin')).toBe('*');
  expect(process.output).toContain('The database of DATABASE_URL cannot be used');
  await proxy.listen();
  expect((await api.get('/items')).status).toBe(200);
});

it('takes events of a schedule, and refuses those that it does not know', async () => {
  const process = startFunction(settingsFor(database.connection));
  await expect(process.invoke(eventDocument('schedule'))).rejects.toThrow('no answer');
  await expect(process.invoke({ Records: [] })).rejects.toThrow('The event comes neither from');
});

it('names wrong settings in one message, and ends', async () => {
  const process = startFunction({ NODE_ENV: 'production', JWT_PRIVATE_KEY: signingKey() });
  expect(await process.ended()).toBe(1);
  expect(process.output).toBe(
    'emporium: The settings are wrong:\n' +
      '  - DATABASE_URL must be given, because a function cannot run the embedded PostgreSQL\n',
  );
});
