import { type TestApp } from './support/app';
import { makeOld, readResource, startCatalogue } from './support/catalogue';
import { type Client } from './support/client';
import { withClient } from './support/database';
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
import { untilSomebodyWaits } from './support/lock-wait';

interface Store {
  id: number;
  name: string;
  owner_id: number;
  created_at: string;
  updated_at: string;
}

let app: TestApp;
let owner: TestUser;
let stranger: TestUser;
let admin: TestUser;

beforeAll(async () => {
  ({ app, owner, stranger, admin } = await startCatalogue());
});
afterAll(() => app.close());

const read = (id: number) => readResource<Store>(app, 'stores', id);

/** A body with this text as name, in ASCII: `JSON.stringify` alone may not keep lone surrogates on the wire. */
const named = (name: string) => `{"name":"${toEscapes(name)}"}`;
const toEscapes = (text: string) =>
  text
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');

/** How many rows of a store, and of what hangs on it, there are. */
async function countRows({ id }: TestStore): Promise<Record<string, number>> {
  const [row] = await app.sql<Record<string, number>>(
    `SELECT (SELECT count(*)::int FROM stores WHERE id = $1) AS stores,
       (SELECT count(*)::int FROM items WHERE store_id = $1) AS items,
       (SELECT count(*)::int FROM tags WHERE store_id = $1) AS tags,
       (SELECT count(*)::int FROM item_tags WHERE store_id = $1) AS links`,
    [id],
  );
  return row ?? {};
}

/** What a write may answer whose store goes meanwhile. */
const GONE = [
  { status: 404, code: 'store_not_found' },
  { status: 404, code: 'item_not_found' },
  { status: 404, code: 'tag_not_found' },
  { status: 503, code: 'unavailable' },
];
const NOTHING = { stores: 0, items: 0, tags: 0, links: 0 };

/** A store with two items that carry three tags, made in turns. */
async function createFilledStore(): Promise<TestStore> {
  const store = await createStore(owner);
  const first = await createItem(store);
  const tags = [await createTag(store), await createTag(store)];
  const second = await createItem(store);
  const last = await createTag(store);
  await linkTags(store, first.id, last.id, ...tags.map(({ id }) => id));
  await linkTags(store, second.id, last.id, ...tags.map(({ id }) => id));
  return store;
}

