import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { type Client } from './support/client';
import { expectDocumented } from './support/documentation';
import { createTestDatabase, type TestDatabase, urlOf } from './support/database';
import { registerUser } from './support/factories';
import { EmporiumProcess, temporaryDirectory } from './support/process';
import { writeSigningKey } from './support/signing-key';

interface Fault {
  pointer?: string;
  parameter?: string;
}
interface Media {
  schema: { $ref?: string; allOf?: [unknown, { properties: { code: { enum: string[] } } }] };
  example?: Record<string, unknown>;
  examples?: Record<string, { value: { detail: string; errors?: Fault[] } }>;
}
interface Parameter {
  name: string;
  in: string;
  required?: boolean;
  description?: string;
  schema: { type?: string; default?: string | number | boolean; example?: string | number | boolean };
}
interface Operation {
  summary?: string;
  tags?: string[];
  operationId: string;
  security: Record<string, unknown>[];
  parameters?: Parameter[];
  requestBody?: { content: Record<string, Media> };
  responses: Record<string, { description: string; headers?: object; content?: Record<string, Media> }>;
}
interface Schema {
  type: string;
  minProperties?: number;
  properties?: Record<
    string,
    { $ref?: string; allOf?: { $ref?: string }[]; example?: unknown; items?: unknown }
  >;
  required?: string[];
}
interface Document {
  servers: { url: string }[];
  tags: { name: string; description: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema>; securitySchemes: object };
}

const SECURITY = {
  access_token: [{ access_token: [] }],
  refresh_token: [{ refresh_token: [] }],
  'optional access_token': [{ access_token: [] }, {}],
};

/** Every route, what it answers beside 400 and 503, and 413 and 415 unless it is a GET, and whose token it wants. */
const ROUTES: [route: string, statuses: number[], security?: keyof typeof SECURITY][] = [
  ['POST /register', [201, 401, 403, 409, 429], 'optional access_token'],
  ['POST /login', [200, 401, 429]],
  ['POST /logout', [204, 401], 'access_token'],
  ['POST /refresh', [200, 401, 429], 'refresh_token'],
  ['GET /me', [200, 401], 'access_token'],
  ['PATCH /me', [200, 401, 403, 409, 429], 'access_token'],
  ['POST /me/deletion', [204, 401, 403, 409, 429], 'access_token'],
  ['GET /sessions', [200, 401], 'access_token'],
  ['DELETE /sessions/{id}', [204, 401, 404], 'access_token'],
  ['GET /users', [200, 304, 401, 403], 'access_token'],
  ['GET /users/{id}', [200, 401, 403, 404], 'access_token'],
  ['PATCH /users/{id}', [200, 401, 403, 404, 409], 'access_token'],
  ['DELETE /users/{id}', [204, 401, 403, 404, 409], 'access_token'],
  ['GET /.well-known/jwks.json', [200]],
  ['GET /.well-known/openid-configuration', [200, 404]],
  ['GET /user/{user_id}', [200, 403, 404]],
  ['DELETE /user/{user_id}', [204, 403, 404, 409]],
  ['GET /stores', [200, 304]],
  ['POST /stores', [201, 401, 409, 422], 'access_token'],
  ['GET /stores/{id}', [200, 304, 404]],
  ['PATCH /stores/{id}', [200, 401, 403, 404, 409, 412, 428], 'access_token'],
  ['DELETE /stores/{id}', [204, 401, 403, 404, 412, 428], 'access_token'],
  ['GET /items', [200, 304]],
  ['GET /stores/{id}/items', [200, 304, 404]],
  ['GET /stores/{id}/items/export', [200, 404]],
  ['POST /items', [201, 401, 403, 404, 409, 422], 'access_token'],
  ['GET /items/{id}', [200, 304, 404]],
  ['PUT /items/{id}', [200, 401, 403, 404, 409, 412, 428], 'access_token'],
  ['PATCH /items/{id}', [200, 401, 403, 404, 409, 412, 428], 'access_token'],
  ['DELETE /items/{id}', [204, 401, 403, 404, 412, 428], 'access_token'],
  ['GET /stores/{id}/tags', [200, 304, 404]],
  ['POST /stores/{id}/tags', [201, 401, 403, 404, 409, 422], 'access_token'],
  ['POST /items/{id}/tags', [200, 401, 403, 404, 409, 412, 422], 'access_token'],
  ['DELETE /items/{item_id}/tags/{tag_id}', [204, 401, 403, 404, 412], 'access_token'],
  ['GET /tags/{id}', [200, 304, 404]],
  ['PATCH /tags/{id}', [200, 401, 403, 404, 409, 412, 428], 'access_token'],
  ['DELETE /tags/{id}', [204, 401, 403, 404, 409, 412, 428], 'access_token'],
  ['GET /stores/{id}/changes', [200, 304, 401, 403, 404], 'access_token'],
  ['GET /items/{id}/changes', [200, 304, 401, 403, 404], 'access_token'],
  ['GET /stores/{id}/imports', [200, 304, 401, 403, 404], 'access_token'],
  ['POST /stores/{id}/imports', [202, 401, 403, 404, 408, 409, 422], 'access_token'],
  ['POST /stores/{id}/edits', [202, 401, 403, 404, 409, 422], 'access_token'],
  ['GET /imports/{id}', [200, 304, 401, 403, 404], 'access_token'],
  ['GET /imports/{id}/errors', [200, 304, 401, 403, 404], 'access_token'],
  ['GET /imports/{id}/events', [200, 204, 401, 403, 404], 'access_token'],
  ['GET /imports/{id}/changes', [200, 304, 401, 403, 404], 'access_token'],
  ['POST /imports/{id}/apply', [200, 401, 403, 404, 409, 422], 'access_token'],
  ['POST /imports/{id}/undo', [200, 401, 403, 404, 409, 422], 'access_token'],
  ['POST /imports/{id}/cancel', [200, 401, 403, 404, 409], 'access_token'],
  ['POST /changes/{id}/undo', [200, 401, 403, 404, 409, 422], 'access_token'],
  ['GET /health/live', [200]],
  ['GET /health/ready', [200]],
];

