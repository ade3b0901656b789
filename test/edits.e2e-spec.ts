import { setTimeout as sleep } from 'node:timers/promises';
import { type TestApp } from './support/app';
import { startCatalogue } from './support/catalogue';
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

interface Edit {
  id: number;
  state: string;
}

interface Item {
  id: number;
  name: string;
  price: number;
  sku: string | null;
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
  ({ app, owner, stranger, admin } = await startCatalogue());
});
beforeEach(async () => {
  store = await createStore(owner);
});
afterAll(async () => {
  await app.close();
});

const ALL = { rows: 0, processed: 0, inserted: 0, updated: 0, deleted: 0, unchanged: 0, failed: 0 };

interface Sending {
  filter?: object;
  dry_run?: boolean;
  on_error?: string;
  api?: Client;
}

const send = (change: object, { filter = {}, api = owner.api, ...more }: Sending = {}) =>
  api.post(`/stores/${store.id}/edits`, { filter, change, ...more });

/** Makes an edit, and waits until it is finished or previewed. */
async function run(change: object, more: Sending = {}): Promise<Edit> {
  const answer = await send(change, more);
  if (answer.status !== 202) throw new Error(`the edit answered ${answer.status}: ${answer.text}`);
  return finished((answer.body as Edit).id);
}

async function finished(id: number): Promise<Edit> {
  for (;;) {
    const found = (await owner.api.get(`/imports/${id}`)).body as Edit;
    if (!['queued', 'running'].includes(found.state)) return found;
    await sleep(20);
  }
}

const preview = (change: object, more: Sending = {}) => run(change, { ...more, dry_run: true });
const act = (id: number, what: string, api: Client = owner.api): Promise<Answer> =>
  api.post(`/imports/${id}/${what}`);
const items = async () => (await app.api.get(`/stores/${store.id}/items?limit=100`)).body as Item[];
const shown = async () =>
  (await items()).map(({ name, price, tags }) => [name, price, tags.map((tag) => tag.name)]);
const prices = async () => (await items()).map(({ price }) => price);
const tagNames = async () =>
  ((await app.api.get(`/stores/${store.id}/tags`)).body as { name: string }[]).map(({ name }) => name);
const errors = async ({ id }: Edit) =>
  ((await owner.api.get(`/imports/${id}/errors`)).body as Record<string, unknown>[]).map(
    ({ line, pointer, message }) => [line, pointer, message],
  );
const changes = async ({ id }: Edit, query = '') =>
  ((await owner.api.get(`/imports/${id}/changes${query}`)).body as Record<string, unknown>[]).map(
    ({ line, action, item_id: itemId, before, after }) => [line, action, itemId, before, after],
  );

/** Three items: a can with the tag Garden, a hose with Garden and sale, and a saw. */
async function fill() {
  const [can, hose, saw] = [
    await createItem(store, { name: 'Can', price: 10, sku: 'A' }),
    await createItem(store, { name: 'Hose', price: 20, sku: 'B' }),
    await createItem(store, { name: 'Saw', price: 30 }),
  ];
  const [garden, sale] = [await createTag(store, 'Garden'), await createTag(store, 'sale')];
  await linkTags(store, can.id, garden.id);
  await linkTags(store, hose.id, garden.id, sale.id);
  return { can, hose, saw, garden, sale };
}

