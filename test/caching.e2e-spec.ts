import { startApp, type TestApp } from './support/app';
import { type Answer, type Client } from './support/client';
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
import { LONG_AGO } from './support/inputs';
import { linksOf } from './support/lists';

const REVALIDATE = 'public, max-age=0, must-revalidate';
const STRONG = /^"[\w-]{27}"$/;
const WEAK = /^W\/"[\w-]{27}"$/;

let app: TestApp;
let owner: TestUser;
let admin: TestUser;
let store: TestStore;
let ids: { store: number; item: number; tag: number };

beforeAll(async () => {
  app = await startApp();
  [owner, admin] = await Promise.all([createUser(app), createAdmin(app)]);
  store = await createStore(owner);
  const [item, tag] = [await createItem(store, { sku: 'WC-5', price: 0.1 }), await createTag(store)];
  await linkTags(store, item.id, tag.id);
  ids = { store: store.id, item: item.id, tag: tag.id };
});
afterAll(() => app.close());

const pathOf = (route: string) =>
  route.replace(/:(store|item|tag)/g, (_, kind: keyof typeof ids) => String(ids[kind]));
const etagOf = ({ headers }: Answer) => headers.get('etag') ?? '';
const cachingOf = ({ headers }: Answer) => headers.get('cache-control');
const readTag = async (path: string) => etagOf(await app.api.get(path));

function ifNoneMatch(path: string, value: string, method = 'GET', api: Client = app.api): Promise<Answer> {
  return api.call(method, path, { headers: { 'if-none-match': value } });
}

describe.each(['/stores/:store', '/items/:item', '/tags/:tag'])('the entity tag of %s', (route) => {
  it('is strong, and the same as long as nothing changes', async () => {
    const answer = await app.api.get(pathOf(route));
    expect(etagOf(answer)).toMatch(STRONG);
    expect(await readTag(pathOf(route))).toBe(etagOf(answer));
    expect(etagOf(await app.api.call('HEAD', pathOf(route)))).toBe(etagOf(answer));
    expect(etagOf(await admin.api.get(pathOf(route)))).toBe(etagOf(answer));
  });

  it('is no other resource’s', async () => {
    const tags = await Promise.all(
      ['/stores/:store', '/items/:item', '/tags/:tag'].map((each) => readTag(pathOf(each))),
    );
    expect(new Set(tags).size).toBe(3);
  });
});

/** For each kind: how to make one, and changes of it. */
const MAKES: [string, () => Promise<Answer>, object[]][] = [
  ['stores', () => owner.api.post('/stores', { name: unique('store') }), [{ name: 'a' }]],
  [
    'items',
    () => owner.api.post('/items', { name: 'x', price: 1, store_id: ids.store, sku: unique('sku') }),
    [{ name: 'y' }, { price: 1.01 }, { sku: 'other' }, { sku: null }, { name: 'Y' }],
  ],
  [
    'tags',
    () => owner.api.post(`/stores/${ids.store}/tags`, { name: unique('tag') }),
    [{ name: 'b' }, { name: 'B' }],
  ],
];

describe.each(MAKES)('the entity tag on writes of %s', (kind, make, changes) => {
  it('is the one of the next read, and changes with every change', async () => {
    const made = await make();
    const path = made.headers.get('location') ?? '';
    expect(path).toMatch(new RegExp(`^/${kind}/\\d+$`));
    expect(etagOf(made)).toMatch(STRONG);
    expect(cachingOf(made)).toBe('no-store');
    const seen = [etagOf(made)];
    expect(await readTag(path)).toBe(seen[0]);
    for (const change of changes) {
      const answer = await owner.api.patch(path, change);
      expect(answer.status).toBe(200);
      expect(cachingOf(answer)).toBe('no-store');
      expect(await readTag(path)).toBe(etagOf(answer));
      seen.push(etagOf(answer));
    }
    expect(new Set(seen).size).toBe(changes.length + 1);
  });

  it('does not change when nothing does', async () => {
    const made = await make();
    const path = made.headers.get('location') ?? '';
    const { name, price, sku } = made.body as Record<string, unknown>;
    for (const same of [
      { name },
      { name: ` ${String(name)} ` },
      ...(kind === 'items' ? [{ price, sku }] : []),
    ]) {
      expect(etagOf(await owner.api.patch(path, same))).toBe(etagOf(made));
    }
    expect(await readTag(path)).toBe(etagOf(made));
  });

  it('is not looked at: the answer to a write is never 304', async () => {
    const made = await make();
    const path = made.headers.get('location') ?? '';
    const body = { name: (made.body as { name: string }).name };
    const answer = await owner.api.patch(path, body, { headers: { 'if-none-match': etagOf(made) } });
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual(made.body);
  });
});

