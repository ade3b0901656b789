import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import pg from 'pg';
import { driverOptions } from '../src/database/connection';
import { DOCS_FILES } from '../src/openapi/docs-files';
import { type HttpEvent } from '../src/function/events';
import {
  createTestDatabase,
  type TestDatabase,
  testServer,
  urlOf,
  withClient,
  withDatabase,
} from './support/database';
import { expectProblem } from './support/expect-problem';
import {
  createItem,
  createStore,
  createTag,
  linkTags,
  registerUser,
  type TestStore,
  unique,
} from './support/factories';
import { FunctionProcess } from './support/function-process';
import { eventDocument, GATEWAYS, GatewayClient, received } from './support/gateways';
import { Collector } from './support/otlp';
import { signingKey } from './support/signing-key';

const ROOT = path.join(__dirname, '..');
const PUBLIC_URL = 'https://shop.example/api';

/** Collects the traces of the function. */
const collector = new Collector();

let database: TestDatabase;
let url: string;
let pool: pg.Pool;
let endpoint: string;
let tested: FunctionProcess;
let store: TestStore;

const invoke = (event: object) => tested.invoke(event);

function startFunction(settings: Record<string, string> = {}): FunctionProcess {
  return new FunctionProcess({
    NODE_ENV: 'production',
    DATABASE_URL: url,
    JWT_PRIVATE_KEY: signingKey(),
    AUTH_THROTTLE: 'off',
    REQUEST_TIMEOUT: '30000',
    PUBLIC_URL,
    ...settings,
  });
}

/** Starts one for this test only. */
async function withFunction(
  settings: Record<string, string>,
  use: (started: FunctionProcess) => Promise<void>,
): Promise<void> {
  const started = startFunction(settings);
  try {
    await use(started);
  } finally {
    await started.end();
  }
}

beforeAll(async () => {
  database = await createTestDatabase();
  url = urlOf(database.connection);
  pool = new pg.Pool({ ...driverOptions(database.connection), max: 1 });
  endpoint = await collector.listen();
  tested = startFunction({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint });
  store = await createStore(await registerUser(new GatewayClient(GATEWAYS['an HTTP API'], invoke)));
});
afterAll(async () => {
  await tested.end();
  await collector.close();
  await pool.end();
  await database.drop();
});

