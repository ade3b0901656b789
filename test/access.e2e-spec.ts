import 'reflect-metadata';
import { Controller, Delete, Get, Module, Post } from '@nestjs/common';
import { hash } from '@node-rs/argon2';
import pino from 'pino';
import { Database } from '../src/database/database';
import { AppModule } from '../src/app.module';
import { createApp } from '../src/app.setup';
import { SessionsService } from '../src/auth/sessions/sessions.service';
import { TokensService } from '../src/auth/tokens/tokens.service';
import { Access } from '../src/common/access';
import { loadEnvironment } from '../src/config/environment';
import { startApp, type TestApp } from './support/app';
import { type Answer } from './support/client';
import { unique } from './support/factories';
import { signingKey } from './support/signing-key';

/** Who calls, in the order of the table's columns. */
const CALLERS = ['nobody', 'stranger', 'owner', 'admin', 'refresh token'] as const;
type CallerName = (typeof CALLERS)[number];

const OPEN = 'ok ok ok ok ok';
const SIGNED_IN = '401 ok ok ok 401';
const OWNER = '401 403 ok ok 401';
const ADMIN = '401 403 403 ok 401';
const REFRESH = '401 401 401 401 ok';

/** Every route, and what each caller gets: 401, 403, or let through. HEAD is like GET, and has no row. */
const TABLE: Readonly<Record<string, string>> = {
  'GET /': OPEN,
  'GET /admin': OPEN,
  'GET /admin/': OPEN,
  'GET /admin/*': OPEN,
  'GET /docs': OPEN,
  'GET /docs/': OPEN,
  'GET /docs/*': OPEN,
  'GET /openapi.json': OPEN,
  'GET /openapi.yaml': OPEN,
  'GET /health/live': OPEN,
  'GET /health/ready': OPEN,

  'GET /.well-known/jwks.json': OPEN,
  'GET /.well-known/openid-configuration': OPEN,
  'POST /register': OPEN,
  'POST /login': OPEN,
  'POST /logout': SIGNED_IN,
  'POST /refresh': REFRESH,

  'GET /me': SIGNED_IN,
  'PATCH /me': SIGNED_IN,
  'POST /me/deletion': SIGNED_IN,
  'GET /sessions': SIGNED_IN,
  'DELETE /sessions/:id': SIGNED_IN,

  'GET /users': ADMIN,
  'GET /users/:id': ADMIN,
  'PATCH /users/:id': ADMIN,
  'DELETE /users/:id': ADMIN,
  'GET /user/:id': OPEN,
  'DELETE /user/:id': OPEN,

  'GET /stores': OPEN,
  'POST /stores': SIGNED_IN,
  'GET /stores/:id': OPEN,
  'PATCH /stores/:id': OWNER,
  'DELETE /stores/:id': OWNER,
  'GET /stores/:id/items': OPEN,
  'GET /stores/:id/items/export': OPEN,
  'GET /stores/:id/tags': OPEN,
  'POST /stores/:id/tags': OWNER,
  'GET /stores/:id/changes': OWNER,
  'GET /stores/:id/imports': OWNER,
  'POST /stores/:id/imports': OWNER,
  'POST /stores/:id/edits': OWNER,

  'GET /items': OPEN,
  'POST /items': OWNER,
  'GET /items/:id': OPEN,
  'PUT /items/:id': OWNER,
  'PATCH /items/:id': OWNER,
  'DELETE /items/:id': OWNER,
  'POST /items/:id/tags': OWNER,
  'DELETE /items/:id/tags/:id': OWNER,
  'GET /items/:id/changes': OWNER,
  'POST /changes/:id/undo': OWNER,
  'GET /imports/:id': OWNER,
  'GET /imports/:id/errors': OWNER,
  'GET /imports/:id/changes': OWNER,
  'GET /imports/:id/events': OWNER,
  'POST /imports/:id/apply': OWNER,
  'POST /imports/:id/undo': OWNER,
  'POST /imports/:id/cancel': OWNER,

  'GET /tags/:id': OPEN,
  'PATCH /tags/:id': OWNER,
  'DELETE /tags/:id': OWNER,
};

/** What an owner has, new for each request: some of them delete it. */
interface Belongings {
  owner: number;
  store: number;
  item: number;
  tag: number;
  /** the creation of the item */
  change: number;
  import: number;
  session: string;
}

