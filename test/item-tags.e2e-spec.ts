import { type TestApp } from './support/app';
import { makeOld, readResource, startCatalogue } from './support/catalogue';
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
  tags: { id: number; name: string }[];
  updated_at: string;
}

const UNKNOWN_TAG = 999_999;

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
const tagIdsOf = async (id: number) => (await read(id)).tags.map((tag) => tag.id).sort((a, b) => a - b);

/** Makes tags in bulk; their ids. */
async function insertTags(count: number): Promise<number[]> {
  const rows = await app.sql<{ id: number }>(
    `INSERT INTO tags (store_id, name) SELECT $1, $2 || n FROM generate_series(1, $3) AS n RETURNING id::int`,
    [store.id, unique('tag-'), count],
  );
  return rows.map(({ id }) => id);
}

/** An item that carries this many tags, and tags that it could carry besides. */
async function createTaggedItem(count: number, spare: number): Promise<{ id: number; tags: number[] }> {
  const [{ id }, tags] = [await createItem(store), await insertTags(count + spare)];
  await app.sql(
    'INSERT INTO item_tags (item_id, tag_id, store_id) SELECT $1, tag_id, $2 FROM unnest($3::bigint[]) AS tag_id',
    [id, store.id, tags.slice(0, count)],
  );
  return { id, tags };
}

