import pg from 'pg';
import { startApp, type TestApp } from './support/app';
import { type Answer } from './support/client';
import { expectProblem } from './support/expect-problem';
import {
  createItem,
  createStore,
  createTag,
  createUser,
  linkTags,
  type TestUser,
  unique,
} from './support/factories';
import { cursorOf as cursorFrom, idsOf, linksOf, paramsOf, walk as walkFrom } from './support/lists';

interface Row {
  id: number;
  name: string;
}

/** A list that no other test writes to. */
interface List {
  /** ends in `?` or `&`, for parameters to follow */
  path: string;
  table: 'stores' | 'items' | 'tags';
  /** makes rows, and tells their ids in order */
  add: (count: number) => Promise<number[]>;
}

let app: TestApp;
let owner: TestUser;

beforeAll(async () => {
  app = await startApp();
  owner = await createUser(app);
});
afterAll(() => app.close());

async function insert(text: string, ...values: unknown[]): Promise<number[]> {
  const rows = await app.sql<{ id: number }>(`${text} RETURNING id::int`, values);
  return rows.map(({ id }) => id).sort((a, b) => a - b);
}

async function insertStore(): Promise<number> {
  const [id = 0] = await insert('INSERT INTO stores (name, owner_id) VALUES ($1, $2)', unique('s'), owner.id);
  return id;
}

const addItems = (storeId: number, sku?: string) => (count: number) =>
  insert(
    `INSERT INTO items (store_id, name, price, sku)
     SELECT $1, 'item ' || n, n, $2 || n FROM generate_series(1, $3) AS n`,
    storeId,
    sku ?? null,
    count,
  );

const addTags = (storeId: number) => (count: number) =>
  insert(
    'INSERT INTO tags (store_id, name) SELECT $1, $2 || n FROM generate_series(1, $3) AS n',
    storeId,
    unique('tag-'),
    count,
  );

async function storesOfOwner(): Promise<List> {
  const email = `${unique('owner')}@example.com`;
  const [ownerId = 0] = await insert(`INSERT INTO users (email, password_hash) VALUES ($1, '')`, email);
  const add = (count: number) =>
    insert(
      'INSERT INTO stores (owner_id, name) SELECT $1, $2 || n FROM generate_series(1, $3) AS n',
      ownerId,
      unique('store-'),
      count,
    );
  return { path: `/stores?owner_id=${ownerId}&`, table: 'stores', add };
}

async function itemsByStore(): Promise<List> {
  const storeId = await insertStore();
  return { path: `/items?store_id=${storeId}&`, table: 'items', add: addItems(storeId) };
}

async function itemsOfStore(): Promise<List> {
  const storeId = await insertStore();
  return { path: `/stores/${storeId}/items?`, table: 'items', add: addItems(storeId) };
}

function itemsBySku(): Promise<List> {
  const sku = unique('ä+&=');
  const add = async (count: number) => {
    const ids = await Promise.all(
      Array.from({ length: count }, async () =>
        insert(
          'INSERT INTO items (store_id, name, price, sku) VALUES ($1, $2, 1, $3)',
          await insertStore(),
          'x',
          sku,
        ),
      ),
    );
    return ids.flat().sort((a, b) => a - b);
  };
  return Promise.resolve({ path: `/items?sku=${encodeURIComponent(sku)}&`, table: 'items', add });
}

async function tagsOfStore(): Promise<List> {
  const storeId = await insertStore();
  return { path: `/stores/${storeId}/tags?`, table: 'tags', add: addTags(storeId) };
}

const ROUTES = ['/stores', '/items', '/stores/:id/items', '/stores/:id/tags'];

const LISTS: [string, () => Promise<List>][] = [
  ['/stores', storesOfOwner],
  ['/items', itemsByStore],
  ['/items by sku', itemsBySku],
  ['/stores/:id/items', itemsOfStore],
  ['/stores/:id/tags', tagsOfStore],
];

const walk = (path: string) => walkFrom(app.api, path);
const cursorOf = (path: string) => cursorFrom(app.api, path);

/** A route's path with the ids of a store in place. */
const inStore = async (route: string) => route.replace(':id', String(await insertStore()));