/** Good bodies, so that a request gets as far as the check of the owner. */
const BODIES: Readonly<Record<string, (of: Belongings) => unknown>> = {
  'POST /register': () => ({ email: 'x', password: 'x' }),
  'POST /login': () => ({ email: `${unique('nobody')}@example.com`, password: 'x' }),
  'PATCH /me': () => ({ email: `${unique('new')}@example.com`, current_password: 'wrong' }),
  'POST /me/deletion': () => ({ current_password: 'wrong' }),
  'PATCH /users/:id': () => ({ role: 'user' }),
  'POST /stores': () => ({ name: unique('store') }),
  'PATCH /stores/:id': () => ({ name: unique('store') }),
  'POST /stores/:id/tags': () => ({ name: unique('tag') }),
  'POST /stores/:id/edits': () => ({ filter: {}, change: { add_tags: ['x'] }, dry_run: true }),
  'POST /items': ({ store }) => ({ name: 'item', price: 1, store_id: store }),
  'PUT /items/:id': () => ({ price: 2 }),
  'PATCH /items/:id': () => ({ price: 2 }),
  'POST /items/:id/tags': ({ tag }) => ({ tags: [tag] }),
  'PATCH /tags/:id': () => ({ name: unique('tag') }),
};

let app: TestApp;
let admin: number;
let passwordHash: string;
beforeAll(async () => {
  passwordHash = await hash('nobody logs in with this');
  app = await startApp();
  admin = await addUser('admin');
  await addUser('admin');
});
afterAll(() => app.close());

async function addUser(role = 'user'): Promise<number> {
  const [row] = await app.sql<{ id: number }>(
    `INSERT INTO users (email, password_hash, role) VALUES ($1, $2, $3) RETURNING id::int`,
    [`${unique('user')}@example.com`, passwordHash, role],
  );
  return row?.id ?? 0;
}

/** A session without a login, which would cost a hash each time. */
async function openSession(userId: number) {
  const source = await app.app
    .get(SessionsService)
    .start(app.app.get(Database), { id: userId, passwordHash }, { userAgent: undefined, ip: '192.0.2.1' });
  if (!source) throw new Error('no session');
  const { accessToken, refreshToken } = await app.app.get(TokensService).issue(source);
  return { id: source.sessionId, accessToken, refreshToken };
}

async function addBelongings(): Promise<Belongings> {
  const owner = await addUser();
  const [row] = await app.sql<{ store: number; item: number; tag: number }>(
    `WITH s AS (INSERT INTO stores (owner_id, name) VALUES ($1, 'store') RETURNING id),
       i AS (INSERT INTO items (store_id, name, price) SELECT id, 'item', 1 FROM s RETURNING id),
       t AS (INSERT INTO tags (store_id, name) SELECT id, 'tag' FROM s RETURNING id)
     SELECT s.id::int AS store, i.id::int AS item, t.id::int AS tag FROM s, i, t`,
    [owner],
  );
  const { id: session } = await openSession(owner);
  const made = row as { store: number; item: number; tag: number };
  const [change] = await app.sql<{ id: number }>(
    `SELECT id::int FROM changes WHERE resource = 'item' AND resource_id = $1`,
    [made.item],
  );
  const [file] = await app.sql<{ id: number }>(
    `INSERT INTO imports (store_id, actor_id, request_id, on_error, on_existing, dry_run, state)
     VALUES ($1, $2, 'r', 'abort', 'update', false, 'previewed') RETURNING id::int`,
    [made.store, owner],
  );
  return { owner, session, change: change?.id ?? 0, import: file?.id ?? 0, ...made };
}

function concretePath(path: string, of: Belongings): string {
  return path
    .replace('/stores/:id', `/stores/${of.store}`)
    .replace('/items/:id', `/items/${of.item}`)
    .replace('/tags/:id', `/tags/${of.tag}`)
    .replace('/imports/:id', `/imports/${of.import}`)
    .replace('/changes/:id', `/changes/${of.change}`)
    .replace('/sessions/:id', `/sessions/${of.session}`)
    .replace(/\/(users?)\/:id/, `/$1/${of.owner}`)
    .replace('*', 'swagger-ui.css');
}

async function tokenOf(caller: CallerName, { owner }: Belongings): Promise<string | undefined> {
  if (caller === 'nobody') return undefined;
  if (caller === 'stranger') return (await openSession(await addUser())).accessToken;
  if (caller === 'refresh token') return (await openSession(owner)).refreshToken;
  return (await openSession(caller === 'owner' ? owner : admin)).accessToken;
}

/** Calls a route on belongings of its own. */
async function visit(caller: CallerName, method: string, route: string): Promise<Answer> {
  const of = await addBelongings();
  const token = await tokenOf(caller, of);
  const [, path = ''] = route.split(' ');
  const body = BODIES[route]?.(of);
  // A link that is not there would hide who may take it away.
  if (route === 'DELETE /items/:id/tags/:id') {
    const link = 'INSERT INTO item_tags (item_id, tag_id, store_id) VALUES ($1, $2, $3)';
    await app.sql(link, [of.item, of.tag, of.store]);
  }
  // The events of an import that is not finished do not end.
  if (route === 'GET /imports/:id/events')
    await app.sql(`UPDATE imports SET state = 'succeeded' WHERE id = $1`, [of.import]);
  const api = token === undefined ? app.api : app.api.as(token);
  return api.call(method, concretePath(path, of), body === undefined ? {} : { body });
}

