import { Database } from '../src/database/database';
import { ChangesRepository } from '../src/history/changes.repository';
import { type TestApp } from './support/app';
import { startCatalogue } from './support/catalogue';
import { type Client } from './support/client';
import { expectProblem } from './support/expect-problem';
import {
  createItem,
  createStore,
  createTag,
  createUser,
  linkTags,
  type TestStore,
  type TestUser,
  unique,
} from './support/factories';
import { BAD_IDS, UNKNOWN_IDS } from './support/inputs';

interface Change {
  id: number;
  at: string;
  actor_id: number | null;
  request_id: string | null;
  import_id: number | null;
  store_id: number;
  resource: string;
  resource_id: number;
  action: string;
  changes: Record<string, [unknown, unknown]>;
}

interface Item {
  id: number;
  name: string;
  price: number;
  sku: string | null;
  tags: { id: number; name: string }[];
  created_at: string;
}

let app: TestApp;
let owner: TestUser;
let stranger: TestUser;
let admin: TestUser;
let store: TestStore;

beforeAll(async () => {
  ({ app, owner, stranger, admin } = await startCatalogue());
});
beforeEach(async () => {
  store = await createStore(owner);
});
afterAll(() => app.close());

async function list(path: string, api: Client = owner.api): Promise<Change[]> {
  const { status, body, text } = await api.get(path);
  if (status !== 200) throw new Error(`${path} answered ${status}: ${text}`);
  return body as Change[];
}
const ofStore = (query = '') => list(`/stores/${store.id}/changes${query}`);
const ofItem = (id: number, query = '') => list(`/items/${id}/changes${query}`);

const item = async (id: number) => (await app.api.get(`/items/${id}`)).body as Item;

/** The latest change of the store. */
async function latest(query = ''): Promise<Change> {
  const [change] = await ofStore(query);
  if (!change) throw new Error('there is no change');
  return change;
}

/** What a change tells, without what differs each time. */
const told = ({ resource, resource_id, action, changes }: Change) => [resource, resource_id, action, changes];

const undo = (id: number, api: Client = owner.api) => api.post(`/changes/${id}/undo`);

async function undone(id: number): Promise<Change> {
  const { status, body, text } = await undo(id);
  if (status !== 200) throw new Error(`the undo answered ${status}: ${text}`);
  return body as Change;
}

const RFC3339 = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string;

