import { type TestApp } from './support/app';
import { makeOld, readResource, startCatalogue } from './support/catalogue';
import { type Answer, type Client } from './support/client';
import { expectProblem } from './support/expect-problem';
import {
  createItem,
  createStore,
  createTag,
  linkTags,
  type TestStore,
  type TestUser,
  unique,
} from './support/factories';
import { BAD_IDS, LONG_AGO, UNKNOWN_IDS } from './support/inputs';

interface Item {
  id: number;
  name: string;
  price: number;
  sku: string | null;
  store_id: number;
  tags: { id: number; name: string }[];
  created_at: string;
  updated_at: string;
}

let app: TestApp;
let owner: TestUser;
let stranger: TestUser;
let admin: TestUser;
let store: TestStore;

beforeAll(async () => {
  ({ app, owner, stranger, admin, store } = await startCatalogue());
});
afterAll(() => app.close());

const read = (id: number) => readResource<Item>(app, 'items', id);

describe('POST /items', () => {
  it('makes an item', async () => {
    const [name, sku] = [unique('item'), unique('SKU')];
    const answer = await owner.api.post('/items', { name, price: 15.99, store_id: store.id, sku });
    expect(answer.status).toBe(201);
    const item = answer.body as Item;
    expect(item).toEqual({
      id: expect.any(Number) as number,
      name,
      price: 15.99,
      sku,
      store_id: store.id,
      tags: [],
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string,
      updated_at: item.created_at,
    });
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.get('location')).toBe(`/items/${item.id}`);
    expect(await read(item.id)).toEqual(item);
  });

  it.each([
    ['missing', {}],
    ['null', { sku: null }],
  ])('makes an item without a sku when it is %s, any number of them', async (_what, sku) => {
    for (let i = 0; i < 2; i++) {
      const answer = await owner.api.post('/items', { name: 'x', price: 1, store_id: store.id, ...sku });
      expect(answer.status).toBe(201);
      expect(answer.body).toMatchObject({ sku: null });
    }
  });

  it('takes a sku once in a store, in exactly its spelling', async () => {
    const { sku } = (await createItem(store, { sku: unique('Sku') })) as Item;
    const item = { name: 'x', price: 1, store_id: store.id };
    expectProblem(await owner.api.post('/items', { ...item, sku }), 409, 'sku_taken');
    expectProblem(await owner.api.post('/items', { ...item, sku: ` ${sku ?? ''} ` }), 409, 'sku_taken');
    expect((await owner.api.post('/items', { ...item, sku: sku?.toUpperCase() })).status).toBe(201);
    const { id: store_id } = await createStore(owner);
    expect((await owner.api.post('/items', { ...item, sku, store_id })).status).toBe(201);
  });

  it('makes exactly one of many items with the same sku', async () => {
    for (let round = 0; round < 5; round++) {
      const item = { name: 'x', price: 1, store_id: store.id, sku: unique('race') };
      const answers = await Promise.all(Array.from({ length: 8 }, () => owner.api.post('/items', item)));
      const [won, ...others] = answers.sort((a, b) => a.status - b.status);
      expect(won?.status).toBe(201);
      for (const answer of others) expectProblem(answer, 409, 'sku_taken');
    }
  });

  it('needs a token, and says so before it looks at the input', async () => {
    const item = { name: 'x', price: 1, store_id: store.id };
    expectProblem(await app.api.post('/items', item), 401, 'unauthenticated');
    expectProblem(await app.api.post('/items?x=1', { ...item, price: -1 }), 401, 'unauthenticated');
  });

  it('refuses a body that cannot be read before it asks for a token', async () => {
    expectProblem(await app.api.call('POST', '/items', { raw: '{' }), 400, 'invalid_input', ['']);
  });

  it('is for the owner of the store and admins, conflict or not', async () => {
    const { sku } = (await createItem(store, { sku: unique('sku') })) as Item;
    const item = { name: unique('item'), price: 1, store_id: store.id };
    expectProblem(await stranger.api.post('/items', item), 403, 'forbidden');
    expectProblem(await stranger.api.post('/items', { ...item, sku }), 403, 'forbidden');
    expect(await app.sql('SELECT FROM items WHERE name = $1', [item.name])).toHaveLength(0);
    expect((await admin.api.post('/items', item)).status).toBe(201);
  });

  it.each([999_999, Number.MAX_SAFE_INTEGER])('does not know the store %d', async (store_id) => {
    expectProblem(await owner.api.post('/items', { name: 'x', price: 1, store_id }), 404, 'store_not_found');
    const invalid = { name: '', price: 1, store_id };
    expectProblem(await owner.api.post('/items', invalid), 400, 'invalid_input', ['/name']);
  });

  it.each([
    ['an empty body', '', ['']],
    ['null', 'null', ['']],
    ['a list', '[]', ['']],
    ['a text', '"x"', ['']],
    ['no member', '{}', ['/name', '/price', '/store_id']],
    [
      'only __proto__',
      '{"__proto__":{"name":"x","price":1,"store_id":1}}',
      ['/__proto__', '/name', '/price', '/store_id'],
    ],
  ])('refuses %s', async (_what, raw, faults) => {
    expectProblem(await owner.api.call('POST', '/items', { raw }), 400, 'invalid_input', faults);
  });

  it.each(['null', '"1"', '0', '-1', '1.5', '9007199254740992', '1e400', 'true', '[1]', '{}'])(
    'rejects the store_id %s',
    async (storeId) => {
      const raw = `{"name":"x","price":1,"store_id":${storeId}}`;
      expectProblem(await owner.api.call('POST', '/items', { raw }), 400, 'invalid_input', ['/store_id']);
    },
  );

  it.each(['id', 'tags', 'created_at', 'storeId', 'constructor', '__proto__', 'hasOwnProperty'])(
    'rejects the member %s',
    async (member) => {
      const raw = `{"name":"x","price":1,"store_id":${store.id},"${member}":[]}`;
      expectProblem(await owner.api.call('POST', '/items', { raw }), 400, 'invalid_input', [`/${member}`]);
    },
  );

  it('tells all that is wrong at once', async () => {
    const body = { name: null, price: '1', store_id: 0, sku: '', x: 1 };
    const faults = ['?limit', '/name', '/price', '/store_id', '/sku', '/x'];
    expectProblem(await owner.api.post('/items?limit=1', body), 400, 'invalid_input', faults);
  });
});