describe.each(Object.entries(GATEWAYS))('behind %s', (name, gateway) => {
  const isPlain = name === 'a load balancer';
  const api = new GatewayClient(gateway, invoke);
  const asOwner = () => ({ ...store, owner: { ...store.owner, api: api.as(store.owner.accessToken) } });

  it('logs in, creates and reads', async () => {
    const mine = await createStore(await registerUser(api));
    const item = await createItem(mine, { name: 'Käse 🧀 & Wein', price: 15.99 });
    const answer = await api.get(`/items/${item.id}`);
    expect(answer).toMatchObject({ status: 200, body: { name: 'Käse 🧀 & Wein', price: 15.99 } });
    expect(answer.headers.get('etag')).toMatch(/^"/);
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
  });

  it('creates with the location under PUBLIC_URL', async () => {
    const body = { name: unique('item'), price: 1, store_id: store.id };
    const answer = await asOwner().owner.api.post('/items', body);
    expect(answer.status).toBe(201);
    expect(answer.headers.get('location')).toBe(`/api/items/${answer.body.id as number}`);
  });

  it('takes a body in base64', async () => {
    const event = asOwner().owner.api.event('POST', '/items', {
      body: { name: 'Bücher', price: 1, store_id: store.id },
    });
    const body = Buffer.from(event.body ?? '').toString('base64');
    const answer = await invoke({ ...event, body, isBase64Encoded: true });
    expect(answer.statusCode).toBe(201);
    expect(JSON.parse(answer.body)).toMatchObject({ name: 'Bücher' });
  });

  it('refuses a body that is not UTF-8', async () => {
    const raw = Buffer.from('{"name":"\xff","price":1}', 'latin1');
    const options = { raw, headers: { 'content-type': 'application/json' } };
    const event = asOwner().owner.api.event('POST', '/items', options);
    const answer = await invoke({ ...event, body: raw.toString('base64'), isBase64Encoded: true });
    expect(answer.statusCode).toBe(400);
  });

  it('refuses a body of 5 MB', async () => {
    const raw = new Uint8Array(5_000_000).fill(0x20);
    expectProblem(await asOwner().owner.api.post('/items', undefined, { raw }), 413, 'too_large');
  });

  it('passes every value of a repeated parameter on, unless the gateway has dropped it', async () => {
    const mine = asOwner();
    const both = await createItem(mine);
    const one = await createItem(mine);
    const [a, b] = [await createTag(mine), await createTag(mine)];
    await linkTags(mine, both.id, a.id, b.id);
    await linkTags(mine, one.id, b.id);
    const { body } = await api.get(`/items?tag_id=${a.id}&tag_id=${b.id}`);
    const ids = (body as { id: number }[]).map(({ id }) => id);
    expect(ids).toEqual(isPlain ? [both.id, one.id] : [both.id]);
  });

  it('decodes the query once', async () => {
    const mine = asOwner();
    const tag = await createTag(mine, unique('100% new & used, größer+'));
    const item = await createItem(mine);
    await linkTags(mine, item.id, tag.id);
    const { body } = await api.get(`/items?tag=${encodeURIComponent(tag.name)}&count=true`);
    expect((body as { id: number }[]).map(({ id }) => id)).toEqual([item.id]);
  });

  it('pages by Link', async () => {
    const mine = asOwner();
    const [first, second] = [await createItem(mine), await createItem(mine)];
    const page = await api.get(`/stores/${store.id}/items?limit=1&sort=-id&count=true`);
    expect(page.body).toMatchObject([{ id: second.id }]);
    expect(Number(page.headers.get('x-total-count'))).toBeGreaterThan(1);
    const [, next = ''] = /<\/api(\/stores[^>]*)>; rel="next"/.exec(page.headers.get('link') ?? '') ?? [];
    expect((await api.get(next)).body).toMatchObject([{ id: first.id }]);
  });

  it('answers 304, HEAD and 204 without a body', async () => {
    const mine = asOwner();
    const { id } = await createItem(mine);
    const read = await api.get(`/items/${id}`);
    const etag = read.headers.get('etag') ?? '';
    const known = await api.get(`/items/${id}`, { headers: { 'if-none-match': `"other", ${etag}` } });
    expect(known).toMatchObject({ status: 304, text: '' });
    expect(known.headers.get('etag')).toBe(etag);
    const head = await api.call('HEAD', `/items/${id}`);
    expect(head).toMatchObject({ status: 200, text: '' });
    expect(head.headers.get('etag')).toBe(etag);
    const stale = await mine.owner.api.delete(`/items/${id}`, { headers: { 'if-match': '"other"' } });
    expectProblem(stale, 412, 'precondition_failed');
    const deleted = await mine.owner.api.delete(`/items/${id}`, { headers: { 'if-match': etag } });
    expect(deleted).toMatchObject({ status: 204, text: '' });
  });

  it.each(['/items/%2e%2e', '/caf%C3%A9', '/items/1%3Fx', '/items/a%20b/%ff', '/%25', '//'])(
    'answers the path %s with a problem of the client',
    async (target) => {
      const { status } = await api.get(target).catch((error: unknown) => {
        // This gateway answers it itself.
        if (error instanceof URIError) return { status: 400 };
        throw error;
      });
      expect([400, 404]).toContain(status);
    },
  );

  it('answers problems', async () => {
    expectProblem(await api.get('/items/0'), 400, 'invalid_input', ['?id']);
    expectProblem(await api.get('/nowhere'), 404, 'not_found');
    expectProblem(await api.post('/items', { name: '' }), 401, 'unauthenticated');
    const other = await api.call('PATCH', '/items');
    expectProblem(other, 405, 'method_not_allowed');
    expect(other.headers.get('allow')).toBe('GET, HEAD, OPTIONS, POST');
    expectProblem(
      await api.get('/items', { headers: { 'x-long': 'x'.repeat(20_000) } }),
      431,
      'headers_too_large',
    );
  });

  it('answers a preflight', async () => {
    const headers = { origin: 'https://web.example', 'access-control-request-method': 'PATCH' };
    const answer = await api.call('OPTIONS', '/items/1', { headers });
    expect(answer).toMatchObject({ status: 204, text: '' });
    expect(answer.headers.get('access-control-allow-methods')).toContain('PATCH');
  });

  it('serves the documents, with the public address as the server', async () => {
    const { body } = await api.get('/openapi.json');
    expect((body as { servers: object[] }).servers).toEqual([{ url: PUBLIC_URL }]);
    expect((await api.get('/docs/')).text).toMatch(/^<!doctype html>/i);
    expect((await api.get('/docs/swagger-ui.css')).headers.get('content-type')).toMatch(/^text\/css/);
  });

  it('serves the panel, with compressed files as binary bodies', async () => {
    const page = await api.get('/admin/');
    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect((await api.get('/admin')).headers.get('location')).toBe('/api/admin/');
    const [, script = ''] = /<script[^>]* src="\.\/([^"]+)"/.exec(page.text) ?? [];
    const event = api.event('GET', `/admin/${script}`, { headers: { 'accept-encoding': 'gzip, br' } });
    const answer = await invoke(event);
    expect(answer).toMatchObject({ statusCode: 200, isBase64Encoded: true });
    const { headers, bytes } = received(answer);
    expect(headers.get('content-encoding')).toBe('br');
    const text = await readFile(path.join(ROOT, 'dist', 'admin', script), 'utf8');
    expect(brotliDecompressSync(bytes).toString() === text).toBe(true);
    // What a load balancer takes.
    expect(JSON.stringify(answer).length).toBeLessThan(1_000_000);
  });

  it('takes the address of the client from the gateway, whatever the client says', async () => {
    const client = api.from('198.51.100.23');
    const { accessToken } = await registerUser(client);
    const forged = {
      'x-forwarded-for': '192.0.2.1, 192.0.2.2',
      'x-real-ip': '192.0.2.1',
      forwarded: 'for=192.0.2.1',
    };
    const { body } = await client.as(accessToken).get('/sessions', { headers: forged });
    expect(body).toMatchObject([{ ip: '198.51.100.23', current: true }]);
    const id = unique('request');
    await client.get('/items', { headers: { ...forged, 'x-request-id': id } });
    const line = await tested.line(`"request_id":"${id}"`);
    expect(line).toMatchObject({ peer: '198.51.100.23', status: 200, msg: 'request' });
    expect(line).not.toHaveProperty('aborted');
  });

  it('has each header of the application, and none of its connection', async () => {
    const answer = await api.get('/items', { headers: { origin: 'https://web.example' } });
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'access-control-allow-origin': '*',
      'cache-control': 'public, max-age=0, must-revalidate',
      'x-content-type-options': 'nosniff',
      etag: expect.stringMatching(/^W\//) as string,
    });
    for (const header of ['connection', 'keep-alive', 'transfer-encoding'])
      expect(answer.headers.has(header)).toBe(false);
  });
});