describe('POST /stores', () => {
  it('makes a store of the caller', async () => {
    const name = unique('Shop');
    const answer = await owner.api.post('/stores', { name });
    expect(answer.status).toBe(201);
    expect(answer.body).toEqual({
      id: expect.any(Number) as number,
      name,
      owner_id: owner.id,
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string,
      updated_at: (answer.body as Store).created_at,
    });
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.get('x-request-id')).toMatch(/^[\w.-]{1,128}$/);
    const location = answer.headers.get('location') ?? '';
    expect(location).toBe(`/stores/${(answer.body as Store).id}`);
    expect((await app.api.get(location)).body).toEqual(answer.body);
  });

  it('needs a token, and says so before it looks at the input', async () => {
    expectProblem(await app.api.post('/stores', { name: 'x' }), 401, 'unauthenticated');
    expectProblem(await app.api.post('/stores?x=1', { name: 1 }), 401, 'unauthenticated');
    expectProblem(await app.api.as('x.y.z').post('/stores', { name: 'x' }), 401, 'unauthenticated');
  });

  it('refuses a body that cannot be read before it asks for a token', async () => {
    expectProblem(await app.api.call('POST', '/stores', { raw: '{' }), 400, 'invalid_input', ['']);
  });

  it('refuses a name that the owner has, without regard to case', async () => {
    const { name } = await createStore(owner, unique('Straße'));
    expectProblem(
      await owner.api.post('/stores', { name: name.toLocaleUpperCase('de').replace('STRASSE', 'STRAßE') }),
      409,
      'store_name_taken',
    );
    expect((await stranger.api.post('/stores', { name })).status).toBe(201);
  });

  it.each([
    ['capital sharp s', 'GROẞ', 'groß'],
    ['dotted capital I', 'İzmir', 'i\u0307zmir'],
    ['final sigma', 'ΟΔΟΣ', 'οδος'],
    ['composed and decomposed', 'Caf\u00e9', 'CAFE\u0301'],
    ['blanks behind it', 'blank', 'BLANK\u3000\n'],
  ])('takes two names for one: %s', async (_what, first, second) => {
    const word = unique('');
    expect((await owner.api.post('/stores', { name: word + first })).status).toBe(201);
    expectProblem(await owner.api.post('/stores', { name: word + second }), 409, 'store_name_taken');
  });

  it.each([
    ['sharp s and double s', 'groß', 'GROSS'],
    ['dotted and dotless i', 'Izmir', 'ızmir'],
    ['dotted capital and plain i', 'İzmir', 'izmir'],
    ['accents', 'cafe', 'café'],
    ['inner blanks', 'a b', 'a  b'],
  ])('takes two names for two: %s', async (_what, first, second) => {
    const word = unique('');
    expect((await owner.api.post('/stores', { name: word + first })).status).toBe(201);
    expect((await owner.api.post('/stores', { name: word + second })).status).toBe(201);
  });

  it('makes exactly one of many stores with the same name', async () => {
    for (let round = 0; round < 5; round++) {
      const name = unique('race');
      const answers = await Promise.all(
        Array.from({ length: 8 }, (_each, index) =>
          owner.api.post('/stores', { name: index % 2 ? name : name.toUpperCase() }),
        ),
      );
      const [won, ...others] = answers.sort((a, b) => a.status - b.status);
      expect(won?.status).toBe(201);
      for (const answer of others) expectProblem(answer, 409, 'store_name_taken');
    }
  });

  it('tells all that is wrong at once', async () => {
    const answer = await owner.api.post('/stores?x=1', { name: '', owner_id: 1, constructor: 2 });
    expectProblem(answer, 400, 'invalid_input', ['?x', '/name', '/owner_id', '/constructor']);
  });

  it.each([
    ['an empty body', '', ['']],
    ['null', 'null', ['']],
    ['a list', '[{"name":"x"}]', ['']],
    ['a text', '"name"', ['']],
    ['a number', '1', ['']],
    ['what is not JSON', '{"name":"x",}', ['']],
    ['no member', '{}', ['/name']],
    ['an id', '{"name":"x","id":1}', ['/id']],
    ['__proto__', '{"name":"x","__proto__":{"name":"y"}}', ['/__proto__']],
    ['only __proto__', '{"__proto__":{"name":"x"}}', ['/__proto__', '/name']],
    ['constructor', '{"name":"x","constructor":{}}', ['/constructor']],
    ['hasOwnProperty', '{"name":"x","hasOwnProperty":1}', ['/hasOwnProperty']],
    ['a member in another case', '{"Name":"x"}', ['/Name', '/name']],
    ['a member with / and ~', '{"name":"x","a/b~c":1}', ['/a~1b~0c']],
  ])('refuses %s', async (_what, raw, faults) => {
    expectProblem(await owner.api.call('POST', '/stores', { raw }), 400, 'invalid_input', faults);
  });
});

describe('GET /stores/:id', () => {
  it('shows the store to anybody, whatever token they bear', async () => {
    const store = await createStore(owner);
    const answer = await app.api.get(`/stores/${store.id}`);
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ id: store.id, name: store.name, owner_id: owner.id });
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect((await app.api.as('no.such.token').get(`/stores/${store.id}`)).body).toEqual(answer.body);
  });

  it.each(UNKNOWN_IDS)('does not know the store %.20s', async (id) => {
    expectProblem(await app.api.get(`/stores/${id}`), 404, 'store_not_found');
  });

  it.each(BAD_IDS)('refuses the id %s', async (id) => {
    expectProblem(await app.api.get(`/stores/${id}`), 400, 'invalid_input', ['?id']);
  });

  it('refuses an id and parameters at once', async () => {
    expectProblem(await app.api.get('/stores/x?limit=1&a'), 400, 'invalid_input', ['?id', '?limit', '?a']);
  });
});