describe('GET /items/:id', () => {
  it('shows the item to anybody, whatever token they bear', async () => {
    const item = await createItem(store);
    const answer = await app.api.get(`/items/${item.id}`);
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual(item);
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect((await app.api.as('no.such.token').get(`/items/${item.id}`)).body).toEqual(item);
  });

  it('shows the tags by name, without regard to case', async () => {
    const own = await createStore(owner);
    const item = await createItem(own);
    const ids = new Map<string, number>();
    for (const name of ['zebra', 'Äpfel', 'apple', 'Banana', 'éclair', 'Zucker', 'berry', '10', '9']) {
      ids.set(name, (await createTag(own, name)).id);
    }
    await linkTags(own, item.id, ...ids.values());
    const inOrder = ['10', '9', 'Äpfel', 'apple', 'Banana', 'berry', 'éclair', 'zebra', 'Zucker'];
    expect((await read(item.id)).tags).toEqual(inOrder.map((name) => ({ id: ids.get(name), name })));
  });

  it.each(UNKNOWN_IDS)('does not know the item %.20s', async (id) => {
    expectProblem(await app.api.get(`/items/${id}`), 404, 'item_not_found');
  });

  it.each(BAD_IDS)('refuses the id %s', async (id) => {
    expectProblem(await app.api.get(`/items/${id}?x=1`), 400, 'invalid_input', ['?id', '?x']);
  });
});