describe('POST /items/:id/tags', () => {
  it('links the tags and answers with the item', async () => {
    const [item, first, second] = [await createItem(store), await createTag(store), await createTag(store)];
    await makeOld(app, 'items', item.id);
    const answer = await owner.api.post(`/items/${item.id}/tags`, { tags: [second.id, first.id] });
    expect(answer.status).toBe(200);
    const tags = [first, second].map(({ id, name }) => ({ id, name }));
    const shown = answer.body as Item;
    expect(shown).toEqual({
      ...item,
      tags: tags.sort((a, b) => (a.name < b.name ? -1 : 1)),
      updated_at: shown.updated_at,
    });
    expect(shown.updated_at > LONG_AGO).toBe(true);
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.get('location')).toBeNull();
    expect(await read(item.id)).toEqual(shown);
  });

  it('keeps linked tags, and counts one given twice once', async () => {
    const [item, first, second] = [await createItem(store), await createTag(store), await createTag(store)];
    await linkTags(store, item.id, first.id);
    await linkTags(store, item.id, second.id, second.id, first.id, second.id);
    expect(await tagIdsOf(item.id)).toEqual([first.id, second.id]);
  });

  it('moves nothing when all of them are linked', async () => {
    const [item, tag] = [await createItem(store), await createTag(store)];
    await linkTags(store, item.id, tag.id);
    await makeOld(app, 'items', item.id);
    const answer = await owner.api.post(`/items/${item.id}/tags`, { tags: [tag.id, tag.id] });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ tags: [{ id: tag.id }], updated_at: LONG_AGO });
    expect(await read(item.id)).toEqual(answer.body);
  });

  it('links nothing when a tag is unknown', async () => {
    const [item, tag] = [await createItem(store), await createTag(store)];
    await makeOld(app, 'items', item.id);
    for (const unknown of [UNKNOWN_TAG, Number.MAX_SAFE_INTEGER]) {
      const answer = await owner.api.post(`/items/${item.id}/tags`, { tags: [tag.id, unknown] });
      expectProblem(answer, 404, 'tag_not_found');
    }
    expect(await read(item.id)).toMatchObject({ tags: [], updated_at: LONG_AGO });
  });

  it('links nothing when a tag is of another store', async () => {
    const [item, tag] = [await createItem(store), await createTag(store)];
    const foreign = await createTag(await createStore(owner));
    await makeOld(app, 'items', item.id);
    for (const { api } of [owner, admin]) {
      const answer = await api.post(`/items/${item.id}/tags`, { tags: [tag.id, foreign.id] });
      expectProblem(answer, 400, 'tag_of_another_store', ['/tags/1']);
    }
    expect(await read(item.id)).toMatchObject({ tags: [], updated_at: LONG_AGO });
  });

  it('tells an unknown tag before one of another store, whatever their order', async () => {
    const [item, foreign] = [await createItem(store), await createTag(await createStore(owner))];
    for (const tags of [
      [foreign.id, UNKNOWN_TAG],
      [UNKNOWN_TAG, foreign.id],
    ]) {
      expectProblem(await owner.api.post(`/items/${item.id}/tags`, { tags }), 404, 'tag_not_found');
    }
  });

  it('fills an item up to 100 tags', async () => {
    const item = await createTaggedItem(0, 100);
    const answer = await owner.api.post(`/items/${item.id}/tags`, { tags: item.tags });
    expect(answer.status).toBe(200);
    expect(await tagIdsOf(item.id)).toEqual(item.tags);
  });

  it('refuses the 101st tag, and links nothing then', async () => {
    const item = await createTaggedItem(99, 2);
    await makeOld(app, 'items', item.id);
    const link = (...tags: number[]) => owner.api.post(`/items/${item.id}/tags`, { tags });
    const [last = 0, oneMore = 0] = item.tags.slice(-2);
    expectProblem(await link(last, oneMore), 409, 'too_many_tags');
    expect((await read(item.id)).updated_at).toBe(LONG_AGO);
    expect(await tagIdsOf(item.id)).toEqual(item.tags.slice(0, 99));
    expect((await link(last, last, ...item.tags.slice(0, 50))).status).toBe(200);
    expectProblem(await link(oneMore), 409, 'too_many_tags');
    expect((await link(...item.tags.slice(0, 100))).status).toBe(200);
    expect(await tagIdsOf(item.id)).toEqual(item.tags.slice(0, 100));
  });

  it('never lets many at once link more than 100 tags', async () => {
    for (let round = 0; round < 3; round++) {
      const item = await createTaggedItem(90, 20);
      const answers = await Promise.all(
        item.tags.slice(90).map((tag) => owner.api.post(`/items/${item.id}/tags`, { tags: [tag] })),
      );
      const refused = answers.filter(({ status }) => status !== 200);
      for (const answer of refused) expectProblem(answer, 409, 'too_many_tags');
      expect(refused).toHaveLength(10);
      const linked = item.tags.filter((_tag, index) => index < 90 || answers[index - 90]?.status === 200);
      expect(await tagIdsOf(item.id)).toEqual(linked);
    }
  });

  it('takes the same tags from many at once, in any order', async () => {
    const item = await createTaggedItem(0, 30);
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_each, index) =>
        owner.api.post(`/items/${item.id}/tags`, { tags: index % 2 ? item.tags : item.tags.toReversed() }),
      ),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(await tagIdsOf(item.id)).toEqual(item.tags);
  });

  it('needs a token, and says so before it looks at the input', async () => {
    expectProblem(await app.api.post('/items/1/tags', { tags: [1] }), 401, 'unauthenticated');
    expectProblem(await app.api.post('/items/x/tags', { tags: [] }), 401, 'unauthenticated');
  });

  it('refuses a body that cannot be read before it asks for a token', async () => {
    const answer = await app.api.call('POST', '/items/1/tags', { raw: '{"tags":[1' });
    expectProblem(answer, 400, 'invalid_input', ['']);
  });

  it('is for the owner of the store and admins', async () => {
    const [item, tag] = [await createItem(store), await createTag(store)];
    const body = { tags: [tag.id] };
    expectProblem(await stranger.api.post(`/items/${item.id}/tags`, body), 403, 'forbidden');
    expect(await tagIdsOf(item.id)).toEqual([]);
    expect((await admin.api.post(`/items/${item.id}/tags`, body)).status).toBe(200);
    expect(await tagIdsOf(item.id)).toEqual([tag.id]);
    expectProblem(await stranger.api.post(`/items/${item.id}/tags`, body), 403, 'forbidden');
  });

  it('does not let the owner of a tag put it on the item of another', async () => {
    const item = await createItem(store);
    const tag = await createTag(await createStore(stranger));
    const answer = await stranger.api.post(`/items/${item.id}/tags`, { tags: [tag.id] });
    expect([400, 403]).toContain(answer.status);
    expect(await tagIdsOf(item.id)).toEqual([]);
  });

  it('tells a stranger an unknown tag, but no conflict', async () => {
    const item = await createTaggedItem(100, 1);
    const link = (tag?: number) => stranger.api.post(`/items/${item.id}/tags`, { tags: [tag] });
    expectProblem(await link(UNKNOWN_TAG), 404, 'tag_not_found');
    expectProblem(await link(item.tags[100]), 403, 'forbidden');
  });

  it.each(UNKNOWN_IDS)('does not know the item %.20s', async (id) => {
    const tag = await createTag(store);
    expectProblem(await owner.api.post(`/items/${id}/tags`, { tags: [tag.id] }), 404, 'item_not_found');
    const unknown = { tags: [UNKNOWN_TAG] };
    expectProblem(await owner.api.post(`/items/${id}/tags`, unknown), 404, 'item_not_found');
    expectProblem(await owner.api.post(`/items/${id}/tags`, { tags: [] }), 400, 'invalid_input', ['/tags']);
  });

  it.each(BAD_IDS)('refuses the id %s', async (id) => {
    expectProblem(await owner.api.post(`/items/${id}/tags`, { tags: [1] }), 400, 'invalid_input', ['?id']);
  });

  it('tells all that is wrong at once', async () => {
    const answer = await owner.api.post('/items/x/tags?y=1', { tags: ['1', 2, 0], tag: 1 });
    expectProblem(answer, 400, 'invalid_input', ['?id', '?y', '/tags/0', '/tags/2', '/tag']);
  });

  it.each([
    ['an empty body', '', ['']],
    ['null', 'null', ['']],
    ['a bare list', '[1]', ['']],
    ['no member', '{}', ['/tags']],
    ['null for the tags', '{"tags":null}', ['/tags']],
    ['one id for the tags', '{"tags":1}', ['/tags']],
    ['text for the tags', '{"tags":"1"}', ['/tags']],
    ['an object for the tags', '{"tags":{"0":1,"length":1}}', ['/tags']],
    ['no tags', '{"tags":[]}', ['/tags']],
    ['101 tags', JSON.stringify({ tags: Array(101).fill(1) }), ['/tags']],
    ['an id as text', '{"tags":["1"]}', ['/tags/0']],
    ['null among ids', '{"tags":[1,null]}', ['/tags/1']],
    ['a fraction', '{"tags":[1.5]}', ['/tags/0']],
    ['0', '{"tags":[0]}', ['/tags/0']],
    ['a negative id', '{"tags":[-1]}', ['/tags/0']],
    ['an id beyond 2^53 - 1', '{"tags":[9007199254740992]}', ['/tags/0']],
    ['an id beyond every number', '{"tags":[1e400]}', ['/tags/0']],
    ['a list of lists', '{"tags":[[1],[2]]}', ['/tags/0', '/tags/1']],
    ['a tag', '{"tags":[{"id":1}]}', ['/tags/0']],
    ['another member', '{"tags":[1],"id":1}', ['/id']],
    ['__proto__', '{"tags":[1],"__proto__":{}}', ['/__proto__']],
    ['constructor', '{"tags":[1],"constructor":1}', ['/constructor']],
    ['hasOwnProperty', '{"tags":[1],"hasOwnProperty":1}', ['/hasOwnProperty']],
  ])('refuses %s', async (_what, raw, faults) => {
    const { id } = await createItem(store);
    expectProblem(await owner.api.call('POST', `/items/${id}/tags`, { raw }), 400, 'invalid_input', faults);
  });
});

