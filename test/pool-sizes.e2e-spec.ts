import { setTimeout as sleep } from 'node:timers/promises';
import { decode, type JwtPayload } from 'jsonwebtoken';
import { startApp, type TestApp } from './support/app';
import { type Answer, type Client } from './support/client';
import {
  createAdmin,
  createItem,
  createStore,
  createTag,
  createUser,
  linkTags,
  logIn,
  PASSWORD,
  type TestUser,
  unique,
} from './support/factories';

/** A statement that waits for the connection which its own transaction holds would wait as long as this. */
const SETTINGS = {
  REQUEST_TIMEOUT: '20000',
  // Its transactions are to be met, too.
  AUTH_THROTTLE: 'on',
};

type Call = (client: Client) => Promise<Answer>;

/** One successful call of every operation, each on belongings of its own, so that all can be made at once. */
async function prepareCalls(app: TestApp): Promise<Record<string, () => Promise<Answer>>> {
  const owner = await createUser(app);
  const admin = await createAdmin(app);
  const store = await createStore(owner);
  const newItem = async () => (await createItem(store)).id;
  const newTag = async () => (await createTag(store)).id;
  const [item, tag] = [await newItem(), await newTag()];
  const linked = await newItem();
  await linkTags(store, linked, tag);
  const doomedStore = (await createStore(owner)).id;
  const [doomedItem, doomedTag] = [await newItem(), await newTag()];
  const [change] = await app.sql<{ id: string }>(
    `SELECT id FROM changes WHERE resource = 'item' AND resource_id = $1`,
    [await newItem()],
  );
  const newImport = async (state: string) => {
    const [row] = await app.sql<{ id: string }>(
      `INSERT INTO imports (store_id, actor_id, request_id, on_error, on_existing, dry_run, state)
       VALUES ($1, $2, 'r', 'abort', 'update', false, $3) RETURNING id`,
      [store.id, owner.id, state],
    );
    return row?.id ?? '';
  };
  const [preview, succeeded, queued] = [
    await newImport('previewed'),
    await newImport('succeeded'),
    await newImport('queued'),
  ];
  const newSession = () => logIn(app.api, owner.email, owner.id);
  const [ended, loggedOut] = [await newSession(), await newSession()];
  const { sid } = decode(ended.accessToken) as JwtPayload & { sid: string };
  const [changed, leaving, raised] = [await createUser(app), await createUser(app), await createUser(app)];
  const [doomed, developer, refreshed] = [
    await createUser(app),
    await createUser(app),
    await createUser(app),
  ];
  const as = (user: TestUser, call: Call) => () => call(user.api);
  const asNobody = (call: Call) => () => call(app.api);
  const credentials = { email: `${unique('new')}@example.com`, password: PASSWORD };
  const newEmail = {
    email: `${unique('new')}@example.com`,
    password: 'another fine one',
    current_password: PASSWORD,
  };
  return {
    'get /health/live': asNobody((api) => api.get('/health/live')),
    'get /health/ready': asNobody((api) => api.get('/health/ready')),
    'get /.well-known/jwks.json': asNobody((api) => api.get('/.well-known/jwks.json')),
    'get /.well-known/openid-configuration': asNobody((api) => api.get('/.well-known/openid-configuration')),
    'post /register': asNobody((api) => api.post('/register', credentials)),
    'post /login': asNobody((api) => api.post('/login', { email: owner.email, password: PASSWORD })),
    'post /logout': as(loggedOut, (api) => api.post('/logout')),
    'post /refresh': asNobody((api) => api.as(refreshed.refreshToken).post('/refresh')),
    'get /me': as(owner, (api) => api.get('/me')),
    'patch /me': as(changed, (api) => api.patch('/me', newEmail)),
    'post /me/deletion': as(leaving, (api) => api.post('/me/deletion', { current_password: PASSWORD })),
    'get /sessions': as(owner, (api) => api.get('/sessions')),
    'delete /sessions/{id}': as(owner, (api) => api.delete(`/sessions/${sid}`)),
    'get /users': as(admin, (api) => api.get('/users?count=true&q=user')),
    'get /users/{id}': as(admin, (api) => api.get(`/users/${owner.id}`)),
    'patch /users/{id}': as(admin, (api) => api.patch(`/users/${raised.id}`, { role: 'admin' })),
    'delete /users/{id}': as(admin, (api) => api.delete(`/users/${doomed.id}`)),
    'get /user/{user_id}': asNobody((api) => api.get(`/user/${owner.id}`)),
    'delete /user/{user_id}': asNobody((api) => api.delete(`/user/${developer.id}`)),
    'get /stores': asNobody((api) => api.get('/stores?count=true&q=store')),
    'post /stores': as(owner, (api) => api.post('/stores', { name: unique('store') })),
    'get /stores/{id}': asNobody((api) => api.get(`/stores/${store.id}`)),
    'patch /stores/{id}': as(owner, (api) => api.patch(`/stores/${store.id}`, { name: unique('store') })),
    'delete /stores/{id}': as(owner, (api) => api.delete(`/stores/${doomedStore}`)),
    'get /stores/{id}/items': asNobody((api) =>
      api.get(`/stores/${store.id}/items?count=true&tag_id=${tag}`),
    ),
    'get /stores/{id}/tags': asNobody((api) => api.get(`/stores/${store.id}/tags?count=true&q=tag`)),
    'post /stores/{id}/tags': as(owner, (api) =>
      api.post(`/stores/${store.id}/tags`, { name: unique('tag') }),
    ),
    'get /items': asNobody((api) => api.get('/items?count=true&q=item&sort=price&min_price=1')),
    'post /items': as(owner, (api) =>
      api.post('/items', { name: 'x', price: 1, store_id: store.id, sku: 'x' }),
    ),
    'get /items/{id}': asNobody((api) => api.get(`/items/${item}`)),
    'put /items/{id}': as(owner, (api) => api.put(`/items/${item}`, { price: 2 })),
    'patch /items/{id}': as(owner, (api) => api.patch(`/items/${item}`, { name: 'y' })),
    'delete /items/{id}': as(owner, (api) => api.delete(`/items/${doomedItem}`)),
    'post /items/{id}/tags': as(owner, (api) => api.post(`/items/${item}/tags`, { tags: [tag] })),
    'delete /items/{item_id}/tags/{tag_id}': as(owner, (api) => api.delete(`/items/${linked}/tags/${tag}`)),
    'get /stores/{id}/changes': as(owner, (api) =>
      api.get(`/stores/${store.id}/changes?count=true&action=link`),
    ),
    'get /items/{id}/changes': as(owner, (api) => api.get(`/items/${item}/changes`)),
    'post /changes/{id}/undo': as(owner, (api) => api.post(`/changes/${change?.id ?? 0}/undo`)),
    'get /stores/{id}/items/export': asNobody((api) =>
      api.get(`/stores/${store.id}/items/export?tag_id=${tag}`),
    ),
    'get /stores/{id}/imports': as(owner, (api) => api.get(`/stores/${store.id}/imports?count=true`)),
    'post /stores/{id}/imports': as(owner, (api) =>
      api.call('POST', `/stores/${store.id}/imports`, {
        raw: 'name,price,tags\nCan,1,garden\n',
        headers: { 'content-type': 'text/csv' },
      }),
    ),
    'post /stores/{id}/edits': as(owner, (api) =>
      api.post(`/stores/${store.id}/edits`, { filter: {}, change: { price: { add: 1 }, add_tags: ['new'] } }),
    ),
    'get /imports/{id}': as(owner, (api) => api.get(`/imports/${preview}`)),
    'get /imports/{id}/errors': as(owner, (api) => api.get(`/imports/${preview}/errors`)),
    'get /imports/{id}/events': as(owner, (api) => api.get(`/imports/${succeeded}/events`)),
    'get /imports/{id}/changes': as(owner, (api) => api.get(`/imports/${preview}/changes`)),
    'post /imports/{id}/apply': as(owner, (api) => api.post(`/imports/${preview}/apply`)),
    'post /imports/{id}/undo': as(owner, (api) => api.post(`/imports/${succeeded}/undo`)),
    'post /imports/{id}/cancel': as(owner, (api) => api.post(`/imports/${queued}/cancel`)),
    'get /tags/{id}': asNobody((api) => api.get(`/tags/${tag}`)),
    'patch /tags/{id}': as(owner, (api) => api.patch(`/tags/${tag}`, { name: unique('tag') })),
    'delete /tags/{id}': as(owner, (api) => api.delete(`/tags/${doomedTag}`)),
  };
}