it.each([
  ['rest-api', undefined, true],
  ['http-api', undefined, false],
  ['load-balancer', '200 OK', false],
  ['load-balancer-lists', '200 OK', true],
])('answers the document %s in its form', async (name, statusDescription, takesLists) => {
  await pool.query(`INSERT INTO tags (name, store_id) VALUES ('new & used', $1) ON CONFLICT DO NOTHING`, [
    store.id,
  ]);
  const event = eventDocument(name);
  const answer = await invoke(
    JSON.parse(JSON.stringify(event).replaceAll('/stores/1/', `/stores/${store.id}/`)) as HttpEvent,
  );
  expect(answer).toMatchObject({ statusCode: 200, isBase64Encoded: false });
  expect(answer.statusDescription).toBe(statusDescription);
  expect(JSON.parse(answer.body)).toEqual([]);
  const vary = takesLists ? answer.multiValueHeaders?.['content-type'] : answer.headers?.['content-type'];
  expect(vary).toEqual(takesLists ? ['application/json; charset=utf-8'] : 'application/json; charset=utf-8');
  expect(answer).not.toHaveProperty(takesLists ? 'headers' : 'multiValueHeaders');
});

describe('with one trusted proxy in front of the gateway', () => {
  it('takes the address that this proxy has added', () =>
    withFunction({ TRUST_PROXY: '1' }, async (behind) => {
      for (const gateway of Object.values(GATEWAYS)) {
        const api = new GatewayClient(gateway, behind.invoke).from('198.51.100.99');
        const id = unique('request');
        const headers = { 'x-request-id': id, 'x-forwarded-for': '192.0.2.66, 203.0.113.8' };
        await api.get('/health/live', { headers });
        expect(await behind.line(id)).toMatchObject({ peer: '203.0.113.8' });
      }
    }));
});