describe('the history', () => {
  it('has every change through the API, with who made it and in which request', async () => {
    const created = await owner.api.post('/items', { name: 'Can', price: 15.9, store_id: store.id });
    const { id } = created.body as Item;
    const changed = await admin.api.patch(`/items/${id}`, { price: 16.99, sku: 'C-1' });
    const tag = await createTag(store, 'garden');
    await linkTags(store, id, tag.id);
    await owner.api.patch(`/tags/${tag.id}`, { name: 'Garden' });
    await owner.api.delete(`/items/${id}/tags/${tag.id}`);
    await owner.api.delete(`/tags/${tag.id}`);
    await owner.api.delete(`/items/${id}`);
    const name = unique('renamed');
    await owner.api.patch(`/stores/${store.id}`, { name });

    const changes = await ofStore('?sort=id');
    expect(changes.map(told)).toEqual([
      ['store', store.id, 'create', { name: [null, store.name], owner_id: [null, owner.id] }],
      ['item', id, 'create', { name: [null, 'Can'], price: [null, 15.9], sku: [null, null] }],
      ['item', id, 'update', { price: [15.9, 16.99], sku: [null, 'C-1'] }],
      ['tag', tag.id, 'create', { name: [null, 'garden'] }],
      ['link', id, 'link', { tag_id: [null, tag.id], tag_name: [null, 'garden'] }],
      ['tag', tag.id, 'update', { name: ['garden', 'Garden'] }],
      ['link', id, 'unlink', { tag_id: [tag.id, null], tag_name: ['Garden', null] }],
      [
        'tag',
        tag.id,
        'delete',
        { name: ['Garden', null], created_at: [RFC3339, null], updated_at: [RFC3339, null] },
      ],
      [
        'item',
        id,
        'delete',
        {
          name: ['Can', null],
          price: [16.99, null],
          sku: ['C-1', null],
          created_at: [(created.body as Item).created_at, null],
          updated_at: [RFC3339, null],
        },
      ],
      ['store', store.id, 'update', { name: [store.name, name] }],
    ]);
    expect(changes[1]).toMatchObject({
      at: (created.body as Item).created_at,
      actor_id: owner.id,
      request_id: created.headers.get('x-request-id'),
      import_id: null,
      store_id: store.id,
    });
    expect(changes[2]).toMatchObject({
      actor_id: admin.id,
      request_id: changed.headers.get('x-request-id'),
    });
    expect(changes.every(({ actor_id: actor }) => actor === owner.id || actor === admin.id)).toBe(true);
  });

  it('knows the actor of a request with Idempotency-Key, and records a retry once', async () => {
    const body = { name: unique('item'), price: 1, store_id: store.id };
    const headers = { 'idempotency-key': unique('key') };
    const first = await owner.api.post('/items', body, { headers });
    await owner.api.post('/items', body, { headers });
    const changes = await ofItem((first.body as Item).id);
    expect(changes).toHaveLength(1);
    expect(changes[0]).toMatchObject({
      actor_id: owner.id,
      request_id: first.headers.get('x-request-id'),
    });
  });

  it('has no row for a request that changes nothing, or is refused', async () => {
    const { id, price } = await createItem(store, { sku: 'A' });
    await createItem(store, { sku: 'B' });
    const before = await latest();
    await owner.api.patch(`/items/${id}`, { price });
    await owner.api.patch(`/items/${id}`, { sku: 'B' });
    await stranger.api.patch(`/items/${id}`, { price: 1 });
    await owner.api.patch(`/items/${id}`, { price: 1 }, { headers: { 'if-match': '"old"' } });
    expect(await latest()).toEqual(before);
  });

  it('has the changes of direct SQL, set-wise and without an actor', async () => {
    await app.sql(
      `INSERT INTO items (name, price, store_id) SELECT 'Bulk ' || n, n, $1 FROM generate_series(1, 300) n`,
      [store.id],
    );
    await app.sql('UPDATE items SET price = price * 2 WHERE store_id = $1 AND price > 100', [store.id]);
    await app.sql('DELETE FROM items WHERE store_id = $1 AND price > 500', [store.id]);
    const counts = await app.sql(
      `SELECT action, count(*)::int, count(actor_id)::int AS actors, count(DISTINCT transaction_id)::int AS transactions
       FROM changes WHERE store_id = $1 AND resource = 'item' GROUP BY action ORDER BY action`,
      [store.id],
    );
    expect(counts).toEqual([
      { action: 'create', count: 300, actors: 0, transactions: 1 },
      { action: 'delete', count: 50, actors: 0, transactions: 1 },
      { action: 'update', count: 200, actors: 0, transactions: 1 },
    ]);
    expect(await latest('?action=update')).toMatchObject({ actor_id: null, request_id: null });
  });

  it('has what goes along with a deletion', async () => {
    const { id } = await createItem(store);
    const tag = await createTag(store);
    await linkTags(store, id, tag.id);
    await owner.api.delete(`/items/${id}`);
    const changes = await ofStore('?limit=2');
    expect(changes.map(({ action }) => action).sort()).toEqual(['delete', 'unlink']);
    expect(new Set(changes.map(({ request_id: request }) => request)).size).toBe(1);
  });

  it('ends with the store', async () => {
    await linkTags(store, (await createItem(store)).id, (await createTag(store)).id);
    await owner.api.delete(`/stores/${store.id}`);
    expect(await app.sql('SELECT FROM changes WHERE store_id = $1', [store.id])).toEqual([]);
    expectProblem(await owner.api.get(`/stores/${store.id}/changes`), 404, 'store_not_found');
  });

  it('is kept when its actor is deleted', async () => {
    const user = await createUser(app);
    const own = await createStore(user);
    await owner.api.patch(`/stores/${store.id}`, { name: unique('store') });
    await admin.api.patch(`/stores/${own.id}`, { owner_id: owner.id });
    expect((await admin.api.delete(`/users/${user.id}`)).status).toBe(204);
    const [created] = await list(`/stores/${own.id}/changes?sort=id`);
    expect(created).toMatchObject({ actor_id: user.id });
  });

  it('is removed after HISTORY_DAYS, the oldest first', async () => {
    await createItem(store);
    await createItem(store);
    // Nothing else has changes that are older.
    await app.sql(
      `UPDATE changes SET at = now() - interval '31 days' WHERE store_id = $1 AND action = 'create'`,
      [store.id],
    );
    await app.sql(`DELETE FROM changes WHERE store_id <> $1`, [store.id]);
    const repository = app.app.get(ChangesRepository);
    const database = app.app.get(Database);
    expect(await repository.removeExpired(database, 2, 32)).toBe(0);
    expect(await repository.removeExpired(database, 2, 30)).toBe(2);
    expect(await repository.removeExpired(database, 2, 30)).toBe(1);
    expect(await ofStore()).toEqual([]);
  });
});