/** Of these, only some may run at once, and one in a store. */
const LIMITED: ReadonlySet<string> = new Set([
  'post /stores/{id}/imports',
  'post /imports/{id}/apply',
  'post /imports/{id}/undo',
]);

/** Comes again whenever the answer says so. */
async function patiently(call: () => Promise<Answer>): Promise<Answer> {
  for (;;) {
    const answer = await call();
    const seconds = answer.headers.get('retry-after');
    if (seconds === null) return answer;
    await sleep(Number(seconds) * 1000);
  }
}

/** Every operation that the application documents. */
async function operationsOf({ api }: TestApp): Promise<string[]> {
  const { paths } = (await api.get('/openapi.json')).body as { paths: Record<string, object> };
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods)
      .filter((method) => /^(get|post|put|patch|delete)$/.test(method))
      .map((method) => `${method} ${path}`),
  );
}

// Below six connections all are the pool's; from there on some are shared by reads.
describe.each(['1', '2', '6'])('DATABASE_POOL_MAX=%s', (poolMax) => {
  let app: TestApp;
  beforeAll(async () => {
    // The first start on the embedded database, which creates an admin.
    const settings = { ...SETTINGS, JWT_ISSUER: 'https://shop.example', DATABASE_POOL_MAX: poolMax };
    app = await startApp(settings, undefined, { embedded: true });
  });
  afterAll(() => app.close());

  it('creates the first admin', async () => {
    const admins = await app.sql<{ email: string }>(`SELECT email FROM users WHERE role = 'admin'`);
    expect(admins).toEqual([{ email: 'admin@emporium.example' }]);
  });

  it('serves every operation, one after the other and all at once', async () => {
    const known = await operationsOf(app);
    for (const inParallel of [false, true]) {
      const calls = await prepareCalls(app);
      expect(Object.keys(calls).sort()).toEqual(known.sort());
      const statuses: Record<string, number> = {};
      const make = async ([operation, call]: [string, () => Promise<Answer>]) => {
        const { status } = await (LIMITED.has(operation) ? patiently(call) : call());
        if (status >= 300) statuses[operation] = status;
      };
      if (inParallel) await Promise.all(Object.entries(calls).map(make));
      else for (const entry of Object.entries(calls)) await make(entry);
      expect(statuses).toEqual({});
    }
  });
});
