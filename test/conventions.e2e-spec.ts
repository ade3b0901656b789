import { METHODS } from 'node:http';
import { connect } from 'node:net';
import fc from 'fast-check';
import { startApp, type TestApp } from './support/app';
import { type Answer } from './support/client';
import { expectProblem } from './support/expect-problem';
import {
  createAdmin,
  createItem,
  createStore,
  createTag,
  createUser,
  linkTags,
  type TestStore,
  type TestUser,
  unique,
} from './support/factories';
import { signingKey } from './support/signing-key';
import { anyCharacter } from './support/any-character';

const JSON_TYPE = { 'content-type': 'application/json' };
const KIB = 1024;

let app: TestApp;
let owner: TestUser;
let admin: TestUser;
let store: TestStore;
let routes: { path: string; methods: string[] }[];

beforeAll(async () => {
  app = await startApp();
  [owner, admin] = await Promise.all([createUser(app), createAdmin(app)]);
  store = await createStore(owner);
  const [item, tag] = await Promise.all([createItem(store), createTag(store), createTag(store)]);
  await linkTags(store, item.id, tag.id);
  routes = routesOf(app);
});
afterAll(() => app.close());

/** Sends bytes as they are, and reads the one answer. */
async function sendBytes(bytes: string | Buffer, url = app.url, patience = 5000): Promise<Answer> {
  const socket = connect({ port: Number(new URL(url).port), host: '127.0.0.1' });
  const chunks: Buffer[] = [];
  await new Promise<void>((resolve, reject) => {
    const late = setTimeout(() => {
      socket.destroy();
      reject(new Error(`no answer in ${patience} ms`));
    }, patience);
    socket.on('data', (chunk) => chunks.push(chunk));
    // A server that answers early may reset the connection while more is being sent.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearTimeout(late);
      resolve();
    });
    socket.write(bytes);
  });
  return readAnswer(Buffer.concat(chunks).toString());
}

function readAnswer(text: string): Answer {
  const end = text.indexOf('\r\n\r\n');
  const [first = '', ...lines] = text.slice(0, end).split('\r\n');
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(first)?.[1]);
  const headers = new Headers(
    lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]),
  );
  const body = text.slice(end + 4);
  const isJson = headers.get('content-type')?.includes('json') === true && body !== '';
  return { status, headers, text: body, body: isJson ? (JSON.parse(body) as unknown) : undefined };
}

/** Sends a request that `fetch` would not send. A header may stand there twice. */
async function send(
  method: string,
  path: string,
  headers: [string, string][] | Record<string, string> = {},
  body = '',
  url = app.url,
): Promise<Answer> {
  const given = Array.isArray(headers) ? headers : Object.entries(headers);
  const names = given.map(([name]) => name.toLowerCase());
  const all = [
    ...(names.includes('host') ? [] : [['Host', '127.0.0.1']]),
    ['Connection', 'close'],
    ...(body === '' || names.includes('transfer-encoding') || names.includes('content-length')
      ? []
      : [['Content-Length', String(Buffer.byteLength(body))]]),
    ...given,
  ];
  const lines = all.map(([name = '', value = '']) => `${name}: ${value}\r\n`).join('');
  return sendBytes(`${method} ${path} HTTP/1.1\r\n${lines}\r\n${body}`, url);
}

const linesOf = (lines: string[]) =>
  lines.map((line) => JSON.parse(line) as { msg?: string; request_id?: string });

const bearer = (user: TestUser) => ({ authorization: `Bearer ${user.accessToken}` });

/** Every route that the server has, with 1 for every parameter, read from Fastify's own tree. */
function routesOf(running: TestApp): { path: string; methods: string[] }[] {
  const fastify = running.app.getHttpAdapter().getInstance();
  const prefixes: string[] = [];
  const found: { path: string; methods: string[] }[] = [];
  for (const line of fastify.printRoutes({ commonPrefix: false }).split('\n')) {
    const [, indent, segment, methods] = /^([│ ]*)[├└]── (\S+) \((.*)\)$/.exec(line) ?? [];
    if (indent === undefined || segment === undefined || methods === undefined) continue;
    const depth = indent.length / 4;
    prefixes[depth] = (prefixes[depth - 1] ?? '') + segment;
    const path = prefixes[depth]
      .replace(/:[a-z_]+(\|:[a-z_]+)*/g, '1')
      .replace('/docs/*', '/docs/swagger-ui.css')
      .replace('/admin/*', '/admin/emporium.svg');
    found.push({ path, methods: methods.split(', ') });
  }
  return found;
}

/** The same without the files of the API's description and of the panel. */
const ownRoutes = () => routes.filter(({ path }) => !/^\/(admin|docs|openapi)/.test(path));