describe('GET /stores/:id/changes', () => {
  it('begins with the latest, and pages through all', async () => {
    for (let n = 0; n < 5; n++) await createItem(store);
    const ids = (await ofStore()).map(({ id }) => id);
    expect(ids).toEqual([...ids].sort((a, b) => b - a));
    expect(ids).toHaveLength(6);
    const seen: number[] = [];
    let path: string | undefined = `/stores/${store.id}/changes?limit=2`;
    while (path !== undefined) {
      const answer = await owner.api.get(path);
      seen.push(...(answer.body as Change[]).map(({ id }) => id));
      path = /<([^>]+)>; rel="next"/.exec(answer.headers.get('link') ?? '')?.[1];
    }
    expect(seen).toEqual(ids);
    const counted = await owner.api.get(`/stores/${store.id}/changes?count=true&action=create&resource=item`);
    expect(counted.headers.get('x-total-count')).toBe('5');
  });

  it('filters', async () => {
    const { id } = await createItem(store);
    const tag = await createTag(store);
    await linkTags(store, id, tag.id);
    await admin.api.patch(`/items/${id}`, { price: 77 });
    const find = async (query: string) =>
      (await ofStore(`?sort=id&${query}`)).map(({ resource, action }) => `${resource} ${action}`);
    expect(await find('resource=tag')).toEqual(['tag create']);
    expect(await find(`resource=item&resource_id=${id}`)).toEqual(['item create', 'item update']);
    expect(await find(`resource_id=${id}&action=link`)).toEqual(['link link']);
    expect(await find(`actor_id=${admin.id}`)).toEqual(['item update']);
    expect(await find('action=create')).toEqual(['store create', 'item create', 'tag create']);
    expect(await find('import_id=1')).toEqual([]);
    const { at } = await latest();
    const later = new Date(Date.parse(at) + 1).toISOString();
    expect(await find(`since=${later}`)).toEqual([]);
    expect(await find(`since=${at}&action=update`)).toEqual(['item update']);
    expect(await find(`until=${at}&action=update`)).toEqual([]);
    expect(await find(`until=${encodeURIComponent(later.replace('Z', '+00:00'))}&action=update`)).toEqual([
      'item update',
    ]);
  });

  it.each([
    ['resource=user', 'resource'],
    ['action=undo', 'action'],
    ['resource_id=0', 'resource_id'],
    ['actor_id=x', 'actor_id'],
    ['import_id=-1', 'import_id'],
    ['since=yesterday', 'since'],
    ['since=2026-02-30T00:00:00Z', 'since'],
    ['since=0000-01-01T00:00:00Z', 'since'],
    ['until=2026-01-31', 'until'],
    ['until=2026-01-31T09:00:00+24:00', 'until'],
    ['until=2026-01-31T09:00:00Z&until=2026-01-31T09:00:00Z', 'until'],
    ['sort=at', 'sort'],
    ['q=x', 'q'],
  ])('refuses %s', async (query, parameter) => {
    const answer = await owner.api.get(`/stores/${store.id}/changes?${query}`);
    expectProblem(answer, 400, 'invalid_input', [`?${parameter}`]);
  });

  it('takes a time with any offset', async () => {
    for (const offset of ['%2B23:59', '-23:59', 'z', '.123456789Z']) {
      const { status } = await owner.api.get(
        `/stores/${store.id}/changes?since=2026-01-31T09:00:00${offset}`,
      );
      expect(status).toBe(200);
    }
  });

  it('is for the owner and admins', async () => {
    const path = `/stores/${store.id}/changes`;
    expect((await admin.api.get(path)).status).toBe(200);
    expectProblem(await stranger.api.get(path), 403, 'forbidden');
    expectProblem(await app.api.get(path), 401, 'unauthenticated');
    for (const id of UNKNOWN_IDS)
      expectProblem(await owner.api.get(`/stores/${id}/changes`), 404, 'store_not_found');
    for (const id of BAD_IDS)
      expectProblem(await owner.api.get(`/stores/${id}/changes`), 400, 'invalid_input', ['?id']);
  });
});