describe('PATCH /stores/:id', () => {
  it('renames the store', async () => {
    const store = await createStore(owner);
    await makeOld(app, 'stores', store.id);
    const before = await read(store.id);
    const name = unique('new');
    const answer = await owner.api.patch(`/stores/${store.id}`, { name });
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ ...before, name, updated_at: (answer.body as Store).updated_at });
    expect((answer.body as Store).updated_at > LONG_AGO).toBe(true);
    expect(await read(store.id)).toEqual(answer.body);
  });

  it('moves nothing when nothing changes', async () => {
    const store = await createStore(owner);
    await makeOld(app, 'stores', store.id);
    const answer = await owner.api.patch(`/stores/${store.id}`, { name: ` ${store.name} ` });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ name: store.name, updated_at: LONG_AGO });
    expect(await read(store.id)).toEqual(answer.body);
  });

  it('lets the case of the name change', async () => {
    const store = await createStore(owner);
    const name = store.name.toUpperCase();
    expect((await owner.api.patch(`/stores/${store.id}`, { name })).status).toBe(200);
    expect((await read(store.id)).name).toBe(name);
  });

  it('refuses a name of another store of the owner, even from an admin', async () => {
    const [store, other] = [await createStore(owner), await createStore(owner)];
    for (const { api } of [owner, admin]) {
      const answer = await api.patch(`/stores/${store.id}`, { name: other.name.toUpperCase() });
      expectProblem(answer, 409, 'store_name_taken');
    }
    expect((await read(store.id)).name).toBe(store.name);
  });

  it('lets an admin give the store to another user', async () => {
    const store = await createStore(owner);
    expectProblem(await owner.api.patch(`/stores/${store.id}`, { owner_id: stranger.id }), 403, 'forbidden');
    const answer = await admin.api.patch(`/stores/${store.id}`, { owner_id: stranger.id });
    expect(answer.status).toBe(200);
    expect((await app.api.get(`/stores/${store.id}`)).body).toMatchObject({
      owner_id: stranger.id,
      name: store.name,
    });
    expectProblem(await owner.api.patch(`/stores/${store.id}`, { name: unique('x') }), 403, 'forbidden');
    expectProblem(await admin.api.patch(`/stores/${store.id}`, { owner_id: 999_999 }), 404, 'user_not_found');
  });

  it('hands over what is in the store, and changes nothing in it', async () => {
    const store = await createStore(owner);
    const [item, tag] = [await createItem(store), await createTag(store)];
    await linkTags(store, item.id, tag.id);
    const before: unknown = (await app.api.get(`/items/${item.id}`)).body;
    await admin.api.patch(`/stores/${store.id}`, { owner_id: stranger.id });
    expect((await app.api.get(`/items/${item.id}`)).body).toEqual(before);
    expectProblem(await owner.api.patch(`/items/${item.id}`, { price: 1 }), 403, 'forbidden');
    expectProblem(await owner.api.delete(`/items/${item.id}/tags/${tag.id}`), 403, 'forbidden');
    expect((await stranger.api.patch(`/items/${item.id}`, { price: 1 })).status).toBe(200);
    expect((await stranger.api.patch(`/tags/${tag.id}`, { name: unique('mine') })).status).toBe(200);
    expect((await stranger.api.delete(`/stores/${store.id}`)).status).toBe(204);
  });

  it('refuses to give it to somebody who has a store of that name', async () => {
    const store = await createStore(owner);
    await createStore(stranger, store.name);
    const name = unique('renamed');
    const owner_id = stranger.id;
    expectProblem(await admin.api.patch(`/stores/${store.id}`, { owner_id }), 409, 'store_name_taken');
    expect(await read(store.id)).toMatchObject({ owner_id: owner.id, name: store.name });
    expect((await admin.api.patch(`/stores/${store.id}`, { owner_id, name })).status).toBe(200);
    expect(await read(store.id)).toMatchObject({ owner_id, name });
  });

  it('changes neither member when one is refused', async () => {
    const store = await createStore(owner);
    const body = { name: unique('new'), owner_id: 999_999 };
    expectProblem(await admin.api.patch(`/stores/${store.id}`, body), 404, 'user_not_found');
    expectProblem(await owner.api.patch(`/stores/${store.id}`, body), 403, 'forbidden');
    expect((await read(store.id)).name).toBe(store.name);
  });

  it('lets nobody but an admin say whose it is, not even when it stays', async () => {
    const store = await createStore(owner);
    const body = { owner_id: owner.id };
    expectProblem(await owner.api.patch(`/stores/${store.id}`, body), 403, 'forbidden');
    await makeOld(app, 'stores', store.id);
    expect((await admin.api.patch(`/stores/${store.id}`, body)).body).toMatchObject({ updated_at: LONG_AGO });
  });

  it('needs a token', async () => {
    expectProblem(await app.api.patch('/stores/x?x=1', { name: 1 }), 401, 'unauthenticated');
  });

  it('is for the owner and admins', async () => {
    const store = await createStore(owner);
    const name = unique('new');
    expectProblem(await stranger.api.patch(`/stores/${store.id}`, { name }), 403, 'forbidden');
    expect((await read(store.id)).name).toBe(store.name);
    expect((await admin.api.patch(`/stores/${store.id}`, { name })).body).toMatchObject({ name });
  });

  it('tells a stranger no conflict', async () => {
    const [store, other] = [await createStore(owner), await createStore(owner)];
    expectProblem(await stranger.api.patch(`/stores/${store.id}`, { name: other.name }), 403, 'forbidden');
  });

  it.each(UNKNOWN_IDS)('does not know the store %.20s', async (id) => {
    expectProblem(await owner.api.patch(`/stores/${id}`, { name: 'x' }), 404, 'store_not_found');
  });

  it.each(BAD_IDS)('refuses the id %s', async (id) => {
    expectProblem(await owner.api.patch(`/stores/${id}`, { name: 'x' }), 400, 'invalid_input', ['?id']);
  });

  it('tells all that is wrong at once', async () => {
    const answer = await owner.api.patch('/stores/x?y=1', { name: 1, owner_id: '1', id: 1 });
    expectProblem(answer, 400, 'invalid_input', ['?id', '?y', '/name', '/owner_id', '/id']);
  });

  it('looks at the input before the store', async () => {
    expectProblem(await owner.api.patch('/stores/999999', { name: null }), 400, 'invalid_input', ['/name']);
  });

  it.each([
    ['an empty body', '', ['']],
    ['no member', '{}', ['']],
    ['a list', '[]', ['']],
    ['null for the name', '{"name":null}', ['/name']],
    ['a number for the name', '{"name":1}', ['/name']],
    ['a list for the name', '{"name":["x"]}', ['/name']],
    ['null for the owner', '{"owner_id":null}', ['/owner_id']],
    ['the owner as text', '{"owner_id":"1"}', ['/owner_id']],
    ['the owner 0', '{"owner_id":0}', ['/owner_id']],
    ['a fraction for the owner', '{"owner_id":1.5}', ['/owner_id']],
    ['an owner beyond 2^53 - 1', '{"owner_id":9007199254740992}', ['/owner_id']],
    ['created_at', '{"name":"x","created_at":"2020-01-01T00:00:00.000Z"}', ['/created_at']],
    ['__proto__', '{"__proto__":{"name":"x"}}', ['/__proto__']],
    ['constructor', '{"name":"x","constructor":1}', ['/constructor']],
  ])('refuses %s', async (_what, raw, faults) => {
    const { id } = await createStore(owner);
    expectProblem(await admin.api.call('PATCH', `/stores/${id}`, { raw }), 400, 'invalid_input', faults);
  });

  it('keeps the changes of two who change different members', async () => {
    for (let round = 0; round < 5; round++) {
      const store = await createStore(owner);
      const name = unique('new');
      await Promise.all([
        admin.api.patch(`/stores/${store.id}`, { name }),
        admin.api.patch(`/stores/${store.id}`, { owner_id: stranger.id }),
      ]);
      expect(await read(store.id)).toMatchObject({ name, owner_id: stranger.id });
    }
  });
});