describe('routes', () => {
  it('are all read by these tests', () => {
    expect(routes).toEqual(
      expect.arrayContaining([
        { path: '/items', methods: ['GET', 'HEAD', 'POST'] },
        { path: '/items/1/tags/1', methods: ['DELETE'] },
      ]),
    );
    expect(ownRoutes().length).toBeGreaterThan(15);
  });

  it('answer 405 with Allow to every other method', async () => {
    // CONNECT asks for a tunnel and not for a path.
    const methods = METHODS.filter((method) => method !== 'CONNECT');
    for (const { path, methods: taken } of routes) {
      const others = methods.filter((method) => !taken.includes(method) && method !== 'OPTIONS');
      const answers = await Promise.all(others.map((method) => send(method, path)));
      for (const [index, answer] of answers.entries()) {
        if (others[index] === 'HEAD') expect([answer.status, answer.text]).toEqual([405, '']);
        else expectProblem(answer, 405, 'method_not_allowed');
        expect(answer.headers.get('allow')?.split(', ')).toEqual([...taken, 'OPTIONS'].sort());
      }
    }
  });

  it.each(['PROPFIND', 'TRACE', 'QUERY', 'M-SEARCH'])('answer 405 to %s', async (method) => {
    expectProblem(await send(method, '/items'), 405, 'method_not_allowed');
  });

  it.each([
    ['POST', '/items/1', 'text/plain', 'x'],
    ['POST', '/items/1', 'application/json', '{'],
    ['PUT', '/items', 'application/x-www-form-urlencoded', 'a=1'],
    ['DELETE', '/items', 'application/json', 'x'.repeat(101 * KIB)],
  ])('answer 405 to %s %s before they read a body of %s', async (method, path, type, body) => {
    expectProblem(await send(method, path, { 'content-type': type }, body), 405, 'method_not_allowed');
  });

  it.each(METHODS.filter((method) => method !== 'CONNECT'))(
    'that are unknown answer 404 to %s',
    async (method) => {
      const answer = await send(method, '/nothing/here');
      if (method === 'HEAD') expect([answer.status, answer.text]).toEqual([404, '']);
      else expectProblem(answer, 404, 'not_found');
    },
  );

  it.each([
    ['application/json', '{'],
    ['text/plain', 'x'],
    ['multipart/form-data; boundary=x', '--x--'],
    ['application/json', `"${'x'.repeat(101 * KIB)}"`],
    ['', 'x'],
  ])('that are unknown answer 404 whatever the body: %s', async (type, body) => {
    const headers = type === '' ? {} : { 'content-type': type };
    expectProblem(
      await send('POST', '/nothing', { ...headers, authorization: 'Bearer x' }, body),
      404,
      'not_found',
    );
  });

  it.each([
    '/items/',
    '//items',
    '/items//',
    '/items//tags',
    '/items/1/',
    '/items/1//tags',
    '/stores/1/items/',
    '/me/',
    '//',
    '/Items',
    '/items/1/tags/1/2',
    '/stores//items',
    '/user/',
    '/health',
    '/health/live/',
    '/.well-known',
    '/__proto__',
    '/constructor',
    '/%2e%2e/items',
    '/items;a=1',
    '/items%3Flimit=1',
  ])('do not include %s', async (path) => {
    expectProblem(await send('GET', path), 404, 'not_found');
  });

  it('are found by an address in absolute form too', async () => {
    expect((await send('GET', 'http://127.0.0.1/health/live')).status).toBe(200);
  });

  it('answer HEAD as GET without the body', async () => {
    const [item, tag] = await Promise.all([createItem(store), createTag(store)]);
    const paths = [
      '/items',
      '/stores',
      '/health/live',
      '/health/ready',
      '/.well-known/jwks.json',
      '/me',
      '/openapi.json',
    ];
    const ofResources = [
      `/items/${item.id}`,
      `/stores/${store.id}`,
      `/tags/${tag.id}`,
      `/stores/${store.id}/items`,
    ];
    const missing = ['/items/999999', '/items/x', '/items?x=1', '/nothing'];
    for (const path of [...paths, ...ofResources, ...missing]) {
      const [head, get] = [await owner.api.call('HEAD', path), await owner.api.get(path)];
      expect({ path, status: head.status, text: head.text }).toEqual({ path, status: get.status, text: '' });
      expect(head.headers.get('content-type')).toBe(get.headers.get('content-type'));
      expect(head.headers.get('x-request-id')).toBeTruthy();
    }
  });
});

describe('the media type of a body', () => {
  it.each([
    'application/json',
    'application/json;charset=utf-8',
    'application/json; charset="UTF-8"',
    'APPLICATION/JSON',
  ])('may be %s', async (type) => {
    const answer = await owner.api.post(
      '/stores',
      { name: unique('s') },
      { headers: { 'content-type': type } },
    );
    expect(answer.status).toBe(201);
  });

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/json;charset=latin1',
    'application/json\t;a',
    'application/json; foo=bar',
    'multipart/form-data; boundary=x',
    'application/problem+json',
    'application/json, text/plain',
    'nonsense',
    '',
    undefined,
  ])('may not be %j', async (type) => {
    const headers = { ...bearer(owner), ...(type !== undefined && { 'content-type': type }) };
    expectProblem(
      await send('POST', '/stores', headers, JSON.stringify({ name: unique('s') })),
      415,
      'unsupported_media_type',
    );
  });

  it.each([
    ['no length', []],
    ['length 0', [['Content-Length', '0']]],
    ['an empty chunked body', [['Transfer-Encoding', 'chunked']]],
  ] as [string, [string, string][]][])('may be JSON without a body: %s', async (name, headers) => {
    const user = await createUser(app);
    const all: [string, string][] = [
      ...headers,
      ['Content-Type', 'application/json'],
      ...Object.entries(bearer(user)),
    ];
    const answer = await send('POST', '/logout', all, name.includes('chunked') ? '0\r\n\r\n' : '');
    expect([answer.status, answer.text]).toEqual([204, '']);
    expectProblem(await user.api.get('/me'), 401, 'unauthenticated');
  });

  it.each([{}, JSON_TYPE])('leaves a missing body a fault of the input: %j', async (headers) => {
    expectProblem(await send('POST', '/stores', { ...headers, ...bearer(owner) }), 400, 'invalid_input', [
      '',
    ]);
  });
});

describe('the encoding of a body', () => {
  const ENCODED: [string, string][] = [
    ['Content-Encoding', 'gzip'],
    ['Content-Encoding', 'br'],
    ['Content-Encoding', 'identity'],
    ['Content-Encoding', 'x-unknown'],
    ['Content-Encoding', 'gzip, deflate'],
    ['Content-Encoding', ''],
  ];

  it.each(ENCODED)('is refused before the body is read as JSON: %s: %s', async (name, value) => {
    const headers = { ...bearer(owner), ...JSON_TYPE, [name]: value };
    for (const body of ['{"name":"x"}', '\x1f\x8b{', 'x'.repeat(KIB)]) {
      const answer = await send('POST', '/stores', headers, body);
      expectProblem(answer, 415, 'unsupported_media_type');
      expect(answer.headers.get('accept-encoding')).toBe('identity');
    }
  });

  it('is refused when it is a second transfer encoding', async () => {
    for (const coding of ['gzip, chunked', 'chunked;q=1, chunked', 'x, chunked']) {
      const headers = { ...bearer(owner), ...JSON_TYPE, 'transfer-encoding': coding };
      const answer = await send('POST', '/stores', headers, '5\r\n{"a":\r\n0\r\n\r\n');
      expect([400, 415]).toContain(answer.status);
    }
    const gzip = { ...bearer(owner), ...JSON_TYPE, 'transfer-encoding': 'gzip, chunked' };
    expectProblem(await send('POST', '/stores', gzip, '1\r\n{\r\n0\r\n\r\n'), 415, 'unsupported_media_type');
  });

  it('comes after the route and the size, and before the token', async () => {
    const gzip = { ...JSON_TYPE, 'content-encoding': 'gzip' };
    expectProblem(await send('POST', '/nothing', gzip, 'x'), 404, 'not_found');
    expectProblem(await send('DELETE', '/items', gzip, 'x'), 405, 'method_not_allowed');
    expectProblem(await send('POST', '/stores', gzip, 'x'.repeat(101 * KIB)), 413, 'too_large');
    expectProblem(await send('POST', '/stores', gzip, 'x'), 415, 'unsupported_media_type');
  });

  it('of a request without a body does not matter', async () => {
    expect((await send('GET', '/items', { 'content-encoding': 'gzip' })).status).toBe(200);
  });
});