it('gives an entity tag on PUT too', async () => {
  const item = await createItem(store);
  const answer = await owner.api.put(`/items/${item.id}`, { price: 3 });
  expect(etagOf(answer)).toMatch(STRONG);
  expect(await readTag(`/items/${item.id}`)).toBe(etagOf(answer));
});

describe('the entity tag of an item', () => {
  it('changes with its links, and with the names of its tags', async () => {
    const item = await createItem(store);
    const tags = [await createTag(store, 'one'), await createTag(store, 'two')];
    const path = `/items/${item.id}`;
    const [first, second] = tags.map(({ id }) => id);
    const seen = [await readTag(path)];
    // Within one millisecond nothing but the tags may tell.
    const settle = () => app.sql('UPDATE items SET updated_at = $2 WHERE id = $1', [item.id, LONG_AGO]);
    const step = async (write: () => Promise<Answer>, changes = true) => {
      const answer = await write();
      expect(answer.status).toBeLessThan(300);
      await settle();
      const etag = await readTag(path);
      expect({ path, isNew: !seen.includes(etag) }).toEqual({ path, isNew: changes });
      seen.push(etag);
    };
    await step(() => owner.api.post(`${path}/tags`, { tags: [first] }));
    await step(() => owner.api.post(`${path}/tags`, { tags: [first] }), false);
    await step(() => owner.api.post(`${path}/tags`, { tags: [second, first] }));
    await step(() => owner.api.patch(`/tags/${second}`, { name: 'TWO' }));
    await step(() => owner.api.patch(`/tags/${second}`, { name: 'TWO' }), false);
    await step(() => owner.api.patch(`/tags/${first}`, { name: 'zero' }));
    await step(() => owner.api.delete(`${path}/tags/${second}`));
    await step(() => owner.api.patch(`/tags/${second}`, { name: 'unlinked' }), false);
  });

  it('changes with a tag’s name without a move of updated_at', async () => {
    const [item, tag] = [await createItem(store), await createTag(store)];
    await linkTags(store, item.id, tag.id);
    const before = await app.api.get(`/items/${item.id}`);
    const list = await app.api.get(`/items?store_id=${ids.store}&limit=100`);
    await owner.api.patch(`/tags/${tag.id}`, { name: unique('renamed') });
    const after = await app.api.get(`/items/${item.id}`);
    expect(etagOf(after)).not.toBe(etagOf(before));
    expect(after.body).toMatchObject({ updated_at: (before.body as { updated_at: string }).updated_at });
    expect(etagOf(await app.api.get(`/items?store_id=${ids.store}&limit=100`))).not.toBe(etagOf(list));
    expect((await ifNoneMatch(`/items/${item.id}`, etagOf(before))).status).toBe(200);
  });

  it('is the one of linking’s own answer', async () => {
    const [item, tag] = [await createItem(store), await createTag(store)];
    const linked = await owner.api.post(`/items/${item.id}/tags`, { tags: [tag.id] });
    expect(await readTag(`/items/${item.id}`)).toBe(etagOf(linked));
  });
});

const LISTS = [
  '/stores',
  '/items?limit=1',
  '/stores/:store/items?count=true',
  '/stores/:store/tags?sort=-name',
  '/users',
];