describe('POST /stores/:id/edits', () => {
  it('is an import without a file, which runs by itself', async () => {
    const { can } = await fill();
    const other = await createStore(owner);
    const foreign = await createItem(other, { price: 5 });
    const answer = await send({ price: { multiply: 1.05 } }, { filter: { tag: ['garden'] } });
    expect(answer.status).toBe(202);
    const made = answer.body as Edit;
    expect(answer.headers.get('location')).toBe(`/imports/${made.id}`);
    expect(made).toMatchObject({
      ...ALL,
      store_id: store.id,
      state: 'queued',
      on_error: 'abort',
      dry_run: false,
      edit: { filter: { tag: ['garden'], tag_match: 'all' }, change: { price: { multiply: 1.05 } } },
      finished_at: null,
    });
    expect(await finished(made.id)).toMatchObject({
      ...ALL,
      state: 'succeeded',
      rows: 2,
      processed: 2,
      updated: 2,
    });
    expect(await prices()).toEqual([10.5, 21, 30]);
    expect((await app.api.get(`/items/${foreign.id}`)).body).toMatchObject({ price: 5 });
    const listed = (await owner.api.get(`/stores/${store.id}/imports`)).body as Edit[];
    expect(listed.map(({ id }) => id)).toEqual([made.id]);
    const changed = (await app.api.get(`/items/${can.id}`)).body as Item;
    expect(changed.updated_at > changed.created_at).toBe(true);
  });

  it.each<[object, [before: number, after: number][]]>([
    [
      { multiply: 1.05, round: 0.05 },
      [
        [9.99, 10.5],
        [0.5, 0.55],
        [10, 10.5],
        [0.02, 0],
        [0.03, 0.05],
        [0, 0],
      ],
    ],
    // 1.45 × 1.1 is 1.595, whose binary fraction is below the half.
    [
      { multiply: 1.1 },
      [
        [1.45, 1.6],
        [0.05, 0.06],
        [0.04, 0.04],
        [1.35, 1.49],
      ],
    ],
    [
      { multiply: 1.005 },
      [
        [1, 1.01],
        [3, 3.02],
        [100, 100.5],
      ],
    ],
    [
      { multiply: 0.5 },
      [
        [0.01, 0.01],
        [0.03, 0.02],
        [99_999_999.99, 50_000_000],
      ],
    ],
    [
      { multiply: 0.333333333333333, round: 1 },
      [
        [1.5, 0],
        [4.5, 1],
        [4.51, 2],
      ],
    ],
    [
      { multiply: 1, round: 0.25 },
      [
        [0.12, 0],
        [0.13, 0.25],
        [0.37, 0.25],
        [0.38, 0.5],
      ],
    ],
    [
      { multiply: 1, round: 0.3 },
      [
        [0.14, 0],
        [0.15, 0.3],
        [0.45, 0.6],
        [0.44, 0.3],
      ],
    ],
    // A quotient of these would be rounded to 1.5 before the price is.
    [{ multiply: 0.999999999999999, round: 60_000 }, [[90_000, 60_000]]],
    [{ multiply: 0 }, [[5, 0]]],
    [
      { multiply: 1e-7 },
      [
        [50_000, 0.01],
        [49_999, 0],
      ],
    ],
    [
      { add: -1 },
      [
        [1, 0],
        [15.9, 14.9],
      ],
    ],
    [{ add: 0.1 }, [[0.2, 0.3]]],
    [
      { set: 9.99 },
      [
        [0, 9.99],
        [9.99, 9.99],
      ],
    ],
  ])('computes prices with %j exactly', async (price, table) => {
    for (const [before] of table) await createItem(store, { price: before });
    expect(await run({ price })).toMatchObject({ state: 'succeeded', rows: table.length });
    expect(await prices()).toEqual(table.map(([, after]) => after));
  });

  it('adds and removes tags, makes missing ones, and leaves items alone that are so already', async () => {
    const { saw, garden } = await fill();
    await linkTags(store, saw.id, garden.id, (await createTag(store, 'New')).id);
    const before = (await app.api.get(`/items/${saw.id}`)).body as Item;
    const done = await run({ add_tags: ['new', 'GARDEN', 'More', 'more'], remove_tags: ['SALE', 'unknown'] });
    expect(done).toMatchObject({ ...ALL, state: 'succeeded', rows: 3, processed: 3, updated: 3 });
    expect(await shown()).toEqual([
      ['Can', 10, ['Garden', 'More', 'New']],
      ['Hose', 20, ['Garden', 'More', 'New']],
      ['Saw', 30, ['Garden', 'More', 'New']],
    ]);
    expect(await tagNames()).toEqual(['Garden', 'sale', 'New', 'More']);
    expect(((await app.api.get(`/items/${saw.id}`)).body as Item).updated_at > before.updated_at).toBe(true);
    const touched = (await items()).map(({ updated_at: at }) => at);
    expect(await run({ add_tags: ['More'], price: { add: 0 } })).toMatchObject({ updated: 0, unchanged: 3 });
    expect((await items()).map(({ updated_at: at }) => at)).toEqual(touched);
  });

  it('removes before it adds', async () => {
    const { hose } = await fill();
    expect(await run({ add_tags: ['sale'], remove_tags: ['Sale', 'garden'] })).toMatchObject({ updated: 3 });
    expect((await shown()).map(([, , tags]) => tags)).toEqual([['sale'], ['sale'], ['sale']]);
    const links = (await owner.api.get(`/items/${hose.id}/changes?resource=link`)).body as {
      action: string;
    }[];
    expect(links.map(({ action }) => action)).toEqual(['unlink', 'link', 'link']);
  });

  it('makes no tags when no item gets them', async () => {
    await fill();
    expect(await run({ add_tags: ['lonely'] }, { filter: { sku: 'Z' } })).toMatchObject({
      ...ALL,
      state: 'succeeded',
    });
    expect(await tagNames()).toEqual(['Garden', 'sale']);
  });

  it('deletes items with their links', async () => {
    await fill();
    const done = await run({ delete: true }, { filter: { tag: ['garden'] } });
    expect(done).toMatchObject({ ...ALL, state: 'succeeded', rows: 2, processed: 2, deleted: 2 });
    expect(await shown()).toEqual([['Saw', 30, []]]);
    expect(await tagNames()).toEqual(['Garden', 'sale']);
  });

  it('changes prices and tags at once', async () => {
    await fill();
    await run({ price: { set: 5 }, add_tags: ['sale'], remove_tags: ['garden'] }, { filter: { sku: 'A' } });
    expect((await shown())[0]).toEqual(['Can', 5, ['sale']]);
  });

  it.each<[object | ((made: Awaited<ReturnType<typeof fill>>) => object), string[]]>([
    [{}, ['Can', 'Hose', 'Saw']],
    [{ q: 'ho' }, ['Hose']],
    [{ sku: 'A' }, ['Can']],
    [{ min_price: 20 }, ['Hose', 'Saw']],
    [{ min_price: 10.5, max_price: 29.99 }, ['Hose']],
    [{ tag: ['GARDEN'] }, ['Can', 'Hose']],
    [{ tag: ['garden', 'sale'] }, ['Hose']],
    [{ tag: ['garden', 'sale'], tag_match: 'any' }, ['Can', 'Hose']],
    [{ without_tag: ['sale'] }, ['Can', 'Saw']],
    [({ can, saw }) => ({ ids: [saw.id, can.id, saw.id, 999_999] }), ['Can', 'Saw']],
    [({ can, hose }) => ({ ids: [can.id, hose.id], min_price: 20 }), ['Hose']],
    [({ sale }) => ({ tag_id: [sale.id] }), ['Hose']],
    [({ sale, garden }) => ({ tag_id: [sale.id, garden.id], max_price: 20, q: 'B' }), ['Hose']],
  ])('takes the filters of the list of items (%#)', async (filter, names) => {
    const made = await fill();
    await run({ price: { set: 1 } }, { filter: typeof filter === 'function' ? filter(made) : filter });
    expect((await items()).filter(({ price }) => price === 1).map(({ name }) => name)).toEqual(names);
  });

  it('tells each item for which it is not possible, and writes nothing or all others', async () => {
    const { can, hose } = await fill();
    const before = await shown();
    const change = { price: { add: -25 }, add_tags: ['cheap'] };
    const expected = [
      [1, '/price', `of item ${can.id} would be -15, and must be from 0 to 99999999.99`],
      [2, '/price', `of item ${hose.id} would be -5, and must be from 0 to 99999999.99`],
    ];
    const aborted = await run(change);
    expect(aborted).toMatchObject({ ...ALL, state: 'failed', rows: 3, failed: 2 });
    expect(await errors(aborted)).toEqual(expected);
    expect(await shown()).toEqual(before);
    expect(await tagNames()).toEqual(['Garden', 'sale']);
    const skipped = await run(change, { on_error: 'skip' });
    expect(skipped).toMatchObject({
      ...ALL,
      state: 'succeeded',
      rows: 3,
      processed: 3,
      updated: 1,
      failed: 2,
    });
    expect(await errors(skipped)).toEqual(expected);
    expect(await shown()).toEqual([...before.slice(0, 2), ['Saw', 5, ['cheap']]]);
  });

  it('tells items whose prices or tags would be too many', async () => {
    const [dear, full] = [
      await createItem(store, { price: 99_999_999.99 }),
      await createItem(store, { price: 1 }),
    ];
    const names = Array.from({ length: 99 }, (_, n) => `t${n}`);
    await run({ add_tags: names }, { filter: { max_price: 1 } });
    const done = await run({ price: { multiply: 1.5 }, add_tags: ['T1', 'x', 'y'] });
    expect(done).toMatchObject({ state: 'failed', failed: 2 });
    expect(await errors(done)).toEqual([
      [1, '/price', `of item ${dear.id} would be 149999999.99, and must be from 0 to 99999999.99`],
      [2, '/tags', `of item ${full.id} would be 101, and must be at most 100`],
    ]);
    expect(await run({ add_tags: ['x'] }, { filter: { max_price: 1 } })).toMatchObject({ updated: 1 });
  });

  it('is known to the history', async () => {
    await fill();
    const answer = await send(
      { price: { add: 1 }, add_tags: ['new'] },
      { filter: { sku: 'A' }, api: admin.api },
    );
    const { id } = await finished((answer.body as Edit).id);
    const found = (await owner.api.get(`/stores/${store.id}/changes?import_id=${id}`)).body as Record<
      string,
      unknown
    >[];
    expect(found.map(({ resource, action }) => `${String(resource)} ${String(action)}`).sort()).toEqual([
      'item update',
      'link link',
      'tag create',
    ]);
    for (const change of found)
      expect(change).toMatchObject({
        actor_id: admin.id,
        request_id: answer.headers.get('x-request-id'),
        import_id: id,
      });
  });

  it('happens once with an Idempotency-Key', async () => {
    await createItem(store, { price: 1 });
    const body = { filter: {}, change: { price: { add: 1 } } };
    const keyed = () =>
      owner.api.call('POST', `/stores/${store.id}/edits`, { body, headers: { 'idempotency-key': key } });
    const key = unique('key');
    const [first, second] = [await keyed(), await keyed()];
    expect(second.headers.get('idempotency-replayed')).toBe('true');
    expect([second.status, second.text]).toEqual([202, first.text]);
    expect(second.headers.get('location')).toBe(first.headers.get('location'));
    const begun = performance.now();
    await finished((first.body as Edit).id);
    expect(performance.now() - begun).toBeLessThan(5000);
    expect(await prices()).toEqual([2]);
    expectProblem(
      await owner.api.call('POST', `/stores/${store.id}/edits`, {
        body: { ...body, dry_run: true },
        headers: { 'idempotency-key': key },
      }),
      422,
      'idempotency_key_reused',
    );
  });

  it('is for the owner and admins', async () => {
    const change = { delete: true };
    expectProblem(await send(change, { api: stranger.api }), 403, 'forbidden');
    expectProblem(await send(change, { api: app.api }), 401, 'unauthenticated');
    expectProblem(
      await owner.api.post('/stores/999999/edits', { filter: {}, change }),
      404,
      'store_not_found',
    );
    expect((await send(change, { api: admin.api })).status).toBe(202);
  });

  it.each<[string, object, string[]]>([
    ['nothing', {}, ['/change', '/filter']],
    ['no filter', { change: { delete: true } }, ['/filter']],
    ['no change', { filter: {} }, ['/change']],
    ['an empty change', { filter: {}, change: {} }, ['/change']],
    ['an empty price', { filter: {}, change: { price: {} } }, ['/change/price']],
    ['no objects', { filter: [], change: 'x' }, ['/change', '/filter']],
    ['null', { filter: null, change: { price: null } }, ['/change/price', '/filter']],
    [
      'unknown members',
      { filter: { store_id: 1 }, change: { prise: 1 }, x: 1 },
      ['/change/prise', '/filter/store_id', '/x'],
    ],
    [
      'special names',
      { filter: { constructor: 1 }, change: { price: { 'a/b': 1 } } },
      ['/change/price/a~1b', '/filter/constructor'],
    ],
    [
      'two ways',
      { filter: {}, change: { price: { multiply: 2, add: 1, set: 1 } } },
      ['/change/price/add', '/change/price/set'],
    ],
    ['a step alone', { filter: {}, change: { price: { round: 0.05 } } }, ['/change/price/round']],
    [
      'a step of another way',
      { filter: {}, change: { price: { set: 1, round: 0.05 } } },
      ['/change/price/round'],
    ],
    ['a bad step', { filter: {}, change: { price: { multiply: 1, round: 0 } } }, ['/change/price/round']],
    [
      'a fine step',
      { filter: {}, change: { price: { multiply: 1, round: 0.015 } } },
      ['/change/price/round'],
    ],
    ['a negative factor', { filter: {}, change: { price: { multiply: -1 } } }, ['/change/price/multiply']],
    ['a huge factor', { filter: {}, change: { price: { multiply: 1e300 } } }, ['/change/price/multiply']],
    ['text as a number', { filter: {}, change: { price: { add: '1' } } }, ['/change/price/add']],
    ['a price out of range', { filter: {}, change: { price: { set: -1 } } }, ['/change/price/set']],
    ['three decimals', { filter: {}, change: { price: { add: -0.001 } } }, ['/change/price/add']],
    ['deletion and more', { filter: {}, change: { delete: true, add_tags: ['x'] } }, ['/change/delete']],
    ['no deletion', { filter: {}, change: { delete: false } }, ['/change/delete']],
    [
      'no tags',
      { filter: {}, change: { add_tags: [], remove_tags: 'x' } },
      ['/change/add_tags', '/change/remove_tags'],
    ],
    [
      'bad tags',
      { filter: {}, change: { add_tags: ['a', ' ', 1] } },
      ['/change/add_tags/1', '/change/add_tags/2'],
    ],
    ['101 tags', { filter: {}, change: { add_tags: Array(101).fill('x') } }, ['/change/add_tags']],
    [
      'bad filters',
      {
        filter: {
          ids: [],
          q: '',
          sku: 1,
          min_price: '1',
          max_price: 0.001,
          tag_id: [0],
          tag: [''],
          without_tag: {},
          tag_match: 'x',
        },
        change: { delete: true },
        dry_run: 'true',
        on_error: 'x',
      },
      [
        '/dry_run',
        '/filter/ids',
        '/filter/max_price',
        '/filter/min_price',
        '/filter/q',
        '/filter/sku',
        '/filter/tag/0',
        '/filter/tag_id/0',
        '/filter/tag_match',
        '/filter/without_tag',
        '/on_error',
      ],
    ],
  ])('refuses a body with %s', async (_what, body, pointers) => {
    expectProblem(await owner.api.post(`/stores/${store.id}/edits`, body), 400, 'invalid_input', pointers);
  });

  it('refuses a factor with more digits than are exact', async () => {
    const raw = '{"filter":{},"change":{"price":{"multiply":1.00000000000000001234}}}';
    const headers = { 'content-type': 'application/json' };
    expectProblem(
      await owner.api.call('POST', `/stores/${store.id}/edits`, { raw, headers }),
      400,
      'invalid_input',
      ['/change/price/multiply'],
    );
    const body = { filter: {}, change: { delete: true } };
    expectProblem(
      await owner.api.post(`/stores/${store.id}/edits?dry_run=true`, body),
      400,
      'invalid_input',
      ['?dry_run'],
    );
  });
});

