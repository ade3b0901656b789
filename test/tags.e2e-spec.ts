import { type TestApp } from './support/app';
import { makeOld, readResource, startCatalogue } from './support/catalogue';
import { type Client } from './support/client';
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

interface Tag {
  id: number;
  name: string;
  store_id: number;
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

const read = (id: number) => readResource<Tag>(app, 'tags', id);

describe('POST /stores/:id/tags', () => {
  it('makes a tag of the store', async () => {
    const name = unique('tag');
    const answer = await owner.api.post(`/stores/${store.id}/tags`, { name });
    expect(answer.status).toBe(201);
    const tag = answer.body as Tag;
    expect(tag).toEqual({
      id: expect.any(Number) as number,
      name,
      store_id: store.id,
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string,
      updated_at: tag.created_at,
    });
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.get('location')).toBe(`/tags/${tag.id}`);
    expect(await read(tag.id)).toEqual(tag);
  });

  it('refuses a name that the store has, without regard to case', async () => {
    const word = unique('tag');
    const { name } = await createTag(store, `${word}İĞŞẞ`);
    const path = `/stores/${store.id}/tags`;
    expectProblem(await owner.api.post(path, { name }), 409, 'tag_name_taken');
    const alike = `${word.toUpperCase()}i\u0307ğşß`;
    expectProblem(await owner.api.post(path, { name: alike }), 409, 'tag_name_taken');
  });

  it('takes a name that another store has, or that differs by more than case', async () => {
    const { name } = await createTag(store, unique('Kapı'));
    const other = await createStore(owner);
    expect((await owner.api.post(`/stores/${other.id}/tags`, { name })).status).toBe(201);
    const dotted = name.replace('ı', 'i');
    expect((await owner.api.post(`/stores/${store.id}/tags`, { name: dotted })).status).toBe(201);
  });

  it('makes exactly one of many tags with the same name', async () => {
    for (let round = 0; round < 5; round++) {
      const name = unique('race');
      const answers = await Promise.all(
        Array.from({ length: 8 }, (_each, index) =>
          owner.api.post(`/stores/${store.id}/tags`, { name: index % 2 ? name : name.toUpperCase() }),
        ),
      );
      const [won, ...others] = answers.sort((a, b) => a.status - b.status);
      expect(won?.status).toBe(201);
      for (const answer of others) expectProblem(answer, 409, 'tag_name_taken');
    }
  });

  it('needs a token, and says so before it looks at the input', async () => {
    expectProblem(await app.api.post(`/stores/${store.id}/tags`, { name: 'x' }), 401, 'unauthenticated');
    expectProblem(await app.api.post('/stores/x/tags', { name: 1 }), 401, 'unauthenticated');
  });

  it('refuses a body that cannot be read before it asks for a token', async () => {
    const answer = await app.api.call('POST', `/stores/${store.id}/tags`, { raw: '{' });
    expectProblem(answer, 400, 'invalid_input', ['']);
  });

  it('is for the owner of the store and admins, conflict or not', async () => {
    const { name } = await createTag(store);
    const path = `/stores/${store.id}/tags`;
    expectProblem(await stranger.api.post(path, { name: unique('tag') }), 403, 'forbidden');
    expectProblem(await stranger.api.post(path, { name }), 403, 'forbidden');
    expect((await admin.api.post(path, { name: unique('tag') })).status).toBe(201);
  });

  it.each(UNKNOWN_IDS)('does not know the store %.20s', async (id) => {
    expectProblem(await owner.api.post(`/stores/${id}/tags`, { name: 'x' }), 404, 'store_not_found');
    expectProblem(await owner.api.post(`/stores/${id}/tags`, { name: 1 }), 400, 'invalid_input', ['/name']);
  });

  it.each(BAD_IDS)('refuses the id %s', async (id) => {
    const answer = await owner.api.post(`/stores/${id}/tags`, { name: 'x' });
    expectProblem(answer, 400, 'invalid_input', ['?id']);
  });

  it('tells all that is wrong at once', async () => {
    const answer = await owner.api.post('/stores/x/tags?limit=1', { name: [], store_id: 1 });
    expectProblem(answer, 400, 'invalid_input', ['?id', '?limit', '/name', '/store_id']);
  });
});