describe.each(LISTS)('the entity tag of GET %s', (route) => {
  const get = (query = '') => admin.api.get(pathOf(route) + query);
  const more = route.includes('?') ? '&' : '?';

  it('is weak, and the same as long as nothing changes', async () => {
    const answer = await get();
    expect(etagOf(answer)).toMatch(WEAK);
    expect(etagOf(await get())).toBe(etagOf(answer));
    expect(etagOf(await admin.api.call('HEAD', pathOf(route)))).toBe(etagOf(answer));
  });

  it('tells of body, links and count', async () => {
    const answers = [
      await get(),
      await get(`${more}page=1`),
      await get(`${more}page=100`),
      await get(`${more}${route.includes('limit') ? 'sort=-id' : 'limit=2'}`),
      await get(more + (route.includes('count') ? 'page=2' : 'count=true')),
    ];
    const contents = answers.map(({ text, headers }) =>
      [text, headers.get('link'), headers.get('x-total-count')].join('\n'),
    );
    expect(new Set(answers.map(etagOf)).size).toBe(new Set(contents).size);
    expect(new Set(contents).size).toBeGreaterThan(2);
  });
});

it('tells a list with a count from the same without, and from one more row beyond the page', async () => {
  const { id } = await createStore(owner);
  const get = async (query: string) => app.api.get(`/stores/${id}/tags?limit=1${query}`);
  const add = (name: string) => owner.api.post(`/stores/${id}/tags`, { name });
  await add('a');
  const [plain, counted] = [await get(''), await get('&count=true')];
  expect(etagOf(counted)).not.toBe(etagOf(plain));
  await add('b');
  const [withNext, ofTwo] = [await get(''), await get('&count=true')];
  expect(withNext.text).toBe(plain.text);
  expect(etagOf(withNext)).not.toBe(etagOf(plain));
  await add('c');
  expect(etagOf(await get(''))).toBe(etagOf(withNext));
  expect(etagOf(await get('&count=true'))).not.toBe(etagOf(ofTwo));
});

const READS = [
  '/stores/:store',
  '/items/:item',
  '/tags/:tag',
  '/stores',
  '/items?count=true&limit=1',
  '/stores/:store/items',
  '/stores/:store/tags?q=tag',
];