describe('a body', () => {
  const nested = (depth: number) => `{"name":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`;

  it.each([
    ['broken', '{"name":'],
    ['empty but for a blank', ' '],
    ['with a byte order mark', '\ufeff{"name":"x"}'],
    ['a script', '{name:1}'],
    ['nested 33 deep', nested(33)],
    ['nested 5,000 deep', '['.repeat(5000) + ']'.repeat(5000)],
    ['of opened objects', '{"a":'.repeat(5000)],
  ])('is refused when it is %s', async (_name, raw) => {
    expectProblem(await owner.api.post('/stores', undefined, { raw }), 400, 'invalid_input', ['']);
  });

  it('is read when it is nested 32 deep', async () => {
    expectProblem(await owner.api.post('/stores', undefined, { raw: nested(32) }), 400, 'invalid_input', [
      '/name',
    ]);
  });

  it.each([[[0x80]], [[0xc0, 0xaf]], [[0xed, 0xa0, 0x80]], [[0xff, 0xfe]]])(
    'is refused when it is no UTF-8: %j',
    async (bytes) => {
      const raw = Buffer.concat([Buffer.from('{"name":"'), Buffer.from(bytes), Buffer.from('"}')]);
      const answer = await owner.api.post('/stores', undefined, { raw: new Uint8Array(raw) });
      expectProblem(answer, 400, 'invalid_input', ['']);
    },
  );

  it.each(['null', '1', '"x"', '[]', '[{"name":"x"}]', 'true'])(
    'is refused when it is no object: %s',
    async (raw) => {
      expectProblem(await owner.api.post('/stores', undefined, { raw }), 400, 'invalid_input', ['']);
    },
  );

  it('may have no other members, whatever their names', async () => {
    const raw = '{"name":"x","__proto__":{},"constructor":1,"hasOwnProperty":2,"a/b~c":3,"":4,"ownerId":5}';
    expectProblem(await owner.api.post('/stores', undefined, { raw }), 400, 'invalid_input', [
      '/__proto__',
      '/constructor',
      '/hasOwnProperty',
      '/a~1b~0c',
      '/',
      '/ownerId',
    ]);
  });

  it('may be 100 KiB and no larger', async () => {
    const bodyOf = (size: number) => `{"name":"x"${' '.repeat(size - 12)}}`;
    expect((await owner.api.post('/stores', undefined, { raw: bodyOf(100 * KIB) })).status).toBe(201);
    expectProblem(
      await owner.api.post('/stores', undefined, { raw: bodyOf(100 * KIB + 1) }),
      413,
      'too_large',
    );
  });

  it('is refused by its stated length before it is sent', async () => {
    const headers = { ...bearer(owner), ...JSON_TYPE, 'content-length': String(100 * KIB + 1) };
    expectProblem(await send('POST', '/stores', headers), 413, 'too_large');
  });

  it('is refused when its chunks grow too large', async () => {
    const chunk = `4000\r\n${'x'.repeat(0x4000)}\r\n`;
    const headers = { ...bearer(owner), ...JSON_TYPE, 'transfer-encoding': 'chunked' };
    expectProblem(await send('POST', '/stores', headers, `${chunk.repeat(10)}0\r\n\r\n`), 413, 'too_large');
  });
});

describe('the order of checks', () => {
  it.each([
    ['413 before 401', { ...JSON_TYPE }, 'x'.repeat(101 * KIB), 413, 'too_large'],
    ['415 before 401', { 'content-type': 'text/plain' }, '{}', 415, 'unsupported_media_type'],
    ['unreadable before 401', { ...JSON_TYPE }, '{', 400, 'invalid_input'],
    ['413 before 415', { 'content-type': 'text/plain' }, 'x'.repeat(101 * KIB), 413, 'too_large'],
    ['401 before invalid input', { ...JSON_TYPE }, '{"x":1}', 401, 'unauthenticated'],
    ['401 before a malformed precondition', { ...JSON_TYPE, 'if-match': '1' }, '{}', 401, 'unauthenticated'],
  ])('%s', async (_name, headers, body, status, code) => {
    const answer = await send('PATCH', '/stores/1?x=1', headers, body);
    expectProblem(answer, status, code, code === 'invalid_input' ? [''] : undefined);
  });

  it('invalid input, then existence, then ownership', async () => {
    const { api } = await createUser(app);
    expectProblem(await api.patch('/stores/999999', { name: '' }), 400, 'invalid_input', ['/name']);
    expectProblem(await api.patch('/stores/999999', { name: 'x' }), 404, 'store_not_found');
    expectProblem(await api.patch(`/stores/${store.id}`, { name: 'x' }), 403, 'forbidden');
  });
});

describe('OPTIONS', () => {
  it('answers every route with what it takes', async () => {
    for (const { path, methods } of routes) {
      const answer = await send('OPTIONS', path);
      expect({ path, status: answer.status, text: answer.text }).toEqual({ path, status: 204, text: '' });
      expect(answer.headers.get('allow')?.split(', ')).toEqual([...methods, 'OPTIONS'].sort());
      expect(answer.headers.get('access-control-allow-methods')).toBeNull();
    }
  });

  it('answers a preflight', async () => {
    const { status, headers } = await send('OPTIONS', '/items/1', {
      origin: 'https://a.example',
      'access-control-request-method': 'PATCH',
      'access-control-request-headers': 'authorization,content-type,if-match',
    });
    expect(status).toBe(204);
    expect(headers.get('access-control-allow-origin')).toBe('*');
    expect(headers.get('access-control-allow-methods')).toMatch(/\bPATCH\b/);
    const allowed = headers.get('access-control-allow-headers')?.toLowerCase().split(', ');
    expect(allowed).toEqual(
      expect.arrayContaining([
        'authorization',
        'content-type',
        'idempotency-key',
        'if-match',
        'if-none-match',
        'x-request-id',
      ]),
    );
    expect(Number(headers.get('access-control-max-age'))).toBeGreaterThan(0);
  });
});

describe('a preflight', () => {
  const preflight = (headers: Record<string, string>) =>
    send('OPTIONS', '/items/1', {
      origin: 'https://a.example',
      'access-control-request-method': 'PATCH',
      ...headers,
    });

  it('may ask for any header', async () => {
    const { headers } = await preflight({
      'access-control-request-headers': 'authorization,baggage, traceparent,sentry-trace,x.custom~1',
    });
    const allowed = headers.get('access-control-allow-headers')?.toLowerCase().split(', ');
    expect(allowed).toEqual(
      expect.arrayContaining([
        'authorization',
        'if-match',
        'baggage',
        'traceparent',
        'sentry-trace',
        'x.custom~1',
      ]),
    );
    expect(allowed).toHaveLength(new Set(allowed).size);
    expect(headers.get('vary')).toMatch(/\baccess-control-request-headers\b/i);
  });

  it('gets nothing back that is no name of a header', async () => {
    const { headers } = await preflight({
      'access-control-request-headers': 'x y,<script>,"q", ,a:b,\u00e4,ok',
    });
    expect(headers.get('access-control-allow-headers')).toMatch(/^[A-Za-z-]+(, [A-Za-z-]+)*, ok$/);
  });
});