describe('GET /tags/:id', () => {
  it('shows the tag to anybody, whatever token they bear', async () => {
    const tag = await createTag(store);
    const answer = await app.api.get(`/tags/${tag.id}`);
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual(tag);
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect((await app.api.as('no.such.token').get(`/tags/${tag.id}`)).body).toEqual(tag);
  });

  it.each(UNKNOWN_IDS)('does not know the tag %.20s', async (id) => {
    expectProblem(await app.api.get(`/tags/${id}`), 404, 'tag_not_found');
  });

  it.each(BAD_IDS)('refuses the id %s', async (id) => {
    expectProblem(await app.api.get(`/tags/${id}?x=1`), 400, 'invalid_input', ['?id', '?x']);
  });
});

describe('PATCH /tags/:id', () => {
  it('renames the tag, and leaves the items that carry it as old as they were', async () => {
    const [item, tag] = [await createItem(store), await createTag(store)];
    await linkTags(store, item.id, tag.id);
    await makeOld(app, 'tags', tag.id);
    const [before, itemBefore] = [
      await read(tag.id),
      (await app.api.get(`/items/${item.id}`)).body as object,
    ];
    const name = unique('new');
    const answer = await owner.api.patch(`/tags/${tag.id}`, { name });
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ ...before, name, updated_at: (answer.body as Tag).updated_at });
    expect((answer.body as Tag).updated_at > LONG_AGO).toBe(true);
    expect(await read(tag.id)).toEqual(answer.body);
    const itemAfter: unknown = (await app.api.get(`/items/${item.id}`)).body;
    expect(itemAfter).toEqual({ ...itemBefore, tags: [{ id: tag.id, name }] });
  });

  it('moves nothing when nothing changes', async () => {
    const tag = await createTag(store);
    await makeOld(app, 'tags', tag.id);
    const answer = await owner.api.patch(`/tags/${tag.id}`, { name: `${tag.name}\t` });
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ ...tag, updated_at: LONG_AGO });
    expect(await read(tag.id)).toEqual(answer.body);
  });

  it('lets the case of the name change', async () => {
    const tag = await createTag(store);
    const name = tag.name.toUpperCase();
    expect((await owner.api.patch(`/tags/${tag.id}`, { name })).body).toMatchObject({ name });
  });

  it('refuses a name that another tag of the store has', async () => {
    const [tag, other] = [await createTag(store), await createTag(store)];
    const name = other.name.toUpperCase();
    expectProblem(await owner.api.patch(`/tags/${tag.id}`, { name }), 409, 'tag_name_taken');
    expectProblem(await stranger.api.patch(`/tags/${tag.id}`, { name }), 403, 'forbidden');
    expect(await read(tag.id)).toEqual(tag);
  });

  it('needs a token', async () => {
    expectProblem(await app.api.patch('/tags/x', { name: 1 }), 401, 'unauthenticated');
  });

  it('is for the owner of the store and admins', async () => {
    const tag = await createTag(store);
    const name = unique('new');
    expectProblem(await stranger.api.patch(`/tags/${tag.id}`, { name }), 403, 'forbidden');
    expect(await read(tag.id)).toEqual(tag);
    expect((await admin.api.patch(`/tags/${tag.id}`, { name })).body).toMatchObject({ name });
  });

  it.each(UNKNOWN_IDS)('does not know the tag %.20s', async (id) => {
    expectProblem(await owner.api.patch(`/tags/${id}`, { name: 'x' }), 404, 'tag_not_found');
    expectProblem(await owner.api.patch(`/tags/${id}`, {}), 400, 'invalid_input', ['/name']);
  });

  it.each(BAD_IDS)('refuses the id %s', async (id) => {
    expectProblem(await owner.api.patch(`/tags/${id}`, { name: 'x' }), 400, 'invalid_input', ['?id']);
  });

  it('tells all that is wrong at once', async () => {
    const answer = await owner.api.patch('/tags/x?y=1', { name: 1, store_id: store.id });
    expectProblem(answer, 400, 'invalid_input', ['?id', '?y', '/name', '/store_id']);
  });
});