describe('a preview of an edit', () => {
  const CHANGE = { price: { multiply: 1.5, round: 5 }, add_tags: ['garden', 'New'], remove_tags: ['sale'] };
  let made: Awaited<ReturnType<typeof fill>>;

  beforeEach(async () => {
    made = await fill();
  });

  it('says what will happen, writes nothing, and is applied as it says', async () => {
    const before = await items();
    const found = await preview(CHANGE, { filter: { max_price: 20 } });
    expect(found).toMatchObject({ ...ALL, state: 'previewed', rows: 2, processed: 2, updated: 2 });
    expect(await changes(found)).toEqual([
      [1, 'update', made.can.id, { price: 10, tags: ['Garden'] }, { price: 15, tags: ['Garden', 'New'] }],
      [
        2,
        'update',
        made.hose.id,
        { price: 20, tags: ['Garden', 'sale'] },
        { price: 30, tags: ['Garden', 'New'] },
      ],
    ]);
    expect(await items()).toEqual(before);
    expect(await tagNames()).toEqual(['Garden', 'sale']);
    const answer = await act(found.id, 'apply');
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ ...ALL, state: 'succeeded', rows: 2, processed: 2, updated: 2 });
    expect(await shown()).toEqual([
      ['Can', 15, ['Garden', 'New']],
      ['Hose', 30, ['Garden', 'New']],
      ['Saw', 30, []],
    ]);
    expectProblem(await act(found.id, 'apply'), 409, 'not_previewed');
  });

  it('tells deletions, items that stay, and items for which it is not possible', async () => {
    const deletion = await preview({ delete: true }, { filter: { sku: 'B' } });
    expect(await changes(deletion, '?action=delete')).toEqual([
      [1, 'delete', made.hose.id, { name: 'Hose', price: 20, sku: 'B', tags: ['Garden', 'sale'] }, {}],
    ]);
    const found = await preview({ price: { set: 20 } });
    expect(found).toMatchObject({ updated: 2, unchanged: 1 });
    expect(await changes(found, '?action=none')).toEqual([[2, 'none', made.hose.id, {}, {}]]);
    const skipping = await preview({ price: { add: -15 } }, { on_error: 'skip' });
    expect(skipping).toMatchObject({
      ...ALL,
      state: 'previewed',
      rows: 3,
      processed: 3,
      updated: 2,
      failed: 1,
    });
    expect((await changes(skipping)).map(([line]) => line)).toEqual([2, 3]);
    expect(await errors(skipping)).toHaveLength(1);
    expect((await act(skipping.id, 'apply')).body).toMatchObject({
      state: 'succeeded',
      updated: 2,
      failed: 1,
    });
    expect(await prices()).toEqual([10, 5, 15]);
    expect(await preview({ price: { add: -15 } })).toMatchObject({ state: 'failed' });
  });

  it('applies a deletion', async () => {
    const deletion = await preview({ delete: true }, { filter: { tag: ['garden'] } });
    expect((await act(deletion.id, 'apply')).body).toMatchObject({ state: 'succeeded', deleted: 2 });
    expect(await shown()).toEqual([['Saw', 30, []]]);
  });

  it.each<[string, (all: typeof made) => Promise<unknown>, (all: typeof made) => number]>([
    [
      'an item has changed',
      ({ can }) => owner.api.patch(`/items/${can.id}`, { name: 'Other' }),
      ({ can }) => can.id,
    ],
    ['an item is gone', ({ hose }) => owner.api.delete(`/items/${hose.id}`), ({ hose }) => hose.id],
    [
      'an item no longer matches',
      ({ can, garden }) => owner.api.delete(`/items/${can.id}/tags/${garden.id}`),
      ({ can }) => can.id,
    ],
    ['another item matches', ({ saw, garden }) => linkTags(store, saw.id, garden.id), ({ saw }) => saw.id],
    [
      'a tag has another name',
      ({ sale }) => owner.api.patch(`/tags/${sale.id}`, { name: 'x' }),
      ({ hose }) => hose.id,
    ],
  ])('is refused when %s', async (_what, change, id) => {
    const found = await preview(CHANGE, { filter: { tag: ['garden'] } });
    await change(made);
    const before = await items();
    const answer = await act(found.id, 'apply');
    expectProblem(answer, 409, 'preview_outdated');
    expect((answer.body as { detail: string }).detail).toContain(`items: ${id(made)}.`);
    expect(await items()).toEqual(before);
  });

  it.each<[string, string, (all: typeof made) => Promise<{ id: number }>]>([
    ['for another item now', 'abort', () => createItem(store, { price: 1 })],
    ['for another item now, and was not for one', 'skip', () => createItem(store, { price: 1 })],
    [
      'for an item that it was not possible for',
      'skip',
      async ({ can }) => {
        await owner.api.patch(`/items/${can.id}`, { price: 100 });
        return can;
      },
    ],
    [
      'for another item than before',
      'skip',
      async ({ can }) => {
        await owner.api.delete(`/items/${can.id}`);
        await createItem(store, { price: 1 });
        return can;
      },
    ],
  ])('is refused when it is not possible %s, with %s', async (_what, onError, change) => {
    const found = await preview({ price: { add: onError === 'skip' ? -15 : -5 } }, { on_error: onError });
    expect(found).toMatchObject({ state: 'previewed', failed: onError === 'skip' ? 1 : 0 });
    const { id } = await change(made);
    const before = await items();
    const answer = await act(found.id, 'apply');
    expectProblem(answer, 409, 'preview_outdated');
    expect((answer.body as { detail: string }).detail).toContain(`items: ${id}`);
    expect(await items()).toEqual(before);
  });

  it('does not care for items that it is not about', async () => {
    const found = await preview(CHANGE, { filter: { tag: ['garden'] } });
    await owner.api.patch(`/items/${made.saw.id}`, { price: 1 });
    expect((await act(found.id, 'apply')).status).toBe(200);
  });

  it('can be cancelled', async () => {
    const { id } = await preview(CHANGE);
    expect((await act(id, 'cancel')).body).toMatchObject({ state: 'cancelled' });
    expectProblem(await act(id, 'apply'), 409, 'not_previewed');
  });

  it('is not for others', async () => {
    const { id } = await preview(CHANGE);
    for (const what of ['apply', 'undo', 'cancel'])
      expectProblem(await act(id, what, stranger.api), 403, 'forbidden');
    expectProblem(await stranger.api.get(`/imports/${id}/changes`), 403, 'forbidden');
  });
});