describe('a start', () => {
  it('says in one sentence each what only a server can do without', async () => {
    const process = new FunctionProcess({ NODE_ENV: 'development' });
    expect(await process.ended()).toBe(1);
    expect(process.output).toBe(
      'emporium: The settings are wrong:\n' +
        '  - DATABASE_URL must be given, because a function cannot run the embedded PostgreSQL\n' +
        '  - JWT_PRIVATE_KEY or JWT_PRIVATE_KEY_FILE must be given, because each container of a function would generate ' +
        'a key of its own\n',
    );
  });

  it('fails on a database that lacks migrations, and does not run them', async () => {
    const name = unique('emporium_test').replaceAll('-', '_');
    await withClient(testServer(), (client) =>
      client.query(`CREATE DATABASE ${name} TEMPLATE template0 ENCODING 'UTF8'`),
    );
    const empty = withDatabase(testServer(), name);
    try {
      await withFunction({ DATABASE_URL: urlOf(empty) }, async ({ invoke, line }) => {
        const answer = await new GatewayClient(GATEWAYS['an HTTP API'], invoke).get('/items');
        expectProblem(answer, 503, 'unavailable');
        expect(await line('the event cannot be answered')).toMatchObject({
          reason: expect.stringContaining('lacks migrations') as string,
        });
      });
      const { rows } = await withClient(empty, (client) =>
        client.query(`SELECT to_regclass('migrations') AS found`),
      );
      expect(rows).toEqual([{ found: null }]);
    } finally {
      await withClient(testServer(), (client) => client.query(`DROP DATABASE ${name} WITH (FORCE)`));
    }
  });
});

it('removes expired rows when a schedule says so', async () => {
  await pool.query(
    `INSERT INTO throttles (key, count, resets_at) VALUES ('old', 1, now() - interval '2 days')`,
  );
  await expect(invoke(eventDocument('schedule'))).rejects.toThrow('no answer');
  expect((await pool.query(`SELECT FROM throttles WHERE key = 'old'`)).rowCount).toBe(0);
});

describe('the bundle', () => {
  const api = new GatewayClient(GATEWAYS['an HTTP API'], invoke);

  it('has the document of the program', () =>
    withFunction({ NODE_ENV: 'development' }, async (started) => {
      const client = new GatewayClient(GATEWAYS['an HTTP API'], started.invoke);
      const committed = JSON.parse(
        await readFile(path.join(ROOT, 'client', 'openapi.json'), 'utf8'),
      ) as object;
      const { body } = await client.get('/openapi.json');
      expect(body).toEqual({ ...committed, servers: [{ url: PUBLIC_URL }] });
      expect((await client.get('/openapi.yaml')).text).toContain('operationId: items.list');
    }));

  it.each(DOCS_FILES)('serves the file %s of the docs page', async (file) => {
    const known = [path.join(ROOT, 'node_modules', 'swagger-ui-dist'), path.join(ROOT, 'src/openapi/assets')];
    const folder = known.find((each) => existsSync(path.join(each, file))) ?? '';
    const { status, text } = await api.get(`/docs/${file}`);
    expect(status).toBe(200);
    expect(text).toBe(await readFile(path.join(folder, file), 'utf8'));
  });

  it('logs in, refreshes and logs out', async () => {
    const { email, accessToken } = await registerUser(api);
    const tokens = await api.post('/login', { email, password: 'correct horse battery' });
    expect(tokens.status).toBe(200);
    const wrong = await api.post('/login', { email, password: 'wrong horse battery' });
    expectProblem(wrong, 401, 'bad_credentials');
    const refreshed = await api.as(tokens.body.refresh_token as string).post('/refresh');
    expect(refreshed.status).toBe(200);
    expect((await api.as(accessToken).post('/logout')).status).toBe(204);
    expectProblem(await api.as(accessToken).get('/me'), 401, 'unauthenticated');
  });

  it('knows common passwords', async () => {
    const answer = await api.post('/register', { email: 'a@example.com', password: 'password123' });
    expectProblem(answer, 400, 'invalid_input', ['/password']);
  });

  it('sends traces before it answers', async () => {
    const id = unique('request');
    await api.get('/stores/4711', { headers: { 'x-request-id': id } });
    const spans = collector.spans.filter((span) => span.attributes['emporium.request_id'] === id);
    expect(spans).toMatchObject([{ name: 'GET /stores/:id', resource: { 'service.name': 'emporium' } }]);
  });
});