describe('GET /items/:id/changes', () => {
  it('has the changes of the item and its links, and of nothing with the same id', async () => {
    const { id } = await createItem(store);
    const tag = await createTag(store);
    await linkTags(store, id, tag.id);
    await app.sql(
      `INSERT INTO changes (store_id, resource, resource_id, action, changes) VALUES ($1, 'tag', $2, 'update', '{}')`,
      [store.id, id],
    );
    expect((await ofItem(id)).map(({ action }) => action)).toEqual(['link', 'create']);
    expect((await ofItem(id, '?action=link')).map(({ action }) => action)).toEqual(['link']);
  });

  it('is for the owner and admins, while the item exists', async () => {
    const { id } = await createItem(store);
    const path = `/items/${id}/changes`;
    expect((await admin.api.get(path)).status).toBe(200);
    expectProblem(await stranger.api.get(path), 403, 'forbidden');
    expectProblem(await app.api.get(path), 401, 'unauthenticated');
    await owner.api.delete(`/items/${id}`);
    expectProblem(await owner.api.get(path), 404, 'item_not_found');
    expect(await ofStore(`?resource=item&resource_id=${id}`)).toHaveLength(2);
  });
});

describe('POST /changes/:id/undo', () => {
  it('puts a price back, and leaves later changes of other members alone', async () => {
    const { id } = await createItem(store, { price: 15.99 });
    await owner.api.patch(`/items/${id}`, { price: 16.99 });
    const change = await latest();
    await owner.api.patch(`/items/${id}`, { name: 'New name' });
    const own = await undone(change.id);
    expect(told(own)).toEqual(['item', id, 'update', { price: [16.99, 15.99] }]);
    expect(own).toMatchObject({ actor_id: owner.id, store_id: store.id });
    expect(await item(id)).toMatchObject({ price: 15.99, name: 'New name' });
    // The undo is a change, and can be undone.
    await undone(own.id);
    expect(await item(id)).toMatchObject({ price: 16.99 });
  });

  it('brings a deleted item back with its id and links, except to tags that are gone', async () => {
    const { id } = await createItem(store, { price: 3.5, sku: 'X-1' });
    const [kept, gone] = [await createTag(store), await createTag(store)];
    await linkTags(store, id, kept.id, gone.id);
    const before = await item(id);
    await owner.api.delete(`/items/${id}`);
    await owner.api.delete(`/tags/${gone.id}`);
    const change = await latest(`?resource=item&action=delete`);
    expect(told(await undone(change.id)).slice(0, 3)).toEqual(['item', id, 'create']);
    expect(await item(id)).toEqual({
      ...before,
      tags: [{ id: kept.id, name: kept.name }],
      updated_at: RFC3339,
    });
    expectProblem(await undo(change.id), 409, 'changed_since');
  });

  it('brings a deleted tag back', async () => {
    const { id } = await createItem(store);
    const tag = await createTag(store);
    await linkTags(store, id, tag.id);
    const { headers } = await app.api.get(`/items/${id}`);
    // By SQL also a tag in use can be deleted, with its links.
    await app.sql(`WITH links AS (DELETE FROM item_tags WHERE tag_id = $1) DELETE FROM tags WHERE id = $1`, [
      tag.id,
    ]);
    const back = await undone((await latest('?resource=tag&action=delete')).id);
    expect((await item(id)).tags).toEqual([{ id: tag.id, name: tag.name }]);
    const stale = { headers: { 'if-match': headers.get('etag') ?? '' } };
    expectProblem(await owner.api.patch(`/items/${id}`, { price: 1 }, stale), 412, 'precondition_failed');

    const other = await createItem(store);
    await linkTags(store, other.id, tag.id);
    expectProblem(await undo(back.id), 409, 'tag_in_use');
    expect((await item(id)).tags).toEqual([{ id: tag.id, name: tag.name }]);
    await owner.api.delete(`/items/${other.id}/tags/${tag.id}`);
    await undone(back.id);
    expect((await item(id)).tags).toEqual([]);
    expectProblem(await app.api.get(`/tags/${tag.id}`), 404, 'tag_not_found');
  });

  it('deletes what was created', async () => {
    const { id } = await createItem(store);
    const made = await latest();
    const tag = await createTag(store);
    const tagMade = await latest();
    expect(told(await undone(made.id)).slice(0, 3)).toEqual(['item', id, 'delete']);
    expect(told(await undone(tagMade.id)).slice(0, 3)).toEqual(['tag', tag.id, 'delete']);
    expectProblem(await app.api.get(`/items/${id}`), 404, 'item_not_found');
    expectProblem(await app.api.get(`/tags/${tag.id}`), 404, 'tag_not_found');
  });

  it('links and unlinks', async () => {
    const { id } = await createItem(store);
    const tag = await createTag(store);
    await linkTags(store, id, tag.id);
    const linked = await latest();
    const unlinked = await undone(linked.id);
    expect((await item(id)).tags).toEqual([]);
    expectProblem(await undo(linked.id), 409, 'changed_since');
    await undone(unlinked.id);
    expect((await item(id)).tags).toEqual([{ id: tag.id, name: tag.name }]);
    expectProblem(await undo(unlinked.id), 409, 'changed_since');
  });

  it('renames stores and tags back', async () => {
    const tag = await createTag(store);
    await owner.api.patch(`/tags/${tag.id}`, { name: unique('new') });
    await undone((await latest()).id);
    expect((await app.api.get(`/tags/${tag.id}`)).body).toMatchObject({ name: tag.name });
    await owner.api.patch(`/stores/${store.id}`, { name: unique('new') });
    await undone((await latest()).id);
    expect((await app.api.get(`/stores/${store.id}`)).body).toMatchObject({ name: store.name });
  });

  it('gives a store back to its former owner for admins only', async () => {
    await admin.api.patch(`/stores/${store.id}`, { owner_id: stranger.id });
    const [change] = await list(`/stores/${store.id}/changes`, admin.api);
    expectProblem(await undo(change?.id ?? 0, stranger.api), 403, 'forbidden');
    expect((await undo(change?.id ?? 0, admin.api)).status).toBe(200);
    expect((await app.api.get(`/stores/${store.id}`)).body).toMatchObject({ owner_id: owner.id });
  });

  describe('is refused, and changes nothing,', () => {
    it('when the member has changed since', async () => {
      const { id } = await createItem(store, { price: 1 });
      await owner.api.patch(`/items/${id}`, { price: 2 });
      const change = await latest();
      await owner.api.patch(`/items/${id}`, { price: 3 });
      expectProblem(await undo(change.id), 409, 'changed_since');
      await owner.api.delete(`/items/${id}`);
      const last = await latest();
      expectProblem(await undo(change.id), 409, 'changed_since');
      expect(await latest()).toEqual(last);
    });

    it('when a created item has changed, or has got a tag', async () => {
      const { id } = await createItem(store);
      const made = await latest();
      const tag = await createTag(store);
      await linkTags(store, id, tag.id);
      expectProblem(await undo(made.id), 409, 'changed_since');
      await owner.api.delete(`/items/${id}/tags/${tag.id}`);
      await owner.api.patch(`/items/${id}`, { sku: 'S' });
      expectProblem(await undo(made.id), 409, 'changed_since');
      expect((await item(id)).sku).toBe('S');
    });

    it('when another row has taken its place', async () => {
      const { id } = await createItem(store, { sku: 'S-1' });
      await owner.api.delete(`/items/${id}`);
      const gone = await latest();
      await createItem(store, { sku: 'S-1' });
      expectProblem(await undo(gone.id), 409, 'sku_taken');

      const tag = await createTag(store);
      await owner.api.delete(`/tags/${tag.id}`);
      const tagGone = await latest();
      const other = await createTag(store, tag.name);
      expectProblem(await undo(tagGone.id), 409, 'tag_name_taken');

      const tagMade = await latest();
      await linkTags(store, id + 1, other.id);
      expectProblem(await undo(tagMade.id), 409, 'tag_in_use');

      const { name } = store;
      await owner.api.patch(`/stores/${store.id}`, { name: unique('new') });
      const renamed = await latest();
      await createStore(owner, name);
      expectProblem(await undo(renamed.id), 409, 'store_name_taken');
    });

    it('when a tag to link again is gone', async () => {
      const { id } = await createItem(store);
      const tag = await createTag(store);
      await linkTags(store, id, tag.id);
      await owner.api.delete(`/items/${id}/tags/${tag.id}`);
      const unlinked = await latest();
      await owner.api.delete(`/tags/${tag.id}`);
      expectProblem(await undo(unlinked.id), 409, 'changed_since');
    });

    it('for the creation of a store', async () => {
      expectProblem(await undo((await latest()).id), 409, 'undo_not_possible');
    });

    it('for others, and for unknown changes', async () => {
      await createItem(store);
      const { id } = await latest();
      expectProblem(await undo(id, stranger.api), 403, 'forbidden');
      expectProblem(await undo(id, app.api), 401, 'unauthenticated');
      expect((await latest()).id).toBe(id);
      for (const unknown of UNKNOWN_IDS)
        expectProblem(await owner.api.post(`/changes/${unknown}/undo`), 404, 'change_not_found');
      for (const bad of BAD_IDS)
        expectProblem(await owner.api.post(`/changes/${bad}/undo`), 400, 'invalid_input', ['?id']);
    });
  });

  it('happens once for each Idempotency-Key', async () => {
    const { id } = await createItem(store, { price: 1 });
    await owner.api.patch(`/items/${id}`, { price: 2 });
    const change = await latest();
    const headers = { 'idempotency-key': unique('key') };
    const path = `/changes/${change.id}/undo`;
    const [first, again] = [
      await owner.api.post(path, undefined, { headers }),
      await owner.api.post(path, undefined, { headers }),
    ];
    expect(first.status).toBe(200);
    expect(again.body).toEqual(first.body);
    expect(await item(id)).toMatchObject({ price: 1 });
  });

  it('is made once by two who try at the same time', async () => {
    const { id } = await createItem(store, { price: 1 });
    await owner.api.patch(`/items/${id}`, { price: 2 });
    const change = await latest();
    const answers = await Promise.all(Array.from({ length: 8 }, () => undo(change.id)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409, 409, 409, 409, 409]);
  });
});