/** Where it is not JSON alone. */
const MEDIA_TYPES: Readonly<Record<string, string[]>> = {
  'GET /stores/{id}/items/export': ['text/csv', 'application/x-ndjson'],
  'GET /imports/{id}/errors': ['application/json', 'text/csv'],
  'GET /imports/{id}/events': ['text/event-stream'],
};

// The document is complete only in the compiled program, so it is asked of that.
let emporium: EmporiumProcess;
let api: Client;
let document: Document;
let database: TestDatabase;
let directory: Awaited<ReturnType<typeof temporaryDirectory>>;

beforeAll(async () => {
  directory = await temporaryDirectory();
  database = await createTestDatabase();
  await writeSigningKey(directory.path);
  emporium = EmporiumProcess.spawn({
    DATA_DIR: directory.path,
    DATABASE_URL: urlOf(database.connection),
    // Only an issuer that is a URL has a document about it.
    JWT_ISSUER: 'https://shop.example',
  });
  api = await emporium.api();
  document = (await api.get('/openapi.json')).body as Document;
});
afterAll(async () => {
  await emporium.kill('SIGTERM');
  await database.drop();
  await directory.remove();
});

function operations(): [string, Operation][] {
  return Object.entries(document.paths).flatMap(([url, methods]) =>
    Object.entries(methods).map(([method, operation]): [string, Operation] => [
      `${method.toUpperCase()} ${url}`,
      operation,
    ]),
  );
}

