import { setTimeout as sleep } from 'node:timers/promises';
import { startApp, type TestApp } from './support/app';
import { type Answer } from './support/client';
import { expectProblem } from './support/expect-problem';
import { createItem, createStore, registerUser, type TestStore, unique } from './support/factories';
import { NGINX, NginxGateway, type TlsClient } from './support/gateway';
import { freePort } from './support/instance';

if (NGINX === undefined) {
  if (process.env.CI === 'true') throw new Error('nginx is not installed: apt-get install nginx-light');
  process.stderr.write('nginx is not installed, so its tests are skipped: apt-get install nginx-light\n');
}

/** seconds */
const CACHE_MAX_AGE = 2;
const SETTINGS = {
  CACHE_MAX_AGE: String(CACHE_MAX_AGE),
  TRUST_PROXY: '1',
  PUBLIC_URL: 'https://shop.example',
};
const MUST_ASK = 'public, max-age=0, must-revalidate';
/** So that the tests themselves are not limited. */
const UNLIMITED = {
  'rate=50r/s': 'rate=1000r/s',
  'rate=10r/s': 'rate=1000r/s',
  'burst=100': 'burst=10000',
  'burst=20': 'burst=10000',
};

const portOf = ({ url }: TestApp) => Number(new URL(url).port);