describe.each(['PUT', 'PATCH'])('%s /items/:id', (method) => {
  const change = (api: Client, id: number | string, body: unknown): Promise<Answer> =>
    api.call(method, `/items/${id}`, { body });

  it.each([
    ['name', { name: 'Another name' }],
    ['price', { price: 0.3 }],
    ['sku', { sku: 'A-1' }],
    ['all members', { name: 'Yet another', price: 99_999_999.99, sku: 'A-2' }],
  ])('changes the %s and leaves the rest', async (_what, members) => {
    const own = await createStore(owner);
    const [item, tag] = [await createItem(own, { sku: 'LONG_AGO' }), await createTag(own)];
    await linkTags(own, item.id, tag.id);
    await makeOld(app, 'items', item.id);
    const before = await read(item.id);
    const answer = await change(owner.api, item.id, members);
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ ...before, ...members, updated_at: (answer.body as Item).updated_at });
    expect((answer.body as Item).updated_at > LONG_AGO).toBe(true);
    expect(await read(item.id)).toEqual(answer.body);
  });

  it('moves nothing when nothing changes', async () => {
    const item = (await createItem(store, { sku: unique('sku'), price: 0.1 })) as Item;
    await makeOld(app, 'items', item.id);
    const { name, price, sku } = item;
    for (const same of [{ name }, { price }, { sku }, { name: ` ${name}`, price, sku }]) {
      const answer = await change(owner.api, item.id, same);
      expect(answer.status).toBe(200);
      expect(answer.body).toEqual({ ...item, updated_at: LONG_AGO });
    }
    expect(await read(item.id)).toEqual({ ...item, updated_at: LONG_AGO });
  });

  it('clears the sku with null, once', async () => {
    const item = await createItem(store, { sku: unique('sku') });
    expect((await change(owner.api, item.id, { sku: null })).body).toMatchObject({ sku: null });
    await makeOld(app, 'items', item.id);
    const again = await change(owner.api, item.id, { sku: null });
    expect(again.body).toMatchObject({ sku: null, updated_at: LONG_AGO });
    expect(await read(item.id)).toEqual(again.body);
  });

  it('refuses a sku that another item of the store has, and changes nothing then', async () => {
    const [item, other] = [
      await createItem(store),
      (await createItem(store, { sku: unique('sku') })) as Item,
    ];
    const body = { name: unique('new'), sku: other.sku };
    expectProblem(await change(owner.api, item.id, body), 409, 'sku_taken');
    expectProblem(await change(stranger.api, item.id, body), 403, 'forbidden');
    expect(await read(item.id)).toEqual(item);
    const elsewhere = await createItem(await createStore(owner));
    expect((await change(owner.api, elsewhere.id, body)).status).toBe(200);
  });

  it('cannot move the item to another store, nor name its own', async () => {
    const [item, other] = [await createItem(store), await createStore(owner)];
    for (const store_id of [other.id, store.id]) {
      const answer = await change(owner.api, item.id, { name: 'x', store_id });
      expectProblem(answer, 400, 'invalid_input', ['/store_id']);
    }
    expect(await read(item.id)).toEqual(item);
  });

  it('needs a token', async () => {
    expectProblem(await change(app.api, 'x?x=1', { price: -1 }), 401, 'unauthenticated');
  });

  it('is for the owner of the store and admins', async () => {
    const item = await createItem(store);
    expectProblem(await change(stranger.api, item.id, { price: 1 }), 403, 'forbidden');
    expect(await read(item.id)).toEqual(item);
    expect((await change(admin.api, item.id, { price: 1 })).body).toMatchObject({ price: 1 });
  });

  it.each(UNKNOWN_IDS)('does not know the item %.20s', async (id) => {
    expectProblem(await change(owner.api, id, { price: 1 }), 404, 'item_not_found');
    expectProblem(await change(owner.api, id, { price: -1 }), 400, 'invalid_input', ['/price']);
  });

  it.each(BAD_IDS)('refuses the id %s', async (id) => {
    expectProblem(await change(owner.api, id, { price: 1 }), 400, 'invalid_input', ['?id']);
  });

  it('tells all that is wrong at once', async () => {
    const answer = await change(owner.api, 'x?y=1', { name: 1, price: 1.001, sku: 2, tags: [], store_id: 1 });
    const faults = ['?id', '?y', '/name', '/price', '/sku', '/tags', '/store_id'];
    expectProblem(answer, 400, 'invalid_input', faults);
  });

  it.each([
    ['an empty body', '', ['']],
    ['null', 'null', ['']],
    ['a list', '[]', ['']],
    ['no member', '{}', ['']],
    ['null for the name', '{"name":null}', ['/name']],
    ['null for the price', '{"price":null}', ['/price']],
    ['an id', '{"id":1}', ['/id']],
    ['__proto__', '{"__proto__":{"price":1}}', ['/__proto__']],
    ['constructor', '{"price":1,"constructor":1}', ['/constructor']],
    ['hasOwnProperty', '{"price":1,"hasOwnProperty":1}', ['/hasOwnProperty']],
  ])('refuses %s', async (_what, raw, faults) => {
    const { id } = await createItem(store);
    expectProblem(await owner.api.call(method, `/items/${id}`, { raw }), 400, 'invalid_input', faults);
  });

  it('keeps the changes of all who change different members', async () => {
    for (let round = 0; round < 5; round++) {
      const [item, tag] = [await createItem(store), await createTag(store)];
      const [name, sku] = [unique('name'), unique('sku')];
      const answers = await Promise.all([
        change(owner.api, item.id, { name }),
        change(admin.api, item.id, { price: 7.77 }),
        change(owner.api, item.id, { sku }),
        owner.api.post(`/items/${item.id}/tags`, { tags: [tag.id] }),
      ]);
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
      expect(await read(item.id)).toMatchObject({ name, price: 7.77, sku, tags: [{ id: tag.id }] });
    }
  });

  it('gives a sku to exactly one of many items', async () => {
    const items = await Promise.all(Array.from({ length: 5 }, () => createItem(store)));
    const sku = unique('race');
    const answers = await Promise.all(items.map(({ id }) => change(owner.api, id, { sku })));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409, 409]);
    expect(await app.sql('SELECT FROM items WHERE sku = $1', [sku])).toHaveLength(1);
  });
});