describe('DELETE /items/:item_id/tags/:tag_id', () => {
  it('takes the tag off the item, and off no other', async () => {
    const [item, other] = [await createItem(store), await createItem(store)];
    const [tag, stays] = [await createTag(store), await createTag(store)];
    await linkTags(store, item.id, tag.id, stays.id);
    await linkTags(store, other.id, tag.id);
    await makeOld(app, 'items', item.id);
    const answer = await owner.api.delete(`/items/${item.id}/tags/${tag.id}`);
    expect({ status: answer.status, text: answer.text }).toEqual({ status: 204, text: '' });
    const shown = await read(item.id);
    expect(shown.tags).toEqual([{ id: stays.id, name: stays.name }]);
    expect(shown.updated_at > LONG_AGO).toBe(true);
    expect(await tagIdsOf(other.id)).toEqual([tag.id]);
    expect((await app.api.get(`/tags/${tag.id}`)).status).toBe(200);
  });

  it('does not find a tag that is not linked, and moves nothing then', async () => {
    const [item, tag] = [await createItem(store), await createTag(store)];
    const foreign = await createTag(await createStore(stranger));
    await makeOld(app, 'items', item.id);
    for (const id of [tag.id, foreign.id, ...UNKNOWN_IDS]) {
      expectProblem(await owner.api.delete(`/items/${item.id}/tags/${id}`), 404, 'tag_not_found');
    }
    expect((await read(item.id)).updated_at).toBe(LONG_AGO);
  });

  it('is acknowledged once, however many ask at once', async () => {
    const [item, tag] = [await createItem(store), await createTag(store)];
    await linkTags(store, item.id, tag.id);
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => owner.api.delete(`/items/${item.id}/tags/${tag.id}`)),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 404, 404, 404, 404, 404]);
  });

  it('needs a token', async () => {
    expectProblem(await app.api.delete('/items/x/tags/y'), 401, 'unauthenticated');
  });

  it('is for the owner of the store and admins', async () => {
    const [item, tag] = [await createItem(store), await createTag(store)];
    await linkTags(store, item.id, tag.id);
    expectProblem(await stranger.api.delete(`/items/${item.id}/tags/${tag.id}`), 403, 'forbidden');
    expect(await tagIdsOf(item.id)).toEqual([tag.id]);
    expect((await admin.api.delete(`/items/${item.id}/tags/${tag.id}`)).status).toBe(204);
    expect(await tagIdsOf(item.id)).toEqual([]);
    expectProblem(await stranger.api.delete(`/items/${item.id}/tags/${tag.id}`), 404, 'tag_not_found');
  });

  it.each(UNKNOWN_IDS)('does not know the item %.20s', async (id) => {
    const tag = await createTag(store);
    expectProblem(await owner.api.delete(`/items/${id}/tags/${tag.id}`), 404, 'item_not_found');
  });

  it.each(BAD_IDS)('refuses the id %s in either place', async (id) => {
    const answer = await owner.api.delete(`/items/${id}/tags/${id}?x=1`);
    expectProblem(answer, 400, 'invalid_input', ['?item_id', '?tag_id', '?x']);
    expectProblem(await owner.api.delete(`/items/1/tags/${id}`), 400, 'invalid_input', ['?tag_id']);
    expectProblem(await owner.api.delete(`/items/${id}/tags/1`), 400, 'invalid_input', ['?item_id']);
  });
});
