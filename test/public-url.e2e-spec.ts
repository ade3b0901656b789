import { createServer, request, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { startApp, type TestApp } from './support/app';
import { Client } from './support/client';
import { createItem, createStore, createTag, createUser, unique } from './support/factories';

const PREFIX = '/shop';

/** A proxy that serves the API under /shop, and strips that from every path. */
function startProxy(port: () => number): Server {
  return createServer((incoming, outgoing) => {
    if (!incoming.url?.startsWith(`${PREFIX}/`)) {
      outgoing.writeHead(502).end('not below the prefix');
      return;
    }
    const { method, headers, url } = incoming;
    const options = { port: port(), host: '127.0.0.1', method, headers, path: url.slice(PREFIX.length) };
    const upstream = request(options, (response) => {
      outgoing.writeHead(response.statusCode ?? 502, response.headers);
      response.pipe(outgoing);
    });
    incoming.pipe(upstream);
  });
}

let app: TestApp;
let proxy: Server;
let origin: string;
let publicUrl: string;
let api: Client;

beforeAll(async () => {
  proxy = startProxy(() => Number(new URL(app.url).port)).listen(0, '127.0.0.1');
  await new Promise((resolve) => proxy.once('listening', resolve));
  origin = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  publicUrl = origin + PREFIX;
  app = await startApp({ PUBLIC_URL: `${publicUrl}/` });
  api = new Client(origin);
});
afterAll(async () => {
  proxy.closeAllConnections();
  proxy.close();
  await app.close();
});

describe('behind a proxy that strips a prefix', () => {
  it('Location leads to what was made', async () => {
    const owner = await createUser(app);
    const asOwner = api.as(owner.accessToken);
    const store = await createStore(owner);
    const created = [
      await api.post('/shop/register', { email: `${unique('u')}@example.com`, password: 'correct horse 7' }),
      await asOwner.post('/shop/stores', { name: unique('store') }),
      await asOwner.post('/shop/items', { name: 'Can', price: 1, store_id: store.id }),
      await asOwner.post(`/shop/stores/${store.id}/tags`, { name: unique('tag') }),
    ];
    for (const { status, headers, body } of created) {
      expect(status).toBe(201);
      const location = headers.get('location') ?? '';
      expect(location).toMatch(/^\/shop\/(users|stores|items|tags)\/\d+$/);
      // Only admins may read a user.
      if (!location.includes('/users/')) expect((await api.get(location)).body).toEqual(body);
    }
  });

  it('Link leads through a whole list', async () => {
    const owner = await createUser(app);
    const store = await createStore(owner);
    for (let index = 0; index < 3; index++) await createItem(store);
    const names: number[] = [];
    let next: string | undefined = `/shop/stores/${store.id}/items?limit=1`;
    while (next !== undefined) {
      const page: Awaited<ReturnType<Client['get']>> = await api.get(next);
      names.push(...(page.body as { id: number }[]).map(({ id }) => id));
      const link = page.headers.get('link') ?? '';
      expect(link).toContain(`</shop/stores/${store.id}/items?limit=1>; rel="first"`);
      next = /<([^>]+)>; rel="next"/.exec(link)?.[1];
    }
    expect(new Set(names).size).toBe(3);
    await createTag(store);
    expect((await api.get(`/shop/stores/${store.id}/tags`)).headers.get('link')).toMatch(/^<\/shop\/stores/);
  });

  it('GET / leads on, by the same prefix', async () => {
    const page = await api.get('/shop/', { headers: { accept: 'text/html' } });
    expect([page.status, page.headers.get('location')]).toEqual([303, '/shop/docs']);
    const document = await api.get('/shop/');
    expect(document.headers.get('location')).toBe('/shop/openapi.json');
    expect((await api.get('/shop/openapi.json')).status).toBe(200);
  });

  it.each(['/shop/docs', '/shop/docs/'])('the docs page at %s finds its files', async (path) => {
    const { status, text } = await api.get(path);
    expect(status).toBe(200);
    const addresses = [...text.matchAll(/(?:src|href)=["']([^"']+)["']/g)].map(([, address = '']) => address);
    expect(addresses.length).toBeGreaterThan(2);
    for (const address of addresses) {
      const url = new URL(address, origin + path);
      expect([url.href, (await api.get(url.pathname)).status]).toEqual([url.href, 200]);
      expect(url.origin).toBe(origin);
    }
  });

  it('the OpenAPI document names the server that clients see', async () => {
    const { body } = await api.get('/shop/openapi.json');
    expect((body as { servers: unknown[] }).servers).toEqual([{ url: publicUrl }]);
  });
});

it('without it the OpenAPI document names no server that a client chose by X-Forwarded-Host', async () => {
  const app = await startApp({ TRUST_PROXY: '1' });
  const headers = {
    'x-forwarded-for': '203.0.113.7',
    'x-forwarded-host': 'evil.example',
    'x-forwarded-proto': 'https',
  };
  const { body } = await app.api.get('/openapi.json', { headers });
  const { host } = new URL(app.url);
  expect((body as { servers: unknown[] }).servers).toEqual([{ url: `https://${host}` }]);
  await app.close();
});