/** 401 and 403 of the guard or of the ownership; a wrong password is let through, and then refused. */
function kindOf({ status, body }: Answer): string {
  expect(status).toBeLessThan(500);
  const code = (body as { code?: string } | undefined)?.code;
  if (status === 401 && (code ?? 'unauthenticated') === 'unauthenticated') return '401';
  if (status === 403 && (code ?? 'forbidden') === 'forbidden') return '403';
  return 'ok';
}

/** The routes of an application as its router prints them, each parameter named `id`. */
function routesOf({ app: running }: TestApp): string[] {
  const printed = running.getHttpAdapter().getInstance().printRoutes({ commonPrefix: false });
  const parents: string[] = [];
  return printed.split('\n').flatMap((line) => {
    const [, indent = '', segment = '', methods = ''] =
      /^((?:[│ ] {3})*)[├└]── (\S+)(?: \(([A-Z, ]+)\))?/u.exec(line) ?? [];
    if (segment === '') return [];
    const depth = indent.length / 4;
    const path = (parents[depth - 1] ?? '') + segment.replace(/:\w+(\|:\w+)*/g, ':id');
    parents[depth] = path;
    return methods.split(', ').map((method) => `${method} ${path}`);
  });
}

describe('the table of routes', () => {
  it('has every route of the application, and no other', () => {
    const routes = routesOf(app).filter((route) => !route.startsWith('HEAD '));
    expect(routes.sort()).toEqual(Object.keys(TABLE).sort());
  });

  it('has HEAD wherever there is GET, and only there', () => {
    const routes = routesOf(app);
    const gets = routes.filter((route) => route.startsWith('GET '));
    const heads = routes.filter((route) => route.startsWith('HEAD '));
    expect(heads.sort()).toEqual(gets.map((route) => route.replace('GET', 'HEAD')).sort());
  });

  it('is the same in production, but for the routes of development', async () => {
    const production = await startApp({ NODE_ENV: 'production', JWT_PRIVATE_KEY: signingKey() });
    try {
      const routes = routesOf(production).filter((route) => !route.startsWith('HEAD '));
      expect(routes.sort()).toEqual(
        Object.keys(TABLE)
          .filter((route) => !route.includes('/user/'))
          .sort(),
      );
    } finally {
      await production.close();
    }
  });
});

describe.each(Object.entries(TABLE))('%s', (route, expected) => {
  const [method = ''] = route.split(' ');

  it('lets in whom it should', async () => {
    const kinds: string[] = [];
    for (const caller of CALLERS) kinds.push(kindOf(await visit(caller, method, route)));
    expect(kinds.join(' ')).toBe(expected);
  });

  if (method !== 'GET') return;
  it('lets in the same by HEAD', async () => {
    const kinds: string[] = [];
    for (const caller of CALLERS) {
      const answer = await visit(caller, 'HEAD', route);
      expect(answer.text).toBe('');
      kinds.push(kindOf(answer));
    }
    expect(kinds.join(' ')).toBe(expected);
  });
});

describe('a handler without @Access', () => {
  @Controller('forgotten')
  class ForgottenController {
    @Get()
    read(): string {
      return 'secret';
    }

    @Post()
    write(): string {
      return 'secret';
    }

    @Delete(':id')
    remove(): string {
      return 'secret';
    }
  }

  // @ts-expect-error -- a rule on a class does not compile; it would open nothing, as the guard reads the method's
  @Access('public')
  @Controller('by-class')
  class ByClassController {
    @Get()
    read(): string {
      return 'secret';
    }
  }

  @Module({})
  class WithForgotten {}

  it.each([
    ['GET', '/forgotten'],
    ['HEAD', '/forgotten'],
    ['POST', '/forgotten'],
    ['DELETE', '/forgotten/1'],
    ['GET', '/by-class'],
  ] as const)('is closed to everybody: %s %s', async (method, url) => {
    const environment = loadEnvironment({
      NODE_ENV: 'test',
      JWT_PRIVATE_KEY: signingKey(),
      AUTH_THROTTLE: 'off',
      DATABASE_POOL_MAX: '2',
    });
    const logger = pino({ level: 'silent' });
    const context = { environment, logger, connection: app.connection, embedded: false };
    const open = await createApp(context, (...args) => ({
      module: WithForgotten,
      imports: [AppModule.register(...args)],
      controllers: [ForgottenController, ByClassController],
    }));
    try {
      const source = await open
        .get(SessionsService)
        .start(open.get(Database), { id: admin, passwordHash }, { userAgent: '', ip: '192.0.2.1' });
      if (!source) throw new Error('no session');
      const { accessToken } = await open.get(TokensService).issue(source);
      for (const headers of [{}, { authorization: `Bearer ${accessToken}` }]) {
        const response = await open.inject({ method, url, headers });
        expect(response.statusCode).toBe(403);
        expect(response.body).not.toContain('secret');
      }
    } finally {
      await open.close();
    }
  });
});