describe('the undo of an edit', () => {
  let made: Awaited<ReturnType<typeof fill>>;
  let before: unknown;
  /** the items without their last change, which an undo is too */
  const lasting = async () => (await items()).map((item) => ({ ...item, updated_at: '' }));

  beforeEach(async () => {
    made = await fill();
    before = await lasting();
  });

  it('takes back prices, tags, and the tags that it made', async () => {
    const done = await run({ price: { multiply: 2 }, add_tags: ['New', 'sale'], remove_tags: ['garden'] });
    expect(await lasting()).not.toEqual(before);
    expect((await act(done.id, 'undo')).body).toMatchObject({ state: 'undone' });
    expect(await lasting()).toEqual(before);
    expect(await tagNames()).toEqual(['Garden', 'sale']);
    expectProblem(await act(done.id, 'undo'), 409, 'not_undoable');
  });

  it('brings deleted items back, with ids, times, skus and links', async () => {
    const done = await run({ delete: true });
    expect(await items()).toEqual([]);
    expect((await act(done.id, 'undo')).body).toMatchObject({ state: 'undone' });
    expect(await lasting()).toEqual(before);
  });

  it('of an applied preview too', async () => {
    const { id } = await preview({ delete: true }, { filter: { tag: ['garden'] } });
    await act(id, 'apply');
    expect((await act(id, 'undo')).body).toMatchObject({ state: 'undone' });
    expect(await lasting()).toEqual(before);
  });

  it('is refused for changed items, or leaves them alone', async () => {
    const done = await run({ price: { add: 1 } });
    await owner.api.patch(`/items/${made.can.id}`, { price: 7 });
    const answer = await act(done.id, 'undo');
    expectProblem(answer, 409, 'changed_since');
    expect((answer.body as { detail: string }).detail).toContain(`undone: ${made.can.id}.`);
    expect(await prices()).toEqual([7, 21, 31]);
    expect((await owner.api.post(`/imports/${done.id}/undo?on_conflict=skip`)).status).toBe(200);
    expect(await prices()).toEqual([7, 20, 30]);
  });

  it('is refused for a deleted item whose sku is taken, or leaves it alone', async () => {
    const done = await run({ delete: true });
    const taker = await createItem(store, { name: 'Other', price: 1, sku: 'A' });
    expectProblem(await act(done.id, 'undo'), 409, 'changed_since');
    expect(await items()).toHaveLength(1);
    expect((await owner.api.post(`/imports/${done.id}/undo?on_conflict=skip`)).status).toBe(200);
    expect((await items()).map(({ id }) => id)).toEqual([made.hose.id, made.saw.id, taker.id]);
  });

  it('is refused for a deleted item that is back', async () => {
    const done = await run({ delete: true }, { filter: { sku: 'A' } });
    const [deletion] = (await owner.api.get(`/stores/${store.id}/changes?resource=item&action=delete`))
      .body as {
      id: number;
    }[];
    expect((await owner.api.post(`/changes/${deletion?.id ?? 0}/undo`)).status).toBe(200);
    expectProblem(await act(done.id, 'undo'), 409, 'changed_since');
    expect(await lasting()).toEqual(before);
  });

  it('is refused where a tag that would return is gone, or leaves those items alone', async () => {
    const done = await run({ remove_tags: ['garden', 'sale'] }, { filter: { tag: ['garden'] } });
    await owner.api.delete(`/tags/${made.sale.id}`);
    expectProblem(await act(done.id, 'undo'), 409, 'changed_since');
    expect((await owner.api.post(`/imports/${done.id}/undo?on_conflict=skip`)).status).toBe(200);
    expect((await shown()).map(([, , tags]) => tags)).toEqual([['Garden'], [], []]);
    const message = `item ${made.hose.id} has changed since the import, and was left alone by the undo`;
    expect(await errors(done)).toEqual([[0, '', message]]);
  });

  it('is refused when a part of its history has been removed as too old', async () => {
    const done = await run({ price: { add: 1 } });
    await app.sql(`UPDATE changes SET at = at - interval '366 days' WHERE import_id = $1`, [done.id]);
    expectProblem(await act(done.id, 'undo'), 409, 'not_undoable');
  });

  it('is refused when the history no longer has its changes', async () => {
    const done = await run({ delete: true });
    await app.sql('DELETE FROM changes WHERE import_id = $1', [done.id]);
    expectProblem(await act(done.id, 'undo'), 409, 'not_undoable');
  });
});