describe.each(READS)('GET %s with If-None-Match', (route) => {
  it.each<[string, (etag: string) => string]>([
    ['its entity tag', (etag) => etag],
    ['the weak form', (etag) => (etag.startsWith('W/') ? etag : `W/${etag}`)],
    ['the strong form', (etag) => etag.replace('W/', '')],
    ['a list with it', (etag) => `"other", ${etag},W/"another"`],
    ['a list without blanks', (etag) => `"other",${etag}`],
    ['an asterisk', () => '*'],
  ])('answers 304 to %s, with the same headers and no body', async (_what, valueOf) => {
    const path = pathOf(route);
    const full = await app.api.get(path);
    for (const method of ['GET', 'HEAD']) {
      const answer = await ifNoneMatch(path, valueOf(etagOf(full)), method);
      expect(answer.status).toBe(304);
      expect(answer.text).toBe('');
      for (const name of ['etag', 'cache-control', 'link', 'x-total-count', 'access-control-allow-origin']) {
        expect([name, answer.headers.get(name)]).toEqual([name, full.headers.get(name)]);
      }
      expect(answer.headers.get('content-type')).toBeNull();
      expect(answer.headers.get('transfer-encoding')).toBeNull();
      // Where there is a length it is that of the full answer, never 0.
      const length = method === 'HEAD' ? full.headers.get('content-length') : null;
      expect(answer.headers.get('content-length')).toBe(length);
      expect(cachingOf(answer)).toBe(REVALIDATE);
    }
  });

  it.each<[string, (etag: string) => string]>([
    ['another', () => '"other"'],
    ['none', () => ''],
    ['a part of it', (etag) => `${etag.slice(0, -2)}"`],
    ['it without quotes', (etag) => etag.replaceAll('"', '').replace('W/', '')],
    ['it in another case', (etag) => etag.toUpperCase().replace(/[A-Z](?=")/, 'z')],
    ['a list of others', () => '"a", W/"b", "*"'],
  ])('answers in full to %s', async (_what, valueOf) => {
    const full = await app.api.get(pathOf(route));
    const answer = await ifNoneMatch(pathOf(route), valueOf(etagOf(full)));
    expect(answer.status).toBe(200);
    expect(answer.text).toBe(full.text);
    expect(etagOf(answer)).toBe(etagOf(full));
  });
});

it('keeps to itself what it answers an admin, 304 or not', async () => {
  const full = await admin.api.get('/users');
  expect(cachingOf(full)).toBe('no-store');
  const answer = await ifNoneMatch('/users', etagOf(full), 'GET', admin.api);
  expect(answer.status).toBe(304);
  expect(cachingOf(answer)).toBe('no-store');
  expectProblem(await ifNoneMatch('/users', etagOf(full)), 401, 'unauthenticated');
});

it.each(['/items/999999', '/stores/999999/items', '/items/0', '/nowhere'])(
  'tells of %s that it is not there, even to those who know anything',
  async (path) => {
    const answer = await ifNoneMatch(path, '*');
    expect([400, 404]).toContain(answer.status);
    expect(cachingOf(answer)).toBe('no-store');
    expect(answer.headers.get('etag')).toBeNull();
  },
);

it('the entity tag tells null from an empty text', async () => {
  // The rule of the schema is out of the way; another column may have no such rule.
  await app.sql('ALTER TABLE items DROP CONSTRAINT items_sku_check');
  const { id } = await createItem(store);
  const path = `/items/${id}`;
  const known = await readTag(path);
  expect((await ifNoneMatch(path, known)).status).toBe(304);
  await app.sql(`UPDATE items SET sku = '' WHERE id = $1`, [id]);
  const answer = await ifNoneMatch(path, known);
  expect([answer.status, answer.body]).toMatchObject([200, { sku: '' }]);
  await app.sql('DELETE FROM items WHERE id = $1', [id]);
});

describe('Cache-Control', () => {
  it.each([...READS, '/.well-known/jwks.json'])('lets anybody keep %s', async (route) => {
    for (const api of [app.api, admin.api]) {
      expect(cachingOf(await api.get(pathOf(route)))).toBe(REVALIDATE);
      expect(cachingOf(await api.call('HEAD', pathOf(route)))).toBe(REVALIDATE);
    }
  });

  it.each(['/me', '/sessions', '/users', '/users/:self', '/user/:self', '/health/live', '/health/ready'])(
    'keeps %s from caches',
    async (route) => {
      const answer = await admin.api.get(route.replace(':self', String(admin.id)));
      expect(answer.status).toBe(200);
      expect(cachingOf(answer)).toBe('no-store');
    },
  );

  it.each<[string, number]>([
    ['/stores/999999', 404],
    ['/items?limit=0', 400],
    ['/items/x', 400],
    ['/nowhere', 404],
    ['/register', 405],
    ['/me', 401],
    ['/users', 401],
  ])('keeps the error of GET %s from caches', async (path, status) => {
    const answer = await app.api.get(path);
    expect(answer.status).toBe(status);
    expect(cachingOf(answer)).toBe('no-store');
    expect(answer.headers.get('etag')).toBeNull();
  });

  it('has the seconds of CACHE_MAX_AGE', async () => {
    const other = await startApp({ CACHE_MAX_AGE: '60' }, app.connection);
    try {
      for (const route of ['/stores/:store', '/items', '/.well-known/jwks.json']) {
        const answer = await other.api.get(pathOf(route));
        expect(cachingOf(answer)).toBe('public, max-age=60, must-revalidate');
      }
      const { first } = linksOf(await other.api.get('/items'));
      const known = etagOf(await other.api.get(first));
      expect(cachingOf(await ifNoneMatch(first, known, 'GET', other.api))).toContain('max-age=60');
      expect(cachingOf(await other.api.get('/items/999999'))).toBe('no-store');
      expect(cachingOf(await other.api.get('/health/live'))).toBe('no-store');
    } finally {
      await other.close();
    }
  });
});