describe.each(LISTS)('GET %s', (_route, create) => {
  it('answers with an empty list where there is nothing', async () => {
    const { path } = await create();
    const answer = await app.api.get(path);
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual([]);
    expect(Object.keys(linksOf(answer))).toEqual(['first']);
  });

  it('answers with whole rows, 20 of them by default', async () => {
    const { path, table, add } = await create();
    const ids = await add(21);
    const answer = await app.api.get(path);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(idsOf(answer)).toEqual(ids.slice(0, 20));
    const row: unknown = (await app.api.get(`/${table}/${ids[7] ?? 0}`)).body;
    expect((answer.body as Row[])[7]).toEqual(row);
    expect(linksOf(answer)).toEqual({
      first: expect.stringMatching(/limit=20$/) as string,
      next: expect.stringMatching(/limit=20&cursor=[\w-]+$/) as string,
    });
  });

  it.each([1, 2, 5, 9, 10, 11, 100])('gives every row once in pages of %d', async (limit) => {
    const { path, add } = await create();
    const ids = await add(10);
    const pages = await walk(`${path}limit=${limit}`);
    expect(pages.flat()).toEqual(ids);
    // A last page that is exactly full has no next.
    expect(pages).toHaveLength(Math.ceil(10 / limit));
  });

  it('leads back to the first page from every page', async () => {
    const { path, add } = await create();
    await add(5);
    const firstPage = await app.api.get(`${path}sort=-id&limit=2`);
    const { next = '', first } = linksOf(firstPage);
    expect((await app.api.get(first)).body).toEqual(firstPage.body);
    const { first: firstOfNext } = linksOf(await app.api.get(next));
    expect((await app.api.get(firstOfNext)).body).toEqual(firstPage.body);
  });

  it('refuses a cursor of the same list of somebody else, and of every other list', async () => {
    const list = await create();
    await list.add(3);
    const cursor = await cursorOf(list.path);
    for (const other of [create, ...LISTS.map(([, createOther]) => createOther)]) {
      const { path, add } = await other();
      await add(1);
      expectProblem(await app.api.get(`${path}cursor=${cursor}`), 400, 'invalid_input', ['?cursor']);
    }
  });

  it.each<[string, (cursor: string) => string]>([
    ['empty', () => ''],
    ['garbage', () => 'garbage'],
    ['not UTF-8', () => '%ff'],
    ['NUL', () => '%00'],
    ['an id', () => '1'],
    ['JSON', () => Buffer.from('{"id":1}').toString('base64url')],
    ['cut off', (cursor) => cursor.slice(0, -1)],
    ['doubled', (cursor) => cursor + cursor],
    ['padded', (cursor) => `${cursor}=`],
    ['preceded by a blank', (cursor) => `%20${cursor}`],
    ['in another case', (cursor) => cursor.toLowerCase()],
    ['changed in its first character', (cursor) => (cursor.startsWith('A') ? 'B' : 'A') + cursor.slice(1)],
    [
      'changed in its middle',
      (cursor) => cursor.slice(0, 8) + (cursor[8] === 'A' ? 'B' : 'A') + cursor.slice(9),
    ],
    ['given twice', (cursor) => `${cursor}&cursor=${cursor}`],
  ])('refuses a cursor that is %s', async (_what, change) => {
    const { path, add } = await create();
    await add(3);
    const cursor = change(await cursorOf(path));
    expectProblem(await app.api.get(`${path}cursor=${cursor}`), 400, 'invalid_input', ['?cursor']);
  });

  it('counts only when asked, all rows of the list', async () => {
    const { path, add } = await create();
    const totalOf = async (query: string) => {
      const answer = await app.api.get(`${path}${query}`);
      expect(answer.status).toBe(200);
      return answer.headers.get('x-total-count');
    };
    expect(await totalOf('count=true')).toBe('0');
    const ids = await add(7);
    for (const query of [
      'count=true',
      'count=true&limit=2',
      'count=true&limit=2&page=3',
      'page=9&count=true',
    ]) {
      expect(await totalOf(query)).toBe('7');
    }
    const { next = '' } = linksOf(await app.api.get(`${path}count=true&limit=6`));
    const last = await app.api.get(next);
    expect(idsOf(last)).toEqual(ids.slice(6));
    expect(last.headers.get('x-total-count')).toBe('7');
    for (const query of ['', 'count=false', 'limit=2&page=2']) expect(await totalOf(query)).toBeNull();
  });

  it('jumps to a page, and goes on right behind it', async () => {
    const { path, add } = await create();
    const ids = await add(7);
    for (const [page, count] of [
      [1, 3],
      [2, 3],
      [3, 1],
      [4, 0],
    ] as const) {
      const answer = await app.api.get(`${path}limit=3&page=${page}`);
      const shown = ids.slice((page - 1) * 3).slice(0, count);
      expect(idsOf(answer)).toEqual(shown);
      const { first, next } = linksOf(answer);
      expect(paramsOf(first).has('page')).toBe(false);
      expect(idsOf(await app.api.get(first))).toEqual(ids.slice(0, 3));
      expect(next === undefined).toBe(page > 2);
      if (next !== undefined) expect((await walk(next)).flat()).toEqual(ids.slice(page * 3));
    }
  });

  it('refuses a page with a cursor, even the first', async () => {
    const { path, add } = await create();
    await add(3);
    const cursor = await cursorOf(path);
    const answer = await app.api.get(`${path}page=1&cursor=${cursor}`);
    expectProblem(answer, 400, 'invalid_input', ['?page']);
  });

  it.each([
    ['a page', '', 1],
    ['a page with a count', 'count=true', 2],
    ['a later page', 'page=1', 1],
    ['a later page with a count', 'page=1&count=true', 2],
    ['a page by another field', 'sort=-name', 1],
  ])('makes for %s as many SQL statements of many rows as of one', async (_what, query, statements) => {
    const { path, table, add } = await create();
    const ids = await add(1);
    const count = async () => {
      const queries = jest.spyOn(pg.Client.prototype, 'query');
      const answer = await app.api.get(`${path}limit=100&${query}`);
      const calls = queries.mock.calls.length;
      queries.mockRestore();
      return { rows: idsOf(answer).length, calls };
    };
    // The first request may have to open connections.
    await count();
    // The store in a path is looked for by one more.
    const calls = statements + (path.startsWith('/stores/') ? 1 : 0);
    expect(await count()).toEqual({ rows: 1, calls });
    ids.push(...(await add(99)));
    if (table === 'items') {
      await app.sql(
        `WITH t AS (INSERT INTO tags (store_id, name) SELECT store_id, 'tag ' || id FROM items
           WHERE id = ANY ($1) RETURNING id, store_id)
         INSERT INTO item_tags (item_id, tag_id, store_id)
         SELECT i.id, t.id, t.store_id FROM items i JOIN t USING (store_id) WHERE i.id = ANY ($1) AND i.id + 5 > t.id`,
        [ids],
      );
    }
    expect(await count()).toEqual({ rows: 100, calls });
  });
});

