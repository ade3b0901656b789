import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { type Client } from './support/client';
import { createTestDatabase, type TestDatabase, urlOf } from './support/database';
import { EmporiumProcess, temporaryDirectory } from './support/process';
import { writeSigningKey } from './support/signing-key';

interface Media {
  schema: { $ref?: string };
  examples?: Record<string, { value: unknown }>;
}
interface Operation {
  summary?: string;
  tags?: string[];
  security?: Record<string, unknown>[];
  parameters?: { name: string; in: string; description?: string; schema: { type?: string } }[];
  requestBody?: { content: Record<string, Media> };
  responses: Record<string, { description: string; headers?: object; content?: Record<string, Media> }>;
}
interface Schema {
  type: string;
  properties?: Record<string, { $ref?: string; example?: unknown; items?: unknown }>;
  required?: string[];
}
interface Document {
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
  ['GET /user/{user_id}', [200, 403, 404]],
  ['DELETE /user/{user_id}', [204, 403, 404, 409]],
  ['GET /stores', [200, 304]],
  ['POST /stores', [201, 401, 409], 'access_token'],
  ['GET /stores/{id}', [200, 304, 404]],
  ['PATCH /stores/{id}', [200, 401, 403, 404, 409], 'access_token'],
  ['DELETE /stores/{id}', [204, 401, 403, 404], 'access_token'],
  ['GET /items', [200, 304]],
  ['GET /stores/{id}/items', [200, 304, 404]],
  ['POST /items', [201, 401, 403, 404, 409], 'access_token'],
  ['GET /items/{id}', [200, 304, 404]],
  ['PUT /items/{id}', [200, 401, 403, 404, 409], 'access_token'],
  ['PATCH /items/{id}', [200, 401, 403, 404, 409], 'access_token'],
  ['DELETE /items/{id}', [204, 401, 403, 404], 'access_token'],
  ['GET /stores/{id}/tags', [200, 304, 404]],
  ['POST /stores/{id}/tags', [201, 401, 403, 404, 409], 'access_token'],
  ['POST /items/{id}/tags', [200, 401, 403, 404, 409], 'access_token'],
  ['DELETE /items/{item_id}/tags/{tag_id}', [204, 401, 403, 404], 'access_token'],
  ['GET /tags/{id}', [200, 304, 404]],
  ['PATCH /tags/{id}', [200, 401, 403, 404, 409], 'access_token'],
  ['DELETE /tags/{id}', [204, 401, 403, 404, 409], 'access_token'],
  ['GET /health/live', [200]],
  ['GET /health/ready', [200]],
];

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
  emporium = EmporiumProcess.spawn({ DATA_DIR: directory.path, DATABASE_URL: urlOf(database.connection) });
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
    expect(operation?.security).toEqual(security && SECURITY[security]);
    for (const [status, { description, content }] of Object.entries(operation?.responses ?? {})) {
      expect(description).not.toBe('');
      if (status === '204' || status === '304') expect(content).toBeUndefined();
      else if (Number(status) < 300) expect(content?.['application/json']?.schema).toBeDefined();
      else expect(Object.keys(content?.['application/problem+json']?.examples ?? {})).not.toEqual([]);
    }
    const names = [...route.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    const inPath = operation?.parameters?.filter((parameter) => parameter.in === 'path') ?? [];
    expect(inPath.map(({ name }) => name)).toEqual(names);
    for (const { description, schema } of operation?.parameters ?? []) {
      expect(description).toBeTruthy();
      expect(schema.type).toBeDefined();
    }
    if (/^(POST|PUT|PATCH)/.test(route) && !/logout|refresh/.test(route)) {
      expect(operation?.requestBody?.content['application/json']?.schema.$ref).toBeDefined();
    }
  });

  it('has an example of every member, under the name it has on the wire', () => {
    for (const [name, schema] of Object.entries(document.components.schemas)) {
      expect([name, schema.type]).toEqual([name, 'object']);
      for (const [member, { example, items, $ref }] of Object.entries(schema.properties ?? {})) {
        expect(member).toMatch(/^[a-z]+(_[a-z]+)*$/);
        expect([name, member, (example ?? items ?? $ref) !== undefined]).toEqual([name, member, true]);
      }
      for (const member of schema.required ?? []) expect(schema.properties).toHaveProperty(member);
    }
  });

  it('tells all problems of a status', () => {
    const { responses } = new Map(operations()).get('POST /items/{id}/tags') as Operation;
    const codes = (status: string) =>
      Object.keys(responses[status]?.content?.['application/problem+json']?.examples ?? {});
    expect(codes('400').sort()).toEqual(['invalid_input', 'not_supported', 'tag_of_another_store']);
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

describe('GET /docs', () => {
  it('is Swagger UI with all it needs from this server', async () => {
    const page = await api.get('/docs');
    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toContain('text/html');
    const assets = [...page.text.matchAll(/(?:src|href)="(\.\/docs\/[^"]+)"/g)].map(
      ([, url]) => url?.slice(1) ?? '',
    );
    expect(assets.length).toBeGreaterThan(3);
    for (const asset of assets) expect([asset, (await api.get(asset)).status]).toEqual([asset, 200]);
    expect(page.text).not.toMatch(/(?:src|href)="(https?:)?\/\//);
  });
});