(NGINX === undefined ? describe.skip : describe)('behind the gateway', () => {
  let apps: [TestApp, TestApp];
  let gateway: NginxGateway;
  let api: TlsClient;
  let store: TestStore;

  beforeAll(async () => {
    const first = await startApp(SETTINGS);
    apps = [first, await startApp(SETTINGS, first.connection)];
    gateway = await NginxGateway.start([portOf(apps[0]), portOf(apps[1])], UNLIMITED);
    api = gateway.client;
    store = await createStore(await registerUser(api));
  });
  afterAll(async () => {
    await (gateway as NginxGateway | undefined)?.stop();
    await apps[1].close();
    await apps[0].close();
  });

  const requests = () => apps.flatMap(({ logs }) => logs).filter((line) => line.includes('"msg":"request"'));
  const served = (id: string) => requests().filter((line) => line.includes(`"request_id":"${id}"`));
  /** A read with a request id of its own. `isHit` says that no instance has seen it. */
  const read = async (
    path: string,
    headers: Record<string, string> = {},
    as = api,
  ): Promise<Answer & { isHit: boolean }> => {
    const id = unique('request');
    const answer = await as.get(path, { headers: { ...headers, 'x-request-id': id } });
    expect(answer.headers.get('x-request-id')).toBe(id);
    return { ...answer, isHit: served(id).length === 0 };
  };

  it('balances', async () => {
    const seen = await Promise.all(
      apps.map(async ({ logs }) => {
        for (let index = 0; index < 4; index++) await api.get('/health/live');
        return logs.some((line) => line.includes('/health/live'));
      }),
    );
    expect(seen).toEqual([true, true]);
  });

  it('serves what is written, with Location and Link', async () => {
    const created = await store.owner.api.post('/items', { name: 'Käse', price: 1, store_id: store.id });
    expect(created.status).toBe(201);
    const location = created.headers.get('location') ?? '';
    expect(location).toBe(`/items/${created.body.id as number}`);
    expect((await api.get(location)).body).toMatchObject({ name: 'Käse' });
    await createItem(store);
    const page = await api.get(`/stores/${store.id}/items?limit=1`);
    const [, next = ''] = /<([^>]*)>; rel="next"/.exec(page.headers.get('link') ?? '') ?? [];
    expect(next).toMatch(/^\/stores\/\d+\/items\?limit=1&cursor=/);
    expect((await api.get(next)).status).toBe(200);
  });

  it.each([
    ['an item', (id: number) => `/items/${id}`],
    ['a list', () => `/stores/${store.id}/items?count=true`],
  ])('keeps %s, answers 304 itself, and is never older than CACHE_MAX_AGE', async (_name, pathOf) => {
    const { id } = await createItem(store, { price: 1 });
    const path = pathOf(id);
    const before = await read(path);
    expect(before).toMatchObject({ status: 200, isHit: false });
    const hit = await read(path);
    expect(hit).toMatchObject({ status: 200, isHit: true, text: before.text });
    expect(hit.headers.get('cache-control')).toBe(MUST_ASK);
    for (const name of ['etag', 'link', 'x-total-count', 'access-control-allow-origin'])
      expect(hit.headers.get(name)).toBe(before.headers.get(name));
    const known = await read(path, { 'if-none-match': before.headers.get('etag') ?? '' });
    expect(known).toMatchObject({ status: 304, isHit: true, text: '' });
    expect(known.headers.get('etag')).toBe(before.headers.get('etag'));

    expect((await store.owner.api.patch(`/items/${id}`, { price: 2 })).status).toBe(200);
    await sleep(CACHE_MAX_AGE * 1000 + 1000);
    const after = await read(path);
    expect(after).toMatchObject({ status: 200, isHit: false });
    expect(after.text).toContain('"price":2');
    expect(await read(path)).toMatchObject({ isHit: true, text: after.text });
  });

  it('asks an instance by ETag when an answer has become old, and keeps it', async () => {
    const { id } = await createItem(store);
    const first = await read(`/items/${id}`);
    await sleep(CACHE_MAX_AGE * 1000 + 1000);
    const count = requests().length;
    const again = await read(`/items/${id}`);
    expect(again).toMatchObject({ status: 200, isHit: false, text: first.text });
    expect(requests().slice(count).join()).toContain('"status":304');
    expect(await read(`/items/${id}`)).toMatchObject({ isHit: true });
  });

  it('keeps nothing of a request with a token, and gives it nothing kept', async () => {
    const { id } = await createItem(store, { price: 1 });
    const { api: owner } = store.owner;
    expect(await read(`/items/${id}`, {}, owner as TlsClient)).toMatchObject({ status: 200, isHit: false });
    expect(await read(`/items/${id}`)).toMatchObject({ isHit: false });
    expect((await owner.patch(`/items/${id}`, { price: 2 })).status).toBe(200);
    expect(await read(`/items/${id}`, {}, owner as TlsClient)).toMatchObject({
      isHit: false,
      body: { price: 2 },
    });
    expect(await read('/me', {}, owner as TlsClient)).toMatchObject({
      status: 200,
      body: { id: store.owner.id },
    });
    expectProblem(await api.get('/me'), 401, 'unauthenticated');
    expect((await owner.get('/me')).headers.get('cache-control')).toBe('no-store');
  });

  it('keeps no problem', async () => {
    const [{ id }] = (await apps[0].sql<{ id: number }>(
      'SELECT coalesce(max(id), 0)::int + 1 AS id FROM items',
    )) as [{ id: number }];
    expectProblem(await read(`/items/${id}`), 404, 'item_not_found');
    expect((await createItem(store)).id).toBe(id);
    expect((await read(`/items/${id}`)).status).toBe(200);
  });

  it('compresses, and takes the weak ETag of a compressed answer in If-Match and If-None-Match', async () => {
    const { id } = await createItem(store, { name: 'x'.repeat(200) });
    const tags = await store.owner.api.get(`/stores/${store.id}/tags`);
    expect(tags.status).toBe(200);
    const ids: number[] = [];
    for (let index = 0; index < 12; index++) {
      const tag = await store.owner.api.post(`/stores/${store.id}/tags`, {
        name: unique('a tag with a long name '.repeat(4)),
      });
      ids.push(tag.body.id as number);
    }
    expect((await store.owner.api.post(`/items/${id}/tags`, { tags: ids })).status).toBe(200);
    const compressed = await api.get(`/items/${id}`, { headers: { 'accept-encoding': 'gzip' } });
    expect(compressed.headers.get('content-encoding')).toBe('gzip');
    expect(compressed.headers.get('vary')).toContain('Accept-Encoding');
    const weak = compressed.headers.get('etag') ?? '';
    expect(weak).toMatch(/^W\//);
    expect(await read(`/items/${id}`, { 'if-none-match': weak, 'accept-encoding': 'gzip' })).toMatchObject({
      status: 304,
    });
    const update = (price: number) =>
      store.owner.api.patch(
        `/items/${id}`,
        { price },
        { headers: { 'if-match': weak, 'accept-encoding': 'gzip' } },
      );
    expect((await update(5)).status).toBe(200);
    expectProblem(await update(6), 412, 'precondition_failed');
  });

  it('lets clients keep the files of the panel, and compresses them', async () => {
    const page = await read('/admin/');
    expect(page.headers.get('cache-control')).toBe('no-cache');
    const [, script = ''] = /<script[^>]* src="\.\/([^"]+)"/.exec(page.text) ?? [];
    const compressed = { 'accept-encoding': 'br, gzip' };
    const file = await read(`/admin/${script}`, compressed);
    expect(file.status).toBe(200);
    expect(file.headers.get('content-encoding')).toBe('gzip');
    expect(file.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(await read(`/admin/${script}`, compressed)).toMatchObject({ status: 200, isHit: true });
  });

  it('passes the address of the client on, whatever the client says', async () => {
    const forged = { 'x-forwarded-for': '192.0.2.1', 'x-real-ip': '192.0.2.1', forwarded: 'for=192.0.2.1' };
    const { body } = await store.owner.api.get('/sessions', { headers: forged });
    expect(body).toMatchObject([{ ip: '127.0.0.1' }]);
    const id = unique('request');
    await api.get('/health/live', { headers: { ...forged, 'x-request-id': id } });
    expect(served(id).map((line) => (JSON.parse(line) as { peer: string }).peer)).toEqual(['127.0.0.1']);
  });

  it('replaces a request id that is not well-formed by one for all', async () => {
    const answer = await api.get('/nowhere', { headers: { 'x-request-id': 'not well-formed' } });
    expectProblem(answer, 404, 'not_found');
    expect(answer.headers.get('x-request-id')).toMatch(/^[0-9a-f]{32}$/);
    expect(served(answer.headers.get('x-request-id') ?? '')).toHaveLength(1);
  });

  it('refuses too large bodies with a problem, and passes those of Emporium on', async () => {
    const large = (length: number) => store.owner.api.post('/items', undefined, { raw: 'x'.repeat(length) });
    for (const answer of [await large(200_000), await large(2_000_000)]) {
      expectProblem(answer, 413, 'too_large');
      expect(answer.headers.get('access-control-allow-origin')).toBe('*');
      expect(answer.headers.get('strict-transport-security')).toBe('max-age=31536000');
    }
    expectProblem(
      await api.get('/items', { headers: { 'x-long': 'x'.repeat(20_000) } }),
      431,
      'headers_too_large',
    );
  });

  it('answers too many requests with a problem', async () => {
    const strict = await NginxGateway.start([portOf(apps[0]), portOf(apps[1])], {
      'rate=50r/s': 'rate=1r/m',
      'burst=100': 'burst=3',
    });
    try {
      const statuses: number[] = [];
      let last: Answer | undefined;
      for (let index = 0; index < 8; index++) {
        last = await strict.client.get('/health/live');
        statuses.push(last.status);
      }
      // The first request was the one that has waited for the start.
      expect(statuses).toEqual([200, 200, 200, 429, 429, 429, 429, 429]);
      expectProblem(last as Answer, 429, 'too_many_requests');
      expect(Object.fromEntries((last as Answer).headers)).toMatchObject({
        'retry-after': '1',
        'cache-control': 'no-store',
        'access-control-allow-origin': '*',
        'x-content-type-options': 'nosniff',
        'strict-transport-security': 'max-age=31536000',
      });
    } finally {
      await strict.stop();
    }
  });

  it('fails no read when an instance stops, and says 503 when none is left', async () => {
    const dying = await startApp(SETTINGS, apps[0].connection);
    const other = await NginxGateway.start([portOf(dying), portOf(apps[1])], UNLIMITED);
    const { id } = await createItem(store);
    try {
      const statuses = new Map<number, number>();
      let isOver = false;
      const readers = Array.from({ length: 4 }, async () => {
        // A query that the cache does not know.
        while (!isOver) {
          const { status } = await other.client.get(`/items?limit=1&q=${unique('x')}`);
          statuses.set(status, (statuses.get(status) ?? 0) + 1);
        }
      });
      await sleep(500);
      await dying.close();
      await sleep(1000);
      isOver = true;
      await Promise.all(readers);
      expect([...statuses.keys()]).toEqual([200]);
      expect((await other.client.get(`/items/${id}`)).status).toBe(200);
    } finally {
      await other.stop();
    }
    const none = await NginxGateway.start([await freePort(), await freePort()]);
    try {
      const answer = await none.client.get('/items');
      expectProblem(answer, 503, 'unavailable');
      expect(answer.headers.get('retry-after')).toBe('2');
    } finally {
      await none.stop();
    }
  });
});