describe.each([
  ['POST /stores', (api: Client, raw: string) => api.call('POST', '/stores', { raw }), 201],
  [
    'PATCH /stores/:id',
    async (api: Client, raw: string) =>
      api.call('PATCH', `/stores/${(await createStore(owner)).id}`, { raw }),
    200,
  ],
] as const)('the name in %s', (_route, send, success) => {
  it.each<[string, (word: string) => string, (word: string) => string]>([
    ['blanks around it', (word) => `\u00a0\u3000\ufeff \t\n${word}\r\n `, (word) => word],
    ['blanks within it', (word) => `${word}  x`, (word) => `${word}  x`],
    ['decomposed letters', (word) => `${word}e\u0301`, (word) => `${word}\u00e9`],
    ['zero-width characters among others', (word) => `${word}\u200dx`, (word) => `${word}\u200dx`],
    [
      '200 characters',
      (word) => word + '😀'.repeat(200 - word.length),
      (word) => word + '😀'.repeat(200 - word.length),
    ],
    [
      '200 characters after normalisation',
      (word) => ` ${word}${'e\u0301'.repeat(200 - word.length)} `,
      (word) => word + '\u00e9'.repeat(200 - word.length),
    ],
    ['quotes and backslashes', (word) => `${word}'"\\;--`, (word) => `${word}'"\\;--`],
    ['an astral letter', (word) => `${word}𝒳`, (word) => `${word}𝒳`],
  ])('may have %s', async (_what, given, stored) => {
    const word = unique('n');
    const answer = await send(owner.api, named(given(word)));
    expect({ status: answer.status, body: answer.body as unknown }).toMatchObject({
      status: success,
      body: { name: stored(word) },
    });
    expect((await read((answer.body as Store).id)).name).toBe(stored(word));
  });

  it.each([
    ['nothing', ''],
    ['blanks only', ' \t\u3000'],
    ['zero-width characters only', '\u200b\u200d\u2060\ufeff'],
    ['variation selectors only', '\ufe0f\ufe0e\u{e0100}'],
    ['a soft hyphen only', '\u00ad'],
    ['a Hangul filler only', '\u3164'],
    ['a lone high surrogate', 'a\ud800b'],
    ['a lone low surrogate', 'a\udc00'],
    ['NUL', 'a\u0000b'],
    ['NUL at the end', 'a\u0000'],
    ['a line feed', 'a\nb'],
    ['escape', 'a\u001bb'],
    ['delete', 'a\u007f'],
    ['a C1 control', 'a\u0085b'],
    ['201 letters', 'a'.repeat(201)],
    ['201 emoji', '😀'.repeat(201)],
    ['201 characters after normalisation', '\u0958'.repeat(101)],
  ])('must not have %s', async (_what, name) => {
    expectProblem(await send(owner.api, named(name)), 400, 'invalid_input', ['/name']);
  });
});