describe('GET /openapi.json', () => {
  it('has every route, and no other', () => {
    expect(
      operations()
        .map(([route]) => route)
        .sort(),
    ).toEqual(ROUTES.map(([route]) => route).sort());
  });

  it.each(ROUTES)('says of %s what it takes and answers', (...row) => {
    const [route, statuses, security] = row;
    const operation = new Map(operations()).get(route);
    expect(operation?.summary).toMatch(/^[A-Z].{4,}[^.]$/);
    expect(operation?.tags).toHaveLength(1);
    expect(Object.keys(operation?.responses ?? {}).map(Number)).toEqual(
      [...statuses, 400, 503, ...(route.startsWith('GET') ? [] : [413, 415])].sort(),
    );
    expect(operation?.security).toEqual(security ? SECURITY[security] : []);
    expect(operation?.operationId).toMatch(/^[a-z]+([A-Z][a-z]+)*\.[a-z]+([A-Z][a-z]+)*$/);
    const headers = (operation?.parameters ?? []).filter((parameter) => parameter.in === 'header');
    expect(headers.map(({ name, required }) => [name, required]).sort()).toEqual([
      ...(statuses.includes(422) ? [['Idempotency-Key', false]] : []),
      ...(statuses.includes(412) ? [['If-Match', false]] : []),
      ...(route.endsWith('/events') ? [['Last-Event-ID', false]] : []),
      ...(statuses.includes(304) && !security ? [['X-Read-After', false]] : []),
    ]);
    const replayed = Object.entries(operation?.responses ?? {}).filter(
      ([, { headers = {} }]) => 'Idempotency-Replayed' in headers,
    );
    expect(replayed.map(([status]) => Number(status))).toEqual(
      statuses.includes(422) ? statuses.filter((status) => [200, 201, 202, 404, 409].includes(status)) : [],
    );
    const readAfter = Object.entries(operation?.responses ?? {}).filter(
      ([, { headers = {} }]) => 'X-Read-After' in headers,
    );
    expect(readAfter.map(([status]) => Number(status))).toEqual(
      route.startsWith('GET') ? [] : statuses.filter((status) => status < 300),
    );
    for (const [status, { description, content }] of Object.entries(operation?.responses ?? {})) {
      expect(description).not.toBe('');
      if (status === '204' || status === '304') expect(content).toBeUndefined();
      else if (Number(status) < 300) {
        const mediaTypes = MEDIA_TYPES[route] ?? ['application/json'];
        expect(Object.keys(content ?? {})).toEqual(mediaTypes);
        for (const mediaType of mediaTypes) expect(content?.[mediaType]?.schema).toBeDefined();
      } else {
        const { schema, examples = {} } = content?.['application/problem+json'] ?? {};
        expect(Object.keys(examples)).not.toEqual([]);
        expect(schema?.allOf?.[1]?.properties.code.enum).toEqual(Object.keys(examples));
      }
    }
    const names = [...route.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    const inPath = operation?.parameters?.filter((parameter) => parameter.in === 'path') ?? [];
    expect(inPath.map(({ name }) => name)).toEqual(names);
    for (const { description, schema } of operation?.parameters ?? []) {
      expect(description).toBeTruthy();
      expect(schema.type).toBeDefined();
    }
    if (/^(POST|PUT|PATCH)/.test(route) && !/logout|refresh|undo|imports/.test(route)) {
      expect(operation?.requestBody?.content['application/json']?.schema.$ref).toBeDefined();
    }
  });

  it('describes the refusals of a file as those of a file', () => {
    const { responses } = new Map(operations()).get('POST /stores/{id}/imports') ?? {};
    expect(responses?.['408']?.description).toBe('`request_timeout`: The request took too long to arrive.');
    expect(responses?.['413']?.description).toContain('IMPORT_MAX_BYTES');
    expect(responses?.['415']?.description).toContain('text/csv or application/x-ndjson');
  });

  it('describes each group of operations, in the order of the modules', () => {
    expect(document.tags.map(({ name }) => name)).toEqual([
      'auth',
      'account',
      'users',
      'stores',
      'tags',
      'items',
      'exports',
      'history',
      'imports',
      'edits',
      'health',
      'development',
    ]);
    for (const { description } of document.tags) expect(description).toMatch(/^[A-Z].*[^.]$/);
  });

  it('names the address that it was read from as its server', async () => {
    const { protocol, port } = new URL(document.servers[0]?.url ?? '');
    expect(document.servers).toEqual([{ url: `http://127.0.0.1:${port}` }]);
    const local = await fetch(`${protocol}//localhost:${port}/openapi.json`);
    expect(await local.json()).toMatchObject({ servers: [{ url: `http://localhost:${port}` }] });
  });

  it('requires no parameter that has a default, and has no example that filters', () => {
    const inQuery = operations().flatMap(([route, { parameters = [] }]) =>
      parameters
        .filter((parameter) => parameter.in === 'query')
        .map((parameter) => [route, parameter] as const),
    );
    expect(inQuery.length).toBeGreaterThan(30);
    for (const [route, { name, required, schema }] of inQuery) {
      const about = { route, name, required: required ?? false, example: schema.example };
      expect(about).toEqual({ route, name, required: false, example: schema.default });
    }
    const defaults = inQuery
      .filter(([route]) => route === 'GET /items')
      .map(([, { name, schema }]) => [name, schema]);
    expect(Object.fromEntries(defaults)).toMatchObject({
      limit: { default: 20 },
      count: { default: false },
      sort: { default: 'id' },
      tag_match: { default: 'all' },
    });
  });

  it('has the limits of bodies that no rule of a single member tells', () => {
    const { schemas } = document.components;
    const atLeast = Object.entries(schemas).flatMap(([name, { minProperties }]) =>
      minProperties === undefined ? [] : [[name, minProperties]],
    );
    expect(Object.fromEntries(atLeast)).toEqual({
      EditChange: 1,
      PriceChange: 1,
      UpdateAccount: 2,
      UpdateItem: 1,
      UpdateStore: 1,
    });
    expect(schemas.Login?.properties?.password).toMatchObject({ maxLength: 1024 });
    expect(JSON.stringify(document)).not.toContain('x-needs-more');
  });

  it('describes each problem once', () => {
    for (const [route, { responses }] of operations()) {
      for (const [status, { description, content }] of Object.entries(responses)) {
        const examples = content?.['application/problem+json']?.examples;
        if (!examples) continue;
        const lines = Object.entries(examples).map(([code, { value }]) => `\`${code}\`: ${value.detail}`);
        expect([route, status, description]).toEqual([route, status, lines.join('\n\n')]);
      }
    }
  });

  it('shows an error that the operation can have', () => {
    const faults = new Map(
      operations().map(([route, { responses }]) => [
        route,
        responses['400']?.content?.['application/problem+json']?.examples?.invalid_input?.value.errors,
      ]),
    );
    for (const [route, errors] of faults) {
      const [place] = errors?.map((fault) => Object.keys(fault)[0]) ?? [];
      const body = new Map(operations()).get(route)?.requestBody;
      const hasBody = body?.content['application/json'] !== undefined;
      expect([route, errors?.length, place]).toEqual([route, 1, hasBody ? 'pointer' : 'parameter']);
    }
    expect(faults.get('GET /items')?.[0]?.parameter).toBe('limit');
    expect(faults.get('GET /items/{id}')?.[0]?.parameter).toBe('id');
    expect(faults.get('POST /items')?.[0]?.pointer).toBe('/name');
  });

  it('has an example of every member of a response, under the name it has in JSON', () => {
    const bodies = new Set(
      operations().map(([, { requestBody }]) =>
        requestBody?.content['application/json']?.schema.$ref?.split('/').at(-1),
      ),
    );
    // A set that grows while it is read: the objects in a body are bodies too.
    for (const name of bodies) {
      const members = Object.values(document.components.schemas[name ?? '']?.properties ?? {});
      for (const { $ref, allOf = [] } of members) {
        const reference = $ref ?? allOf[0]?.$ref;
        if (reference !== undefined) bodies.add(reference.split('/').at(-1));
      }
    }
    for (const [name, schema] of Object.entries(document.components.schemas)) {
      expect([name, schema.type]).toEqual([name, 'object']);
      for (const [member, { example, items, $ref }] of Object.entries(schema.properties ?? {})) {
        expect(member).toMatch(/^[a-z]+(_[a-z]+)*$/);
        const mayLack = bodies.has(name) && !schema.required?.includes(member);
        if (!mayLack)
          expect([name, member, (example ?? items ?? $ref) !== undefined]).toEqual([name, member, true]);
      }
      for (const member of schema.required ?? []) expect(schema.properties).toHaveProperty(member);
    }
  });

  it('has the headers of a 200 in its 304 too', () => {
    for (const [route, { responses }] of operations()) {
      if (!responses['304']) continue;
      const headers = Object.keys(responses['304'].headers ?? {});
      expect([route, headers]).toEqual([route, Object.keys(responses['200']?.headers ?? {})]);
      expect(headers).toEqual(expect.arrayContaining(['ETag', 'Cache-Control', 'X-Request-Id']));
    }
  });

  it('names its operations and schemas for those who call them', () => {
    const ids = operations().map(([, { operationId }]) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toEqual(expect.arrayContaining(['items.list', 'items.listOfStore', 'account.get']));
    expect(JSON.stringify(document)).not.toContain('Dto');
    const codes = document.components.schemas.Problem?.properties?.code as { enum: string[] };
    expect(codes.enum).toEqual(
      expect.arrayContaining(['internal_error', 'invalid_input', 'not_found', 'sku_taken']),
    );
  });

  it('tells all problems of a status', () => {
    const { responses } = new Map(operations()).get('POST /items/{id}/tags') as Operation;
    const codes = (status: string) =>
      Object.keys(responses[status]?.content?.['application/problem+json']?.examples ?? {});
    expect(codes('400').sort()).toEqual(['invalid_input', 'tag_of_another_store']);
    expect(codes('404').sort()).toEqual(['item_not_found', 'tag_not_found']);
  });

  it('has no complaint of the linter', async () => {
    const file = path.join(directory.path, 'openapi.json');
    await writeFile(file, JSON.stringify(document));
    const root = path.join(__dirname, '..');
    const spectral = path.join(root, 'node_modules', '.bin', 'spectral');
    const args = ['lint', file, '--ruleset', path.join(root, '.spectral.yaml'), '--fail-severity', 'hint'];
    const { stdout } = await promisify(execFile)(spectral, args);
    expect(stdout).toContain('No results with a severity of');
  });
});

describe('the examples', () => {
  const EMAIL = 'ada@example.com';

  it('work as they stand after the tour of the README', async () => {
    const { api: ada } = await registerUser(api, EMAIL);
    await ada.post('/stores', { name: 'Corner Shop' });
    await ada.post('/items', { name: 'Watering can', price: 15.99, sku: 'WC-5', store_id: 1 });
    await ada.post('/stores/1/tags', { name: 'garden' });
    await ada.post('/items/1/tags', { tags: [1] });

    // What needs another token or ends something is left out.
    const tried = operations().filter(
      ([route]) => !/^DELETE|refresh|logout|deletion|undo|imports|\/users/.test(route),
    );
    expect(tried.length).toBeGreaterThan(20);
    for (const [route, { parameters = [], requestBody, responses }] of tried) {
      const [method = '', template = ''] = route.split(' ');
      const url = new URL(template.replaceAll(/%7B\w+%7D|\{\w+\}/g, '1'), 'http://x');
      for (const { name, in: place, schema } of parameters) {
        if (place === 'query' && schema.example !== undefined)
          url.searchParams.set(name, String(schema.example));
      }
      const body = requestBody?.content['application/json']?.example;
      const answer = await ada.call(method, url.pathname + url.search, body === undefined ? {} : { body });
      expect([route, String(answer.status)]).toEqual([route, Object.keys(responses).sort()[0]]);
      if (Array.isArray(answer.body)) expect([route, answer.body.length]).not.toEqual([route, 0]);
    }
  });
});

describe('the comparison of each answer of the tests with the document', () => {
  const headers = new Map([
    ['x-request-id', 'r'],
    ['cache-control', 'no-cache'],
    ['etag', '"e"'],
    ['content-type', 'application/json; charset=utf-8'],
  ]);
  const item = {
    id: 1,
    name: 'A chair',
    price: 1.5,
    sku: null,
    store_id: 1,
    tags: [],
    created_at: '2026-01-31T09:00:00.000Z',
    updated_at: '2026-01-31T09:00:00.000Z',
  };
  const compare = (body: object, change: { status?: number; url?: string; without?: string } = {}) => {
    const { status = 200, url = '/items/1?x=1', without = '' } = change;
    const header = (name: string) =>
      name.toLowerCase() === without ? null : headers.get(name.toLowerCase());
    return () => {
      expectDocumented('GET', url, { status, header, text: JSON.stringify(body) });
    };
  };
  const problem = { type: 'about:blank', title: 'Not Found', status: 404, detail: 'x', request_id: 'r' };

  it('accepts what is documented, and leaves other addresses alone', () => {
    expect(compare(item)).not.toThrow();
    expect(compare({ x: 1 }, { url: '/elsewhere' })).not.toThrow();
    expect(compare({ ...problem, code: 'not_found' }, { status: 404 })).not.toThrow();
  });

  it.each<[string, () => void, RegExp]>([
    ['a status', compare(item, { status: 202 }), /the status 202/],
    ['a header that is missing', compare(item, { without: 'etag' }), /no ETag/],
    ['a media type', compare(item, { without: 'content-type' }), /media type/],
    ['a member', compare({ ...item, colour: 'red' }), /additional properties/],
    ['a member that is missing', compare({ ...item, sku: undefined }), /sku/],
    ['a type', compare({ ...item, price: '1.5' }), /price/],
  ])('finds %s', (_what, run, message) => {
    expect(run).toThrow(message);
  });

  it('finds a code', () => {
    headers.set('content-type', 'application/problem+json; charset=utf-8');
    expect(compare({ ...problem, code: 'tag_not_found' }, { status: 404 })).toThrow(/tag_not_found/);
    expect(compare({ ...problem, code: 'item_not_found' }, { status: 404 })).not.toThrow();
  });
});