const WRITES = [
  [
    'POST /items',
    201,
    (members: string) =>
      owner.api.call('POST', '/items', { raw: `{"name":"x","price":1,"store_id":${store.id},${members}}` }),
  ],
  [
    'PUT /items/:id',
    200,
    async (members: string) =>
      owner.api.call('PUT', `/items/${(await createItem(store)).id}`, { raw: `{${members}}` }),
  ],
  [
    'PATCH /items/:id',
    200,
    async (members: string) =>
      owner.api.call('PATCH', `/items/${(await createItem(store)).id}`, { raw: `{${members}}` }),
  ],
] as const;

describe.each(WRITES)('the members in %s', (_route, success, send) => {
  it.each([
    ['0', 0],
    ['-0', 0],
    ['0.01', 0.01],
    ['0.1', 0.1],
    ['0.29', 0.29],
    ['1.10', 1.1],
    ['15.99', 15.99],
    ['1e2', 100],
    ['1599e-2', 15.99],
    ['9999999.99', 9999999.99],
    ['99999999.99', 99999999.99],
  ])('store and return the price %s exactly', async (raw, price) => {
    const answer = await send(`"price":${raw}`);
    expect(answer.status).toBe(success);
    const { id, price: returned } = answer.body as Item;
    expect(returned).toBe(price);
    expect((await read(id)).price).toBe(price);
    const [row] = await app.sql('SELECT price::text FROM items WHERE id = $1', [id]);
    expect(row).toEqual({ price: price.toFixed(2) });
  });

  it.each([
    ['with three decimals', '19.999'],
    ['with nine decimals', '0.000000001'],
    ['1e-7', '1e-7'],
    ['5e-324', '5e-324'],
    ['above the range', '100000000'],
    ['above the range by decimals', '99999999.999'],
    ['that rounds into the range', '99999999.994'],
    ['below 0', '-0.01'],
    ['of 2^53', '9007199254740992'],
    ['beyond every number', '1e400'],
    ['below every number', '-1e400'],
    ['with more digits than a number keeps', '15.9900000000000000000001'],
    ['of more digits than are stored', '0.10000000000000000555'],
    ['as text', '"15.99"'],
    ['as an empty text', '""'],
    ['null', 'null'],
    ['true', 'true'],
    ['in a list', '[15.99]'],
    ['as an object', '{}'],
  ])('reject a price %s', async (_what, raw) => {
    expectProblem(await send(`"price":${raw}`), 400, 'invalid_input', ['/price']);
  });

  it('name what is known, and tell an inexact number beside it', async () => {
    const answer = await send('"colour":"red","price":15.9900000000000000000001');
    expectProblem(answer, 400, 'invalid_input', ['/colour', '/price']);
    const messages = (answer.body as { errors: { message: string }[] }).errors.map(({ message }) => message);
    expect(messages).toContainEqual(
      expect.stringMatching(/^unknown member; known are name, price, (\w+, )?sku$/),
    );
    expect(messages).toContain('must be a number with at most 15 significant digits');
  });

  it('are refused with the place where the body stops being JSON', async () => {
    const answer = await send('"price":15,99');
    expectProblem(answer, 400, 'invalid_input', ['']);
    expect((answer.body as { errors: [{ message: string }] }).errors[0].message).toMatch(
      /^must be JSON; it is not at line 1, column \d+$/,
    );
  });

  it.each<[string, (word: string) => string, (word: string) => string]>([
    ['blanks around them', (word) => `\\u00a0\\t${word} \\n`, (word) => word],
    ['decomposed letters', (word) => `${word}e\\u0301`, (word) => `${word}\u00e9`],
    [
      '64 emoji and letters',
      (word) => word + '😀'.repeat(64 - word.length),
      (word) => word + '😀'.repeat(64 - word.length),
    ],
  ])('take name and sku with %s', async (_what, given, stored) => {
    const word = unique('n');
    const answer = await send(`"name":"${given(word)}","sku":"${given(word)}"`);
    expect(answer.status).toBe(success);
    expect(answer.body).toMatchObject({ name: stored(word), sku: stored(word) });
    expect(await read((answer.body as Item).id)).toEqual(answer.body);
  });

  it('take a name of 200 emoji, and none of 201', async () => {
    const name = '😀'.repeat(200);
    expect((await send(`"name":"${name}"`)).body).toMatchObject({ name });
    expectProblem(await send(`"name":"${name}😀"`), 400, 'invalid_input', ['/name']);
  });

  it.each([
    ['empty', '""'],
    ['of blanks', '" \\t\\u3000"'],
    ['of zero-width characters', '"\\u200b\\u200d\\ufeff"'],
    ['of variation selectors', '"\\ufe0f\\ufe0e"'],
    ['with a lone surrogate', '"a\\udc00b"'],
    ['with NUL', '"a\\u0000b"'],
    ['with a control character', '"a\\u001fb"'],
    ['with a C1 control character', '"a\\u0085b"'],
    ['that are numbers', '1'],
    ['that are lists', '["x"]'],
    ['that are objects', '{}'],
    ['that are true', 'true'],
    ['of 201 letters', `"${'a'.repeat(201)}"`],
  ])('reject name and sku %s', async (_what, raw) => {
    expectProblem(await send(`"name":${raw},"sku":${raw}`), 400, 'invalid_input', ['/name', '/sku']);
  });

  it('reject a sku of 65 characters', async () => {
    expectProblem(await send(`"sku":"${'a'.repeat(65)}"`), 400, 'invalid_input', ['/sku']);
    expectProblem(await send(`"sku":"${'😀'.repeat(65)}"`), 400, 'invalid_input', ['/sku']);
  });
});