describe('DELETE /stores/:id', () => {
  it('takes items, tags and links along, and nothing of other stores', async () => {
    const [store, other] = [await createFilledStore(), await createFilledStore()];
    const before = await countRows(other);
    expect(before).toEqual({ stores: 1, items: 2, tags: 3, links: 6 });
    const answer = await owner.api.delete(`/stores/${store.id}`);
    expect({ status: answer.status, text: answer.text }).toEqual({ status: 204, text: '' });
    expect(answer.headers.get('content-type')).toBeNull();
    expect(await countRows(store)).toEqual(NOTHING);
    expect(await countRows(other)).toEqual(before);
    expectProblem(await app.api.get(`/stores/${store.id}`), 404, 'store_not_found');
    expectProblem(await owner.api.delete(`/stores/${store.id}`), 404, 'store_not_found');
  });

  it('frees the name', async () => {
    const { id, name } = await createStore(owner);
    await owner.api.delete(`/stores/${id}`);
    expect((await owner.api.post('/stores', { name })).status).toBe(201);
  });

  it('needs a token', async () => {
    expectProblem(await app.api.delete('/stores/x'), 401, 'unauthenticated');
  });

  it('is for the owner and admins', async () => {
    const store = await createStore(owner);
    expectProblem(await stranger.api.delete(`/stores/${store.id}`), 403, 'forbidden');
    expect((await app.api.get(`/stores/${store.id}`)).status).toBe(200);
    expect((await admin.api.delete(`/stores/${store.id}`)).status).toBe(204);
    expect((await app.api.get(`/stores/${store.id}`)).status).toBe(404);
  });

  it.each(UNKNOWN_IDS)('does not know the store %.20s', async (id) => {
    expectProblem(await owner.api.delete(`/stores/${id}`), 404, 'store_not_found');
  });

  it.each(BAD_IDS)('refuses the id %s', async (id) => {
    expectProblem(await owner.api.delete(`/stores/${id}?x=1`), 400, 'invalid_input', ['?id', '?x']);
  });

  it('is acknowledged once, however many ask at once', async () => {
    const store = await createFilledStore();
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => owner.api.delete(`/stores/${store.id}`)),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 404, 404, 404, 404, 404]);
  });

  it('leaves nothing, whatever is made in the store meanwhile', async () => {
    for (let round = 0; round < 8; round++) {
      const store = await createFilledStore();
      const item = await createItem(store);
      const tags = await Promise.all([createTag(store), createTag(store), createTag(store)]);
      const others = [
        () => owner.api.post('/items', { name: 'x', price: 1, store_id: store.id }),
        () => owner.api.post(`/stores/${store.id}/tags`, { name: unique('tag') }),
        ...tags.map((tag) => () => owner.api.post(`/items/${item.id}/tags`, { tags: [tag.id] })),
        () => owner.api.patch(`/items/${item.id}`, { price: round }),
        () => owner.api.patch(`/tags/${tags[0].id}`, { name: unique('tag') }),
        () => owner.api.delete(`/items/${item.id}`),
        () => owner.api.patch(`/stores/${store.id}`, { name: unique('store') }),
      ];
      const writes = others.map((write) => write());
      const removal = owner.api.delete(`/stores/${store.id}`);
      const later = others.map((write) => write());
      const answers = await Promise.all([...writes, ...later]);
      for (const { status, body } of answers) {
        if (status < 300) continue;
        expect(GONE).toContainEqual({ status, code: (body as { code: string }).code });
      }
      expect((await removal).status).toBe(204);
      expect(await countRows(store)).toEqual(NOTHING);
    }
  });
});