describe.each(ROUTES)('the parameters of GET %s', (route) => {
  it.each([
    ...[
      'limit=1',
      'limit=100',
      'limit=020',
      'sort=id',
      'sort=-id',
      'sort=name',
      'sort=-name',
      'sort=id&limit=7',
      '',
    ],
    ...[
      'page=1',
      'page=500',
      'page=100&limit=100',
      'limit=1&page=10000',
      'page=01',
      'count=true',
      'count=false',
    ],
  ])('may be %s', async (query) => {
    const answer = await app.api.get(`${await inStore(route)}?${query}`);
    expect(answer.status).toBe(200);
  });

  it.each([
    'limit=0',
    'limit=101',
    'limit=1.5',
    'limit=',
    'limit',
    'limit=%2B5',
    'limit=+5',
    'limit=-1',
    'limit=1e1',
    'limit=0x10',
    'limit=ten',
    'limit=%EF%BC%91',
    'limit=99999999999999999999',
    'limit=5&limit=5',
    'limit=%ff',
    'limit=5%00',
    'sort=owner',
    'sort=',
    'sort=ID',
    'sort=%2Bid',
    'sort=--id',
    'sort=id,name',
    'sort=constructor',
    'sort=id&sort=id',
    'page=0',
    'page=-1',
    'page=1.5',
    'page=',
    'page=one',
    'page=1e1',
    'page=1&page=1',
    'count=1',
    'count=yes',
    'count=TRUE',
    'count=',
    'count',
    'count=true&count=true',
  ])('may not be %s', async (query) => {
    const answer = await app.api.get(`${await inStore(route)}?${query}`);
    expectProblem(answer, 400, 'invalid_input', [`?${query.split('=')[0] ?? ''}`]);
  });

  it.each([
    'page=501',
    'page=101&limit=100',
    'limit=1&page=10001',
    'limit=7&page=1429',
    'page=999999999999999',
  ])('do not go beyond row 10,000 with %s', async (query) => {
    const answer = await app.api.get(`${await inStore(route)}?${query}`);
    expectProblem(answer, 400, 'invalid_input', ['?page']);
    const { errors } = answer.body as { errors: { message: string }[] };
    expect(errors[0]?.message).toContain('use cursor');
  });

  it.each([
    'offset',
    'price',
    'tags',
    'name',
    'storeId',
    'Limit',
    'limit[]',
    '__proto__',
    'constructor',
    'hasOwnProperty',
  ])('do not include %s', async (name) => {
    const answer = await app.api.get(`${await inStore(route)}?${name}=1`);
    expectProblem(answer, 400, 'invalid_input', [`?${name}`]);
  });

  it('are all checked at once', async () => {
    const answer = await app.api.get(`${await inStore(route)}?limit=0&sort=x&Q=1&cursor=garbage`);
    expectProblem(answer, 400, 'invalid_input', ['?limit', '?sort', '?Q', '?cursor']);
  });

  it('need no token, and take no notice of one', async () => {
    const path = await inStore(route);
    const { status, body } = await app.api.as('no.such.token').get(path);
    expect(status).toBe(200);
    expect(body).toEqual((await app.api.get(path)).body);
  });
});