describe('DELETE /items/:id', () => {
  it('deletes the item and its links, and no tag', async () => {
    const [item, other, tag] = [await createItem(store), await createItem(store), await createTag(store)];
    await linkTags(store, item.id, tag.id);
    await linkTags(store, other.id, tag.id);
    const answer = await owner.api.delete(`/items/${item.id}`);
    expect({ status: answer.status, text: answer.text }).toEqual({ status: 204, text: '' });
    expectProblem(await app.api.get(`/items/${item.id}`), 404, 'item_not_found');
    expectProblem(await owner.api.delete(`/items/${item.id}`), 404, 'item_not_found');
    expect(await app.sql('SELECT FROM item_tags WHERE item_id = $1', [item.id])).toHaveLength(0);
    expect((await read(other.id)).tags).toEqual([{ id: tag.id, name: tag.name }]);
  });

  it('needs a token', async () => {
    expectProblem(await app.api.delete('/items/x'), 401, 'unauthenticated');
  });

  it('is for the owner of the store and admins', async () => {
    const item = await createItem(store);
    expectProblem(await stranger.api.delete(`/items/${item.id}`), 403, 'forbidden');
    expect(await read(item.id)).toEqual(item);
    expect((await admin.api.delete(`/items/${item.id}`)).status).toBe(204);
    expect((await app.api.get(`/items/${item.id}`)).status).toBe(404);
  });

  it.each(UNKNOWN_IDS)('does not know the item %.20s', async (id) => {
    expectProblem(await owner.api.delete(`/items/${id}`), 404, 'item_not_found');
  });

  it.each(BAD_IDS)('refuses the id %s', async (id) => {
    expectProblem(await owner.api.delete(`/items/${id}?x=1`), 400, 'invalid_input', ['?id', '?x']);
  });

  it('is acknowledged once, while others change the item', async () => {
    for (let round = 0; round < 5; round++) {
      const [item, tag] = [await createItem(store), await createTag(store)];
      const remove = () => owner.api.delete(`/items/${item.id}`);
      const [first, patched, second, linked, third] = await Promise.all([
        remove(),
        owner.api.patch(`/items/${item.id}`, { price: 1 }),
        remove(),
        owner.api.post(`/items/${item.id}/tags`, { tags: [tag.id] }),
        remove(),
      ]);
      expect([first, second, third].map(({ status }) => status).sort()).toEqual([204, 404, 404]);
      for (const answer of [patched, linked]) {
        if (answer.status !== 200) expectProblem(answer, 404, 'item_not_found');
      }
      expect(await app.sql('SELECT FROM items WHERE id = $1', [item.id])).toHaveLength(0);
      expect((await owner.api.delete(`/tags/${tag.id}`)).status).toBe(204);
    }
  });
});