describe.each([
  [
    'POST /stores/:id/tags',
    (api: Client, raw: string) => api.call('POST', `/stores/${store.id}/tags`, { raw }),
    201,
  ],
  [
    'PATCH /tags/:id',
    async (api: Client, raw: string) => api.call('PATCH', `/tags/${(await createTag(store)).id}`, { raw }),
    200,
  ],
] as const)('the body of %s', (_route, send, success) => {
  it.each<[string, (word: string) => string, (word: string) => string]>([
    ['blanks around it', (word) => `\u00a0${word}\r\n `, (word) => word],
    ['decomposed letters', (word) => `${word}e\u0301`, (word) => `${word}\u00e9`],
    [
      '200 emoji and letters',
      (word) => word + '😀'.repeat(200 - word.length),
      (word) => word + '😀'.repeat(200 - word.length),
    ],
  ])('may have a name with %s', async (_what, given, stored) => {
    const word = unique('n');
    const answer = await send(owner.api, JSON.stringify({ name: given(word) }));
    expect(answer.status).toBe(success);
    expect(answer.body).toMatchObject({ name: stored(word) });
    expect(await read((answer.body as Tag).id)).toEqual(answer.body);
  });

  it.each([
    ['an empty body', '', ['']],
    ['null', 'null', ['']],
    ['a list', '[]', ['']],
    ['a text', '"x"', ['']],
    ['no member', '{}', ['/name']],
    ['null for the name', '{"name":null}', ['/name']],
    ['a number for the name', '{"name":1}', ['/name']],
    ['an object for the name', '{"name":{}}', ['/name']],
    ['an empty name', '{"name":""}', ['/name']],
    ['a name of blanks', '{"name":" \\t"}', ['/name']],
    ['a name of zero-width characters', '{"name":"\\u200b\\u2060"}', ['/name']],
    ['a name of variation selectors', '{"name":"\\ufe0f\\ufe0f"}', ['/name']],
    ['a lone surrogate', '{"name":"a\\ud800"}', ['/name']],
    ['NUL', '{"name":"a\\u0000b"}', ['/name']],
    ['a control character', '{"name":"a\\u0007b"}', ['/name']],
    ['201 emoji', JSON.stringify({ name: '😀'.repeat(201) }), ['/name']],
    ['a store', '{"name":"x","store_id":1}', ['/store_id']],
    ['__proto__', '{"name":"x","__proto__":{}}', ['/__proto__']],
    ['constructor', '{"name":"x","constructor":1}', ['/constructor']],
    ['hasOwnProperty', '{"name":"x","hasOwnProperty":1}', ['/hasOwnProperty']],
  ])('must not be or have %s', async (_what, raw, faults) => {
    expectProblem(await send(owner.api, raw), 400, 'invalid_input', faults);
  });
});