describe.each([
  ['/stores', 'stores'],
  ['/items', 'items'],
])('GET %s without a filter', (path, table) => {
  it('gives every row of the database', async () => {
    const list = await (table === 'stores' ? storesOfOwner() : itemsByStore());
    await list.add(30);
    const rows = await app.sql<Row>(`SELECT id::int FROM ${table} ORDER BY id`);
    expect((await walk(`${path}?limit=100`)).flat()).toEqual(rows.map(({ id }) => id));
  });
});

describe.each([
  ['/stores', 'sku', 'x'],
  ['/stores', 'store_id', '1'],
  ['/items', 'owner_id', '1'],
  ['/stores/:id/items', 'owner_id', '1'],
  ['/stores/:id/tags', 'store_id', '1'],
  ['/stores/:id/tags', 'sku', 'x'],
])('GET %s', (route, name, value) => {
  it(`does not know ${name}`, async () => {
    const answer = await app.api.get(`${await inStore(route)}?${name}=${value}`);
    expectProblem(answer, 400, 'invalid_input', [`?${name}`]);
  });
});

describe.each([
  ['/stores', 'owner_id'],
  ['/items', 'store_id'],
  ['/stores/:id/items', 'store_id'],
])('GET %s with an id as filter', (route, name) => {
  it.each(['999999', '9007199254740993', '999999999999999999999'])('finds nothing of %s', async (id) => {
    const path = await inStore(route);
    for (const sort of ['id', '-id']) {
      const answer = await app.api.get(`${path}?${name}=${id}&sort=${sort}`);
      expect({ status: answer.status, body: answer.body as unknown }).toEqual({ status: 200, body: [] });
    }
  });

  it.each(['0', '01', '1e3', '-1', '0x10', '%201', 'abc', '1.5', '', '%ff', '1&' + name + '=1'])(
    'refuses the id %s',
    async (id) => {
      const answer = await app.api.get(`${await inStore(route)}?${name}=${id}`);
      expectProblem(answer, 400, 'invalid_input', [`?${name}`]);
    },
  );
});

describe('GET /items with filters', () => {
  it('joins them by AND', async () => {
    const [store, other] = [await createStore(owner), await createStore(owner)];
    const sku = unique('sku');
    const [item] = [
      await createItem(store, { sku }),
      await createItem(store),
      await createItem(other, { sku }),
    ];
    expect(idsOf(await app.api.get(`/items?store_id=${store.id}&sku=${sku}`))).toEqual([item.id]);
    expect(idsOf(await app.api.get(`/stores/${store.id}/items?sku=${sku}`))).toEqual([item.id]);
    expect(idsOf(await app.api.get(`/stores/${store.id}/items?sku=${sku}&store_id=${store.id}`))).toEqual([
      item.id,
    ]);
    expect(idsOf(await app.api.get(`/stores/${store.id}/items?store_id=${other.id}`))).toEqual([]);
    expect(idsOf(await app.api.get(`/items?sku=${sku}`))).toHaveLength(2);
  });

  it('keeps them from page to page', async () => {
    const [store, other] = [await insertStore(), await insertStore()];
    const ids = await addItems(store)(5);
    await addItems(other)(5);
    expect((await walk(`/items?limit=2&store_id=${store}`)).flat()).toEqual(ids);
  });

  it('refuses a cursor when a filter comes or goes', async () => {
    const store = await insertStore();
    await addItems(store, 'sku-')(3);
    const cursor = await cursorOf(`/items?store_id=${store}&`);
    for (const path of ['/items?', `/items?store_id=${store}&sku=sku-1&`, `/items?store_id=${store}0&`]) {
      expectProblem(await app.api.get(`${path}cursor=${cursor}`), 400, 'invalid_input', ['?cursor']);
    }
    const unfiltered = await cursorOf('/items?');
    const answer = await app.api.get(`/items?store_id=${store}&cursor=${unfiltered}`);
    expectProblem(answer, 400, 'invalid_input', ['?cursor']);
  });
});