describe('a deletion of the store under way', () => {
  it.each([
    ['POST', '/items', 'store_not_found'],
    ['POST', '/stores/:store/tags', 'store_not_found'],
    ['PATCH', '/stores/:store', 'store_not_found'],
    ['DELETE', '/stores/:store', 'store_not_found'],
    ['PATCH', '/items/:item', 'item_not_found'],
    ['DELETE', '/items/:item', 'item_not_found'],
    ['PATCH', '/tags/:tag', 'tag_not_found'],
    ['DELETE', '/tags/:tag', 'tag_not_found'],
    ['POST', '/items/:item/tags', 'item_not_found'],
    ['DELETE', '/items/:item/tags/:tag', 'item_not_found'],
  ])('is waited for by %s %s, which then finds nothing', async (method, route, code) => {
    const store = await createStore(owner);
    const [item, tag, spare] = [await createItem(store), await createTag(store), await createTag(store)];
    await linkTags(store, item.id, tag.id);
    const path = route
      .replace(':store', String(store.id))
      .replace(':item', String(item.id))
      .replace(':tag', String(tag.id));
    const name = unique('new');
    let body: unknown = { name };
    if (path === '/items') body = { name, price: 1, store_id: store.id };
    if (route === '/items/:item/tags') body = { tags: [spare.id] };
    await withClient(app.connection, async (client) => {
      await client.query('BEGIN');
      await client.query('DELETE FROM stores WHERE id = $1', [store.id]);
      const request = owner.api.call(method, path, method === 'DELETE' ? {} : { body });
      await untilSomebodyWaits(app);
      await client.query('COMMIT');
      expectProblem(await request, 404, code);
    });
    expect(await countRows(store)).toEqual(NOTHING);
  });
});