describe('CORS', () => {
  const EXPOSED = [
    'allow',
    'etag',
    'idempotency-replayed',
    'link',
    'location',
    'ratelimit',
    'ratelimit-policy',
    'retry-after',
    'www-authenticate',
    'x-request-id',
    'x-total-count',
  ];
  const origin = 'https://shop.example';

  const CASES: [string, string, Record<string, string>, number][] = [
    ['GET', '/items', {}, 200],
    ['GET', '/items?x=1', {}, 400],
    ['GET', '/items/%zz', {}, 400],
    ['POST', '/items', {}, 401],
    ['GET', '/items/999999', {}, 404],
    ['GET', '/nothing', {}, 404],
    ['DELETE', '/items', {}, 405],
    ['POST', '/items', { ...JSON_TYPE, 'content-length': '999999' }, 413],
    ['OPTIONS', '/items', { 'access-control-request-method': 'POST' }, 204],
  ];

  it.each(CASES)('lets any origin read by default: %s %s %j → %i', async (method, path, more, expected) => {
    const { status, headers } = await send(method, path, { origin, ...more });
    expect(status).toBe(expected);
    expect(headers.get('access-control-allow-origin')).toBe('*');
    expect(headers.get('access-control-allow-credentials')).toBeNull();
    const exposed = headers.get('access-control-expose-headers')?.toLowerCase().split(', ');
    expect(exposed).toEqual(expect.arrayContaining(EXPOSED));
  });

  describe('with CORS_ORIGINS', () => {
    let narrow: TestApp;
    beforeAll(async () => {
      narrow = await startApp({ CORS_ORIGINS: `${origin},http://localhost:5173` });
    });
    afterAll(() => narrow.close());

    it.each(CASES)('lets those origins read: %s %s %j → %i', async (method, path, more, expected) => {
      const { status, headers } = await send(method, path, { origin, ...more }, '', narrow.url);
      expect(status).toBe(expected);
      expect(headers.get('access-control-allow-origin')).toBe(origin);
      expect(headers.get('access-control-expose-headers')).not.toBeNull();
      expect(headers.get('vary')).toMatch(/\borigin\b/i);
    });

    it.each([
      ['a foreign one', { origin: 'https://evil.example' }],
      ['one that only starts alike', { origin: `${origin}.evil.example` }],
      ['another scheme', { origin: 'http://shop.example' }],
      ['null', { origin: 'null' }],
      ['none', {}],
    ])('lets no other origin read: %s', async (_name, headers) => {
      for (const [method, path, more, expected] of CASES) {
        const answer = await send(method, path, { ...headers, ...more }, '', narrow.url);
        expect(answer.status).toBe(expected);
        expect([...answer.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
        expect(answer.headers.get('vary')).toMatch(/\borigin\b/i);
      }
    });
  });

  it('lets pages of subdomains read where CORS_ORIGINS has a pattern', async () => {
    const own = await startApp({ CORS_ORIGINS: 'https://*.shop.example,http://*.dev.example:5173' });
    const allowed = async (given: string) => {
      const { headers } = await send('GET', '/items', { origin: given }, '', own.url);
      expect(headers.get('vary')).toMatch(/\borigin\b/i);
      return headers.get('access-control-allow-origin');
    };
    for (const good of [
      'https://a.shop.example',
      'https://a.b-c.shop.example',
      'http://x.dev.example:5173',
    ]) {
      expect(await allowed(good)).toBe(good);
    }
    for (const bad of [
      'https://shop.example',
      'http://a.shop.example',
      'https://a.shop.example:8443',
      'https://a.shop.example.evil.example',
      'https://evilshop.example',
      'https://a.shopxexample',
      'https://.shop.example',
      'https://*.shop.example/',
      'https://evil.example/.shop.example',
      'https://evil.example#.shop.example',
      'http://x.dev.example',
      'null',
    ]) {
      expect([bad, await allowed(bad)]).toEqual([bad, null]);
    }
    await own.close();
  });

  it.each([
    ['GET', '/user/1'],
    ['GET', '/user/x'],
    ['GET', '/%75ser/1'],
    ['DELETE', '/user/999999'],
    ['OPTIONS', '/user/1'],
    ['OPTIONS', '/%75ser/1'],
    ['PATCH', '/user/1'],
    ['GET', '/user/%ff'],
  ])('lets no page use the routes of development: %s %s', async (method, path) => {
    const { headers } = await send(method, path, { origin, 'access-control-request-method': 'DELETE' });
    expect([...headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
  });
});

describe('the request id', () => {
  const REQUESTS: [string, string, number][] = [
    ['GET', '/items', 200],
    ['GET', '/items/x', 400],
    ['GET', '/items/%zz', 400],
    ['GET', '/items/999999', 404],
    ['GET', '/nothing', 404],
    ['DELETE', '/items', 405],
    ['OPTIONS', '/items', 204],
    ['POST', '/items', 401],
    ['GET', '/openapi.json', 200],
  ];
  const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

  it.each(REQUESTS)('is kept: %s %s → %i', async (method, path, expected) => {
    const id = `${unique('Id')}_0.9`;
    const { status, headers, body } = await send(method, path, { 'x-request-id': id });
    expect([status, headers.get('x-request-id')]).toEqual([expected, id]);
    if (status >= 400) expect(body).toMatchObject({ request_id: id });
  });

  it.each(REQUESTS)('is made: %s %s → %i', async (method, path, expected) => {
    const { status, headers } = await send(method, path);
    expect(status).toBe(expected);
    expect(headers.get('x-request-id')).toMatch(UUID);
  });

  it.each([
    ['too long', [['X-Request-Id', 'a'.repeat(129)]]],
    ['empty', [['X-Request-Id', '']]],
    ['with a blank', [['X-Request-Id', 'a b']]],
    ['with quotes', [['X-Request-Id', '"a"']]],
    ['with markup', [['X-Request-Id', '<script>']]],
    ['beyond ASCII', [['X-Request-Id', 'é']]],
    [
      'there twice',
      [
        ['X-Request-Id', 'one'],
        ['X-Request-Id', 'two'],
      ],
    ],
  ] as [string, [string, string][]][])('is made anew when it is %s', async (_name, headers) => {
    for (const [method, path] of REQUESTS) {
      expect((await send(method, path, headers)).headers.get('x-request-id')).toMatch(UUID);
    }
  });

  it('may have 128 characters', async () => {
    const id = 'a'.repeat(128);
    expect((await send('GET', '/items', { 'x-request-id': id })).headers.get('x-request-id')).toBe(id);
  });

  it('stands in every log line of its request', async () => {
    const own = await startApp();
    for (const [method, path] of REQUESTS) {
      const before = own.logs.length;
      const id = unique('log');
      await send(method, path, { 'x-request-id': id }, '', own.url);
      const lines = linesOf(own.logs.slice(before));
      expect(lines.filter(({ request_id: logged }) => logged !== id)).toEqual([]);
      if (!path.includes('%zz')) expect(lines).not.toEqual([]);
    }
    await own.close();
  });
});

describe('ids in paths', () => {
  it.each([
    ['/items', 'item_not_found'],
    ['/stores', 'store_not_found'],
    ['/tags', 'tag_not_found'],
    ['/user', 'user_not_found'],
  ])('of any number of digits are merely unknown: %s', async (path, code) => {
    for (const digits of [16, 19, 20, 100, 101, 1000, 8000]) {
      expectProblem(await app.api.get(`${path}/${'9'.repeat(digits)}`), 404, code);
    }
  });

  it.each([
    '0',
    '01',
    '-1',
    '+1',
    '1.0',
    '1e3',
    '0x10',
    '%201',
    '1%20',
    '%D9%A1',
    '1%00',
    '1%0A',
    'null',
    'NaN',
    '__proto__',
    '%F0%9F%A7%BA',
  ])('are plain digits only: %s', async (id) => {
    expectProblem(await app.api.get(`/items/${id}`), 400, 'invalid_input', ['?id']);
  });

  it.each([100, 101, 1000, 8000])('of %i letters are no ids', async (length) => {
    expectProblem(await app.api.get(`/items/${'x'.repeat(length)}`), 400, 'invalid_input', ['?id']);
  });

  it('are all told when they are wrong', async () => {
    expectProblem(await owner.api.delete('/items/x/tags/0?y=1'), 400, 'invalid_input', [
      '?item_id',
      '?tag_id',
      '?y',
    ]);
  });
});

describe('paths that cannot be decoded', () => {
  it.each(['%ff', '%zz', '%', '%C3', '%ED%A0%80', '1%ff', '%ff%ff'])(
    'are told as any other wrong id: %s',
    async (id) => {
      expectProblem(await send('GET', `/items/${id}`), 400, 'invalid_input', ['?id']);
      expectProblem(await send('GET', `/stores/${id}/items?limit=x`), 400, 'invalid_input', [
        '?id',
        '?limit',
      ]);
      const link = await send('DELETE', `/items/${id}/tags/${id}`, bearer(owner));
      expectProblem(link, 400, 'invalid_input', ['?item_id', '?tag_id']);
      expectProblem(await send('DELETE', `/sessions/${id}`, bearer(owner)), 400, 'invalid_input', ['?id']);
    },
  );

  it('keep the order of checks', async () => {
    expectProblem(await send('GET', '/nothing/%ff'), 404, 'not_found');
    expectProblem(await send('GET', '/%ff'), 404, 'not_found');
    expectProblem(await send('GET', '/docs/%ff'), 404, 'not_found');
    expectProblem(await send('POST', '/items/%ff'), 405, 'method_not_allowed');
    expectProblem(
      await send('PATCH', '/items/%ff', { 'content-type': 'text/plain' }, 'x'),
      415,
      'unsupported_media_type',
    );
    expectProblem(await send('PATCH', '/items/%ff', JSON_TYPE, '{"x":1}'), 401, 'unauthenticated');
    const answer = await send('PATCH', '/items/%ff?y=%ff', { ...bearer(owner), ...JSON_TYPE }, '{"x":1}');
    expectProblem(answer, 400, 'invalid_input', ['/x', '?id', '?y']);
  });
});

describe('query parameters', () => {
  const tokenFor = (path: string) => (path === '/refresh' ? admin.refreshToken : admin.accessToken);

  it('that no route knows are told by every route', async () => {
    for (const { path, methods } of ownRoutes()) {
      for (const method of methods.filter((each) => each !== 'HEAD')) {
        const answer = await app.api.as(tokenFor(path)).call(method, `${path}?unknown_one=1`);
        expect({ method, path, status: answer.status }).toEqual({ method, path, status: 400 });
        expect(answer.body).toMatchObject({
          code: 'invalid_input',
          errors: expect.arrayContaining([
            { parameter: 'unknown_one', message: expect.any(String) as string },
          ]) as unknown,
        });
      }
    }
  });

  it('have no special names', async () => {
    for (const { path } of ownRoutes().filter(({ methods }) => methods.includes('GET'))) {
      const answer = await admin.api.get(`${path}?__proto__=1&constructor=2&toString=3&__proto__[limit]=4`);
      expectProblem(answer, 400, 'invalid_input', [
        '?__proto__',
        '?constructor',
        '?toString',
        '?__proto__[limit]',
      ]);
    }
  });

  it.each(['/items', '/stores', '/stores/1/items', '/stores/1/tags'])(
    'are taken once only: %s',
    async (path) => {
      for (const name of ['limit', 'cursor', 'sort']) {
        expectProblem(await app.api.get(`${path}?${name}=1&${name}=1`), 400, 'invalid_input', [`?${name}`]);
      }
    },
  );

  it.each([
    'limit=',
    'limit=0',
    'limit=101',
    'limit=1e1',
    'limit=0x1',
    'limit=+5',
    'limit=-1',
    'limit=1.0',
    'limit=%EF%BC%91',
    'Limit=5',
    'limit[]=5',
    'sort=',
    'sort=password_hash',
    'sort=id,name',
    'sort=--id',
    'cursor=',
    'cursor=x',
    'store_id=0',
    'store_id=01',
    'store_id=1&store_id=2',
    'sku=',
    'sku=%00',
    'sku=%ff',
    'sku=%ED%A0%80',
    'sku=%E2%80%8B',
    'sku=%',
    '=1',
    'storeId=1',
  ])('of a list are checked: %s', async (query) => {
    const { 0: name = '' } = query.split('=');
    expectProblem(await app.api.get(`/items?${query}`), 400, 'invalid_input', [`?${name}`]);
  });

  it('that filter by an unknown id find nothing', async () => {
    for (const id of ['999999999', '9'.repeat(30)]) {
      const { status, body } = await app.api.get(`/items?store_id=${id}`);
      expect([status, body]).toEqual([200, []]);
    }
  });
});

describe('what is no good HTTP', () => {
  const post = (headers: string, body: string) =>
    `POST /stores HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${headers}\r\n\r\n${body}`;

  it.each([
    ['garbage', '\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03'],
    ['another protocol', 'EHLO example.com\r\n\r\n'],
    ['a bad version', 'GET / HTTP/9.9\r\nHost: x\r\n\r\n'],
    ['an unknown method', 'FLY /items HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['a bad header', 'GET / HTTP/1.1\r\nHost: x\r\nno colon\r\n\r\n'],
    ['a bad length', 'POST /stores HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n'],
    ['two lengths', 'POST /stores HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab'],
    [
      'length and chunks',
      'POST /stores HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    ['no host', 'GET /items HTTP/1.1\r\nConnection: close\r\n\r\n'],
    ['the same length twice', post('Content-Length: 2\r\nContent-Length: 2', '{}')],
    ['a list of lengths', post('Content-Length: 2, 2', '{}')],
    ['a length with a sign', post('Content-Length: +2', '{}')],
    ['an empty length', post('Content-Length:', '{}')],
    ['chunks twice', post('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked', '0\r\n\r\n')],
    ['chunks of chunks', post('Transfer-Encoding: chunked, chunked', '0\r\n\r\n')],
    ['another transfer encoding', post('Transfer-Encoding: gzip', 'x')],
    ['chunks, then a length', post('Transfer-Encoding: chunked\r\nContent-Length: 5', '0\r\n\r\n')],
    ['a folded header', 'GET /items HTTP/1.1\r\nHost: x\r\nAccept: a\r\n b\r\n\r\n'],
    ['a space before a colon', 'GET /items HTTP/1.1\r\nHost : x\r\n\r\n'],
    ['a line without its return', 'GET /items HTTP/1.1\r\nHost: x\nAccept: a\r\n\r\n'],
    ['NUL in a header', 'GET /items HTTP/1.1\r\nHost: x\r\nAccept: a\0b\r\n\r\n'],
  ])('is answered with a problem: %s', async (_name, bytes) => {
    expectProblem(await sendBytes(Buffer.from(bytes, 'latin1')), 400, 'invalid_input');
  });

  it.each([
    ['Host', '127.0.0.1'],
    ['host', 'other.example'],
    ['Authorization', 'Bearer x'],
    ['Content-Type', 'application/json'],
    ['content-type', 'text/plain'],
  ])('is a header that stands there twice: %s: %s', async (name, value) => {
    const headers: [string, string][] = [
      ['Host', '127.0.0.1'],
      ['Content-Type', 'application/json'],
      ['Authorization', `Bearer ${owner.accessToken}`],
    ];
    for (const twice of [
      [...headers, [name, value]],
      [[name, value], ...headers],
    ] as [string, string][][]) {
      for (const [method, path] of [
        ['GET', '/me'],
        ['POST', '/stores'],
        ['GET', '/nothing'],
        ['DELETE', '/items'],
        ['GET', '/docs'],
      ] as const) {
        const answer = await send(method, path, twice, method === 'POST' ? '{"name":"x"}' : '');
        expectProblem(answer, 400, 'invalid_input');
        expect((answer.body as { detail: string }).detail).toMatch(
          new RegExp(`^The header ${name} must be sent only once\\.$`, 'i'),
        );
      }
    }
  });

  it.each(['a b', 'a/b', 'user@a.example', 'a.example, b.example', 'a:b', '[::1'])(
    'is a host that is none: %s',
    async (host) => {
      expectProblem(await send('GET', '/items', { host }), 400, 'invalid_input');
    },
  );

  it.each(['a.example', 'A.EXAMPLE:8080', 'my_service:1', '[::1]:3000', ''])(
    'is not the host %j',
    async (host) => {
      expect((await send('GET', '/items', { host })).status).toBe(200);
    },
  );

  it('is not a request of HTTP/1.0 without a host', async () => {
    expect((await sendBytes('GET /items HTTP/1.0\r\n\r\n')).status).toBe(200);
  });

  it('is not an expectation that nobody knows: it is passed over', async () => {
    expect((await send('GET', '/items', { expect: 'the-unexpected' })).status).toBe(200);
  });

  it.each([
    ['a header', `GET /items HTTP/1.1\r\nHost: x\r\nX-Large: ${'x'.repeat(20_000)}\r\n\r\n`],
    ['the sum of many headers', `GET /items HTTP/1.1\r\nHost: x\r\n${'X-Large: x\r\n'.repeat(4000)}\r\n`],
  ])('is answered with 431 when %s is too large', async (_name, bytes) => {
    expectProblem(await sendBytes(bytes), 431, 'headers_too_large');
  });

  it('is answered with a problem when the address is too long', async () => {
    const answer = await send('GET', `/items/${'9'.repeat(20_000)}`);
    expect([414, 431]).toContain(answer.status);
    expectProblem(answer, answer.status, answer.status === 414 ? 'uri_too_long' : 'headers_too_large');
  });

  it('is answered with a problem when a request takes too long to arrive', async () => {
    const slow = await startApp({ REQUEST_TIMEOUT: '1000' });
    const [headers, body] = await Promise.all([
      sendBytes('GET /items HTTP/1.1\r\nHost: x\r\n', slow.url),
      sendBytes(
        'POST /login HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{',
        slow.url,
      ),
    ]);
    expectProblem(headers, 408, 'request_timeout');
    // The body that is awaited keeps the handler from its answer in time, too.
    expect([408, 503]).toContain(body.status);
    expectProblem(body, body.status, body.status === 408 ? 'request_timeout' : 'unavailable');
    await slow.close();
  });
});

describe('GET /', () => {
  it.each([
    ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', '/docs'],
    ['application/json', '/openapi.json'],
    ['*/*', '/openapi.json'],
    ['image/png', '/openapi.json'],
  ])('leads who accepts %s to %s', async (accept, location) => {
    for (const method of ['GET', 'HEAD']) {
      const answer = await send(method, '/', { accept });
      expect([answer.status, answer.text]).toEqual([303, '']);
      expect(answer.headers.get('location')).toBe(location);
      expect(answer.headers.get('vary')).toMatch(/\baccept\b/i);
    }
    expect((await send('GET', location, { accept })).status).toBe(200);
  });

  it('leads who says nothing to the document', async () => {
    expect((await send('GET', '/')).headers.get('location')).toBe('/openapi.json');
  });

  it('is the only method of the path', async () => {
    const answer = await send('POST', '/', JSON_TYPE, '{}');
    expectProblem(answer, 405, 'method_not_allowed');
    expect(answer.headers.get('allow')).toBe('GET, HEAD, OPTIONS');
  });
});

describe('the files of the docs page', () => {
  it('are there, and can be read in part', async () => {
    const page = await app.api.get('/docs');
    const files = [...page.text.matchAll(/(?:src|href)=["']([^"']+)["']/g)].map(
      ([, address = '']) => address,
    );
    expect(files.length).toBeGreaterThan(2);
    for (const address of files) {
      const { pathname } = new URL(address, `${app.url}/docs`);
      expect([pathname, (await app.api.get(pathname)).status]).toEqual([pathname, 200]);
    }
    const part = await send('GET', '/docs/swagger-ui.css', { range: 'bytes=0-9' });
    expect([part.status, part.text.length]).toEqual([206, 10]);
  });

  it.each(['bytes=99999999-', 'bytes=99999999-999999999'])('end before the range %s', async (range) => {
    const answer = await send('GET', '/docs/swagger-ui.css', { range });
    expectProblem(answer, 416, 'range_not_satisfiable');
    expect(answer.headers.get('content-range')).toMatch(/^bytes \*\/\d+$/);
  });

  it('tell a condition that does not hold', async () => {
    const answer = await send('GET', '/docs/swagger-ui.css', { 'if-match': '"other"' });
    expectProblem(answer, 412, 'precondition_failed');
  });

  it.each([
    '/docs/package.json',
    '/docs/README.md',
    '/docs/LICENSE',
    '/docs/NOTICE',
    '/docs/index.js',
    '/docs/absolute-path.js',
    '/docs/swagger-ui-bundle.js.map',
    '/docs/swagger-ui.css.map',
    '/docs/swagger-ui-es-bundle.js',
    '/docs/swagger-initializer.js',
    '/docs/oauth2-redirect.html',
    '/docs/log.bundle-sizes.swagger-ui.txt',
    '/docs/%70ackage.json',
    '/docs/./package.json',
    '/docs//package.json',
    '/docs/x/../package.json',
    '/docs/..%2fpackage.json',
    '/docs/%2e%2e/package.json',
    '/docs/swagger-ui.css/',
    '/docs/nothing',
  ])('do not include %s', async (path) => {
    expectProblem(await send('GET', path), 404, 'not_found');
  });

  it('that are not there have no methods', async () => {
    for (const method of ['DELETE', 'OPTIONS', 'POST']) {
      expectProblem(await send(method, '/docs/package.json'), 404, 'not_found');
    }
  });
});

describe('the log', () => {
  const lineOf = async (id: string, of: TestApp): Promise<Record<string, unknown> | undefined> => {
    // It is written when the response is closed, which the client may know first.
    for (let turn = 0; turn < 200; turn++) {
      const line = linesOf(of.logs).find((each) => each.request_id === id && each.msg === 'request');
      if (line) return line;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return undefined;
  };

  it('says of each request who made it, from where, and by which route', async () => {
    const cases: [string, string, Record<string, string>, Record<string, unknown>][] = [
      ['GET', `/stores/${store.id}?x=secret`, {}, { route: '/stores/:id', path: `/stores/${store.id}` }],
      ['GET', '/me', bearer(owner), { route: '/me', user_id: owner.id, status: 200 }],
      [
        'POST',
        '/refresh',
        { authorization: `Bearer ${owner.refreshToken}` },
        { route: '/refresh', user_id: owner.id },
      ],
      ['GET', '/me', { authorization: 'Bearer x' }, { route: '/me', status: 401 }],
      ['GET', '/nothing', {}, { path: '/nothing', status: 404 }],
    ];
    for (const [method, path, headers, expected] of cases) {
      const id = unique('log');
      const forged = { 'x-forwarded-for': '203.0.113.9', 'x-request-id': id };
      await send(method, path, { ...headers, ...forged });
      const line = await lineOf(id, app);
      expect(line).toMatchObject({ method, peer: '127.0.0.1', ...expected });
      expect('user_id' in (line ?? {})).toBe('user_id' in expected);
      expect('route' in (line ?? {})).toBe('route' in expected);
    }
  });

  it('tells the address that a trusted proxy reports', async () => {
    const own = await startApp({ TRUST_PROXY: '1' });
    const id = unique('log');
    const headers = { 'x-forwarded-for': '198.51.100.1, 203.0.113.9', 'x-request-id': id };
    await send('GET', '/items', headers, '', own.url);
    expect(await lineOf(id, own)).toMatchObject({ peer: '203.0.113.9' });
    await own.close();
  });

  it('holds no password, no hash and no token, whatever goes wrong', async () => {
    const own = await startApp();
    const password = 'Sesam-oeffne-dich-4711';
    const wrong = 'Sesam-schliesse-dich-42';
    const email = `${unique('user')}@example.com`;
    await own.api.post('/register', { email, password });
    const login = await own.api.post('/login', { email, password });
    const refreshed = await own.api
      .as((login.body as { refresh_token: string }).refresh_token)
      .post('/refresh');
    const tokens = [login, refreshed].flatMap(({ body }) => {
      const { access_token: access, refresh_token: refresh } = body as Record<string, string>;
      return [access ?? '', refresh ?? ''];
    });
    expect(tokens).toHaveLength(4);

    await own.api.post('/login', { email, password: wrong });
    await own.api.post('/register', { email, password });
    await own.api.post('/register', { email: 'x', password, secret: password });
    await own.api.post('/register', { email: password, password: 1 });
    await own.api.post('/login', undefined, { raw: `{"email":"${email}","password":"${password}"` });
    await own.api.post('/login', undefined, {
      raw: `password=${password}`,
      headers: { 'content-type': 'text/plain' },
    });
    for (const token of tokens) {
      await own.api.as(token).get('/me');
      await own.api.as(token).post('/refresh');
      await own.api.as(`${token}x`).get('/me');
      await own.api.get(`/items?access_token=${token}&password=${password}`);
      await own.api.get(`/items/${token}`);
      await own.api.get(`/nothing/${token}/x`);
      await own.api.get(`/items/%zz/${token}`);
      await own.api.call('DELETE', `/nothing?token=${token}`);
      await own.api.get('/items', { headers: { 'x-request-id': token, cookie: token, 'x-api-key': token } });
    }
    // What the database says of a row that it refuses holds the whole row.
    await own.sql("ALTER TABLE users ADD CONSTRAINT nobody CHECK (email = '') NOT VALID");
    expectProblem(
      await own.api.post('/register', { email: `${unique('u')}@example.com`, password }),
      500,
      'internal_error',
    );
    await own.sql('ALTER TABLE users RENAME COLUMN password_hash TO gone');
    expectProblem(await own.api.post('/login', { email, password }), 500, 'internal_error');
    const hashes = (await own.sql<{ gone: string }>('SELECT gone FROM users')).map(({ gone }) => gone);
    await own.close();

    const log = own.logs.join('\n');
    expect(log).toContain('"status":500');
    for (const secret of [
      password,
      wrong,
      '$argon2',
      ...hashes,
      ...tokens.map((token) => token.slice(-40)),
    ]) {
      expect(log).not.toContain(secret);
    }
  });
});

describe('in production', () => {
  let production: TestApp;
  beforeAll(async () => {
    production = await startApp({ NODE_ENV: 'production', JWT_PRIVATE_KEY: signingKey() });
  });
  afterAll(() => production.close());

  it('an error of our own tells nothing of the inside', async () => {
    await production.sql('ALTER TABLE tags RENAME TO gone');
    const answer = await production.api.get('/tags/1');
    await production.sql('ALTER TABLE gone RENAME TO tags');
    expectProblem(answer, 500, 'internal_error');
    expect(answer.text).not.toMatch(/select|relation|tags|\.ts|\.js|\bat\b.*:\d/i);
    expect(production.logs.join('\n')).toContain('42P01');
  });

  it.each(['GET', 'DELETE', 'OPTIONS', 'PATCH'])('%s /user/1 does not exist', async (method) => {
    expectProblem(await production.api.call(method, '/user/1'), 404, 'not_found');
  });
});

describe('whatever is sent', () => {
  const known = [
    'email',
    'password',
    'name',
    'price',
    'store_id',
    'sku',
    'tags',
    'owner_id',
    '__proto__',
    'constructor',
  ];
  const value = fc.oneof(
    {
      weight: 2,
      arbitrary: fc.constantFrom<unknown>(
        1,
        2,
        0,
        -1,
        1e-7,
        1e21,
        '',
        ' ',
        'x',
        '\0',
        '\ud800',
        null,
        true,
        [],
        {},
        [1],
        [1e300],
      ),
    },
    { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
    { weight: 1, arbitrary: fc.string({ unit: anyCharacter }) },
  );
  const body = fc.oneof(
    fc.dictionary(fc.constantFrom(...known), value).map((members) => JSON.stringify(members)),
    fc.json(),
    fc.string({ unit: anyCharacter }).map((text) => text.replaceAll(/[\ud800-\udfff]/g, '')),
  );
  const parameter = fc.tuple(
    fc.oneof(
      fc.constantFrom('limit', 'cursor', 'sort', 'store_id', 'owner_id', 'sku', '__proto__'),
      fc.webQueryParameters(),
    ),
    fc.oneof(fc.constantFrom('', '1', '-id', '9'.repeat(40), '%00', '%ff', '%'), fc.webQueryParameters()),
  );
  const query = fc.array(parameter, { maxLength: 3 }).map((pairs) => {
    const text = pairs.map((pair) => pair.join('=')).join('&');
    return text === '' ? '' : `?${text}`;
  });
  const id = fc.oneof(
    fc.constantFrom('1', '2', '3', '999999', '0', '9'.repeat(25), '%00', '%2F', '%zz', '..', '%F0'),
    fc.webSegment({ size: 'small' }),
  );
  const segments = fc.array(fc.webSegment({ size: 'small' }), { maxLength: 5 });

  /** Every answer is one of the contract: never a 500, and a whole problem where it is an error. */
  function expectGoodAnswer(request: unknown, method: string, answer: Answer): void {
    if (!(answer.status >= 200 && answer.status < 500)) {
      throw new Error(`${JSON.stringify(request)} was answered with ${answer.status}: ${answer.text}`);
    }
    if (answer.status < 400 || method === 'HEAD') return;
    const { code, errors } = answer.body as {
      code: string;
      errors?: { pointer?: string; parameter?: string }[];
    };
    const faults = errors?.map(({ pointer, parameter: name }) => pointer ?? `?${name ?? ''}`);
    expectProblem(answer, answer.status, code, faults);
  }

  it('every route answers as the contract says', async () => {
    // What ends accounts and sessions would turn the rest of the run into 401s.
    const targets = ownRoutes()
      .flatMap(({ path, methods }) => methods.map((method) => [method, path] as const))
      .filter(
        ([method, path]) =>
          path !== '/logout' && !(method === 'DELETE' && /^\/(users?|sessions|me)\b/.test(path)),
      );
    expect(targets.length).toBeGreaterThan(20);
    const request = fc.record({ target: fc.constantFrom(...targets), first: id, second: id, query, body });
    await fc.assert(
      fc.asyncProperty(fc.array(request, { minLength: 4, maxLength: 4 }), async (batch) => {
        await Promise.all(
          batch.map(async ({ target: [method, path], first, second, query: search, body: text }) => {
            const address = path.replace(/\/1\b/, `/${first}`).replace(/\/1$/, `/${second}`) + search;
            const headers = { ...bearer(admin), ...JSON_TYPE };
            const sent = method === 'GET' || method === 'HEAD' ? '' : text;
            expectGoodAnswer([method, address, sent], method, await send(method, address, headers, sent));
          }),
        );
      }),
      { numRuns: 200 },
    );
  });

  it('every path answers as the contract says', async () => {
    const method = fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND');
    await fc.assert(
      fc.asyncProperty(method, segments, query, async (verb, parts, search) => {
        const address = `/${parts.join('/')}${search}`;
        expectGoodAnswer([verb, address], verb, await send(verb, address));
      }),
      { numRuns: 150 },
    );
  });
});

describe('the security headers', () => {
  const BAD_HTTP = 'GET / HTTP/1.1\r\nHost: x\r\nbad header\r\n\r\n';

  it.each<[string, () => Promise<Answer>]>([
    ['a list', () => app.api.get('/items')],
    ['one resource', () => app.api.get(`/stores/${store.id}`)],
    ['health', () => app.api.get('/health/live')],
    ['the document', () => app.api.get('/openapi.json')],
    ['the document as YAML', () => app.api.get('/openapi.yaml')],
    ['the root', () => app.api.get('/')],
    ['a created resource', () => owner.api.post('/stores', { name: unique('store') })],
    ['no content', async () => owner.api.delete(`/items/${(await createItem(store)).id}`)],
    ['an unknown route', () => app.api.get('/nowhere')],
    ['a target that is no text', () => app.api.get('/items/%ff')],
    ['a wrong method', () => app.api.call('PUT', '/stores')],
    ['a request without a token', () => app.api.get('/me')],
    ['what is not HTTP', () => sendBytes(BAD_HTTP)],
  ])('are in the answer to %s', async (_name, call) => {
    const { headers } = await call();
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-security-policy')).toBe("default-src 'none'; frame-ancestors 'none'");
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
    for (const name of ['server', 'x-powered-by']) expect(headers.get(name)).toBeNull();
    expect(headers.get('cache-control')).not.toBeNull();
  });
});