describe.each(['/items', '/stores/:id/items'])('GET %s with a sku', (route) => {
  it.each([
    ['as it is', (word: string) => `${word}é`],
    ['decomposed', (word: string) => `${word}e%CC%81`],
    ['between blanks', (word: string) => `%20${word}é+%C2%A0`],
  ])('finds the item by the sku %s', async (_what, sku) => {
    const store = await createStore(owner);
    const word = unique('sku');
    const item = await createItem(store, { sku: `${word}é` });
    await createItem(store, { sku: `${word}É` });
    const path = route.replace(':id', String(store.id));
    expect(idsOf(await app.api.get(`${path}?sku=${sku(word)}`))).toEqual([item.id]);
  });

  it.each([
    ['empty', ''],
    ['blanks', '%20+'],
    ['zero-width characters', '%E2%80%8B'],
    ['NUL', 'a%00'],
    ['a control character', 'a%1Fb'],
    ['no UTF-8', '%ff'],
    ['an encoded surrogate', '%ED%A0%80'],
    ['a broken escape', '%zz'],
    ['65 characters', 'a'.repeat(65)],
    ['given twice', 'a&sku=b'],
  ])('refuses a sku that is %s', async (_what, sku) => {
    const answer = await app.api.get(`${await inStore(route)}?sku=${sku}`);
    expectProblem(answer, 400, 'invalid_input', ['?sku']);
  });

  it('takes a sku of 64 emoji', async () => {
    const answer = await app.api.get(`${await inStore(route)}?sku=${encodeURIComponent('😀'.repeat(64))}`);
    expect(answer.status).toBe(200);
  });
});

describe.each(['/stores/:id/items', '/stores/:id/tags'])('the store of GET %s', (route) => {
  it.each(['999999', '9007199254740993', '9'.repeat(3000)])('may be unknown: %.20s', async (id) => {
    expectProblem(await app.api.get(route.replace(':id', id)), 404, 'store_not_found');
  });

  it.each(['0', '01', '1e3', '-1', '0x10', '%201', 'abc', '1.5'])('must have an id, not %s', async (id) => {
    const answer = await app.api.get(`${route.replace(':id', id)}?limit=0`);
    expectProblem(answer, 400, 'invalid_input', ['?id', '?limit']);
  });

  it.each(['limit', 'cursor', 'sort'])('is looked for after the parameter %s', async (name) => {
    const answer = await app.api.get(`${route.replace(':id', '999999')}?${name}=garbage`);
    expectProblem(answer, 400, 'invalid_input', [`?${name}`]);
  });

  it('shows no rows of other stores', async () => {
    const [store, other] = [await createStore(owner), await createStore(owner)];
    const [item, tag] = [await createItem(store), await createTag(store)];
    await createItem(other);
    await createTag(other);
    await linkTags(store, item.id, tag.id);
    const answer = await app.api.get(route.replace(':id', String(store.id)));
    const expected: unknown = route.endsWith('tags') ? tag : (await app.api.get(`/items/${item.id}`)).body;
    expect(answer.body).toEqual([expected]);
  });
});

/** Headers of one exchange or its connection; the client asks to close that after HEAD. */
const PER_EXCHANGE = new Set(['date', 'x-request-id', 'connection', 'keep-alive']);

describe('HEAD', () => {
  it.each([
    '/stores',
    '/stores?limit=1',
    '/stores?limit=0',
    '/stores/:store',
    '/stores/999999',
    '/stores/0',
    '/stores/:store/items',
    '/stores/999999/items',
    '/stores/:store/tags',
    '/stores/999999/tags',
    '/items',
    '/items?q=x',
    '/items/:item',
    '/items/999999',
    '/tags/:tag',
    '/tags/999999',
  ])('of %s answers as GET does, without a body', async (route) => {
    const store = await createStore(owner);
    const [item, tag] = [await createItem(store), await createTag(store)];
    const path = route
      .replace(':store', String(store.id))
      .replace(':item', String(item.id))
      .replace(':tag', String(tag.id));
    const [get, head] = [await app.api.get(path), await app.api.call('HEAD', path)];
    const headersOf = ({ headers }: Answer) => [...headers].filter(([name]) => !PER_EXCHANGE.has(name));
    expect(head.status).toBe(get.status);
    expect(head.text).toBe('');
    expect(headersOf(head)).toEqual(headersOf(get));
    expect(head.headers.get('content-length')).toBe(String(Buffer.byteLength(get.text)));
  });
});