describe('an edit of more items than are written at once', () => {
  it('is written, undone, deleted and undone again', async () => {
    await app.sql(
      `INSERT INTO items (name, price, sku, store_id) SELECT 'Item ' || n, n % 100, 'S' || n, $1 FROM generate_series(1, 10500) n`,
      [store.id],
    );
    const sum = async () =>
      (
        await app.sql<{ sum: string; links: string }>(
          `SELECT sum(price), (SELECT count(*) FROM item_tags WHERE store_id = $1) AS links FROM items WHERE store_id = $1`,
          [store.id],
        )
      )[0];
    const change = { price: { add: 1 }, add_tags: ['x'] };
    const done = await run(change);
    expect(done).toMatchObject({
      ...ALL,
      state: 'succeeded',
      rows: 10_500,
      processed: 10_500,
      updated: 10_500,
    });
    expect(await sum()).toEqual({ sum: '530250.00', links: '10500' });
    await act(done.id, 'undo');
    expect(await sum()).toEqual({ sum: '519750.00', links: '0' });
    const deletion = await run({ delete: true });
    expect(deletion).toMatchObject({ deleted: 10_500 });
    await act(deletion.id, 'undo');
    expect(await sum()).toEqual({ sum: '519750.00', links: '0' });
  }, 60_000);
});