describe('DELETE /tags/:id', () => {
  it('deletes a tag that no item carries', async () => {
    const tag = await createTag(store);
    const answer = await owner.api.delete(`/tags/${tag.id}`);
    expect({ status: answer.status, text: answer.text }).toEqual({ status: 204, text: '' });
    expectProblem(await app.api.get(`/tags/${tag.id}`), 404, 'tag_not_found');
    expectProblem(await owner.api.delete(`/tags/${tag.id}`), 404, 'tag_not_found');
    expect((await owner.api.post(`/stores/${store.id}/tags`, { name: tag.name })).status).toBe(201);
  });

  it('refuses a tag in use until the last item lets it go', async () => {
    const [first, second, tag] = [await createItem(store), await createItem(store), await createTag(store)];
    await linkTags(store, first.id, tag.id);
    await linkTags(store, second.id, tag.id);
    const unlink = `this tag; unlink it from them first: DELETE /items/{item_id}/tags/${tag.id}.`;
    const refused = await owner.api.delete(`/tags/${tag.id}`);
    expectProblem(refused, 409, 'tag_in_use');
    expect(refused.body).toMatchObject({ detail: `2 items carry ${unlink}` });
    expectProblem(await stranger.api.delete(`/tags/${tag.id}`), 403, 'forbidden');
    await owner.api.delete(`/items/${first.id}/tags/${tag.id}`);
    const still = await owner.api.delete(`/tags/${tag.id}`);
    expectProblem(still, 409, 'tag_in_use');
    expect(still.body).toMatchObject({ detail: `1 item carries ${unlink}` });
    expect((await app.api.get(`/items/${second.id}`)).body).toMatchObject({ tags: [{ id: tag.id }] });
    await owner.api.delete(`/items/${second.id}`);
    expect((await owner.api.delete(`/tags/${tag.id}`)).status).toBe(204);
  });

  it('needs a token', async () => {
    expectProblem(await app.api.delete('/tags/x'), 401, 'unauthenticated');
  });

  it('is for the owner of the store and admins', async () => {
    const tag = await createTag(store);
    expectProblem(await stranger.api.delete(`/tags/${tag.id}`), 403, 'forbidden');
    expect(await read(tag.id)).toEqual(tag);
    expect((await admin.api.delete(`/tags/${tag.id}`)).status).toBe(204);
    expect((await app.api.get(`/tags/${tag.id}`)).status).toBe(404);
  });

  it.each(UNKNOWN_IDS)('does not know the tag %.20s', async (id) => {
    expectProblem(await owner.api.delete(`/tags/${id}`), 404, 'tag_not_found');
  });

  it.each(BAD_IDS)('refuses the id %s', async (id) => {
    expectProblem(await owner.api.delete(`/tags/${id}?x=1`), 400, 'invalid_input', ['?id', '?x']);
  });

  it('never takes a link along that another request was told it made', async () => {
    let deleted = 0;
    for (let round = 0; round < 60; round++) {
      const tag = await createTag(store);
      const items = await Promise.all([createItem(store), createItem(store), createItem(store)]);
      const link = ({ id }: { id: number }) => owner.api.post(`/items/${id}/tags`, { tags: [tag.id] });
      // The deletion goes earlier or later among the others from round to round; now and then it has or gives a start,
      // so that both outcomes are seen on a machine of any speed.
      const before = items.slice(0, round % 4).map(link);
      if (round % 8 === 7) await before[0];
      const removal = owner.api.delete(`/tags/${tag.id}`);
      if (round % 8 === 0) await removal;
      const links = await Promise.all([...before, ...items.slice(round % 4).map(link)]);
      const { status } = await removal;

      const linked = items.filter((_item, index) => links[index]?.status === 200).map(({ id }) => id);
      const rows = await app.sql<{ id: number }>(
        'SELECT item_id::int AS id FROM item_tags WHERE tag_id = $1 ORDER BY item_id',
        [tag.id],
      );
      expect(rows.map(({ id }) => id)).toEqual(linked.sort((a, b) => a - b));
      for (const answer of links) if (answer.status !== 200) expectProblem(answer, 404, 'tag_not_found');
      expect(status).toBe(linked.length > 0 ? 409 : 204);
      expect((await app.api.get(`/tags/${tag.id}`)).status).toBe(status === 204 ? 404 : 200);
      if (status === 204) deleted++;
    }
    // Both outcomes must have been seen, or the rounds have raced nothing.
    expect(deleted).toBeGreaterThan(0);
    expect(deleted).toBeLessThan(60);
  });
});
