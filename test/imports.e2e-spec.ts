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
} from './support/factories';

interface Import {
  id: number;
  state: string;
  rows: number;
  processed: number;
  inserted: number;
  updated: number;
  unchanged: number;
  failed: number;
  finished_at: string | null;
}

interface Item {
  id: number;
  name: string;
  price: number;
  sku: string | null;
  tags: { id: number; name: string }[];
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

const CSV = { 'content-type': 'text/csv' };
const NDJSON = { 'content-type': 'application/x-ndjson' };

interface Sending {
  query?: string;
  headers?: Record<string, string>;
  api?: Client;
}

const send = (
  raw: string | Uint8Array<ArrayBuffer>,
  { query = '', headers = CSV, api = owner.api }: Sending = {},
) => api.call('POST', `/stores/${store.id}/imports${query}`, { raw, headers });

/** Sends a file, and waits until the import is finished or previewed. */
async function run(raw: string | Uint8Array<ArrayBuffer>, sending: Sending = {}): Promise<Import> {
  const answer = await send(raw, sending);
  if (answer.status !== 202) throw new Error(`the import answered ${answer.status}: ${answer.text}`);
  return finished((answer.body as Import).id);
}

async function finished(id: number): Promise<Import> {
  for (;;) {
    const found = (await owner.api.get(`/imports/${id}`)).body as Import;
    if (!['receiving', 'queued', 'running'].includes(found.state)) return found;
    await sleep(20);
  }
}

const items = async () => (await app.api.get(`/stores/${store.id}/items?limit=100`)).body as Item[];
const shown = async () =>
  (await items()).map(({ name, price, sku, tags }) => [name, price, sku, tags.map((tag) => tag.name)]);
const errors = async ({ id }: Import) =>
  (
    (await owner.api.get(`/imports/${id}/errors`)).body as {
      line: number;
      pointer: string;
      message: string;
    }[]
  ).map(({ line, pointer, message }) => [line, pointer, message]);
const changes = async ({ id }: Import, query = '') =>
  ((await owner.api.get(`/imports/${id}/changes${query}`)).body as Record<string, unknown>[]).map(
    ({ line, action, item_id: itemId, before, after }) => [line, action, itemId, before, after],
  );

const act = (id: number, what: string, api: Client = owner.api): Promise<Answer> =>
  api.post(`/imports/${id}/${what}`);

const COUNTS = { inserted: 0, updated: 0, unchanged: 0, failed: 0 };

describe('POST /stores/:id/imports', () => {
  it('takes a file, and writes its items with their tags', async () => {
    await createTag(store, 'Garden');
    const answer = await send(
      'name,price,sku,tags\nWatering can,15.9,WC-5,garden|tools\r\n"Hose, ""green""",9.5,,\n',
    );
    expect(answer.status).toBe(202);
    const made = answer.body as Import;
    expect(answer.headers.get('location')).toBe(`/imports/${made.id}`);
    expect(made).toMatchObject({
      store_id: store.id,
      rows: 2,
      on_error: 'abort',
      on_existing: 'update',
      dry_run: false,
    });
    const done = await finished(made.id);
    expect(done).toMatchObject({ ...COUNTS, state: 'succeeded', rows: 2, processed: 2, inserted: 2 });
    expect(done.finished_at).not.toBeNull();
    expect(await shown()).toEqual([
      ['Watering can', 15.9, 'WC-5', ['Garden', 'tools']],
      ['Hose, "green"', 9.5, null, []],
    ]);
  });

  it('takes NDJSON', async () => {
    const lines = [
      { name: 'Can', price: 15.9, sku: 'A', tags: ['a|b', 'c\\d'] },
      { tags: [], price: 0, name: 'Hose', sku: null },
    ];
    const done = await run(`\ufeff${lines.map((line) => JSON.stringify(line)).join('\n')}`, {
      headers: NDJSON,
    });
    expect(done).toMatchObject({ state: 'succeeded', inserted: 2 });
    expect(await shown()).toEqual([
      ['Can', 15.9, 'A', ['a|b', 'c\\d']],
      ['Hose', 0, null, []],
    ]);
  });

  it('updates items by their sku, and replaces their tags', async () => {
    const [can, hose, same] = [
      await createItem(store, { name: 'Can', price: 1, sku: 'A' }),
      await createItem(store, { name: 'Hose', price: 2, sku: 'B' }),
      await createItem(store, { name: 'Same', price: 3, sku: 'C' }),
    ];
    const [old, kept] = [await createTag(store, 'old'), await createTag(store, 'kept')];
    for (const { id } of [can, hose, same]) await linkTags(store, id, old.id, kept.id);
    const done = await run(
      'sku,name,price,tags\nA,New can,1,kept\nB,Hose,2.5,old|KEPT\nC,Same,3.00,Kept|OLD\nD,More,4,\n',
    );
    expect(done).toMatchObject({ ...COUNTS, state: 'succeeded', inserted: 1, updated: 2, unchanged: 1 });
    expect(await shown()).toEqual([
      ['New can', 1, 'A', ['kept']],
      ['Hose', 2.5, 'B', ['kept', 'old']],
      ['Same', 3, 'C', ['kept', 'old']],
      ['More', 4, 'D', []],
    ]);
  });

  it('leaves tags alone where the file has no such column', async () => {
    const { id } = await createItem(store, { name: 'Can', price: 1, sku: 'A' });
    await linkTags(store, id, (await createTag(store, 'kept')).id);
    await run('sku,name,price\nA,Can,2\n');
    expect(await shown()).toEqual([['Can', 2, 'A', ['kept']]]);
  });

  it('skips items that exist, or refuses them', async () => {
    const { id } = await createItem(store, { name: 'Can', price: 1, sku: 'A' });
    const file = 'sku,name,price,tags\nA,New,2,new\nB,Hose,3,\n';
    expect(await run(file, { query: '?on_existing=skip' })).toMatchObject({ inserted: 1, unchanged: 1 });
    expect((await shown())[0]).toEqual(['Can', 1, 'A', []]);
    const failed = await run(file, { query: '?on_existing=fail' });
    expect(failed).toMatchObject({ ...COUNTS, state: 'failed', failed: 2 });
    expect(await errors(failed)).toEqual([
      [2, '/sku', `is the SKU of item ${id}`],
      [3, '/sku', `is the SKU of item ${id + 1}`],
    ]);
  });

  it('tells every bad row, and writes nothing or all others', async () => {
    const file =
      'name,price,sku\n,1,A\nB,1.999,B\nC,"1,234.50",C\nD,,D\nE,5,E\nF,6\nG,7,E\nH,8,H,x\nI,9,I,\n';
    const expected = [
      [2, '/name', expect.any(String)],
      [3, '/price', 'must have at most 2 decimals'],
      [
        4,
        '/price',
        'must be a number without thousands separators; if "," is its decimal sign, try decimal=,',
      ],
      [5, '/price', 'is required'],
      [7, '', 'has 2 columns, and the header has 3'],
      [8, '/sku', 'is the same as in line 6'],
      [9, '', 'has 4 columns, and the header has 3'],
    ];
    const aborted = await run(file);
    expect(aborted).toMatchObject({ ...COUNTS, state: 'failed', rows: 9, failed: 7 });
    expect(await errors(aborted)).toEqual(expected);
    expect(await items()).toEqual([]);
    const skipped = await run(file, { query: '?on_error=skip' });
    expect(skipped).toMatchObject({ ...COUNTS, state: 'succeeded', rows: 9, inserted: 2, failed: 7 });
    expect(await errors(skipped)).toEqual(expected);
    expect((await items()).map(({ name }) => name)).toEqual(['E', 'I']);
  });

  it('reads files of others by delimiter, decimal, encoding and map', async () => {
    const latin = Buffer.from('Titel;Preis;Art;Sonst\nGie\xdfkanne \x80;1234,5;G-1;x\n', 'latin1');
    const query = `?delimiter=;&decimal=,&encoding=windows-1252&map=name:Titel&map=price:Preis&map=sku:Art`;
    expect(await run(new Uint8Array(latin), { query })).toMatchObject({ state: 'succeeded', inserted: 1 });
    const wide = Buffer.from('\ufeffname\tprice\nBreit\t2\n', 'utf16le');
    expect(await run(new Uint8Array(wide), { query: '?delimiter=tab&encoding=utf-16le' })).toMatchObject({
      inserted: 1,
    });
    expect(await shown()).toEqual([
      ['Gießkanne €', 1234.5, 'G-1', []],
      ['Breit', 2, null, []],
    ]);
  });

  it.each<[string, string | Uint8Array<ArrayBuffer>, RegExp]>([
    [
      'another delimiter',
      'name;price\na;1\n',
      /^The header has no column "name", "price"\. Try delimiter=;\.$/,
    ],
    ['an unknown column', 'name,price,colour\na,1,red\n', /unknown columns: "colour"/],
    [
      '5,000 columns',
      `name,price,${Array.from({ length: 4998 }, (_, n) => `c${n}`).join(',')}\n`,
      /"c4" and 4993 more/,
    ],
    ['no header', 'Can,1\nHose,2\n', /has no column "name", "price"/],
    ['a column twice', 'name,price,Name\na,1,b\n', /column "name" twice/],
    ['nothing', '', /is empty/],
    [
      'bytes of another encoding',
      new Uint8Array([...Buffer.from('name,price\na,1\nb'), 0xdf, 0x2c, 0x31]),
      /^Line 3 is not in the encoding utf-8\. Try encoding=windows-1252\.$/,
    ],
    ['a stray quote', 'name,price\na,1\nb"c,2\n', /line 3 has a quote/],
    [
      'a quote that is never closed',
      `name,price\na,1\n"b,2\n${'c,3\n'.repeat(30_000)}`,
      /begins at line 3 is never closed/,
    ],
    ['text after a quote', 'name,price\na,1\n"b"c,2\n', /line 3 has text after its closing quote/],
  ])(
    'refuses a file with %s in one sentence, and leaves a failed import that says it too',
    async (_what, raw, detail) => {
      const answer = await send(raw);
      expectProblem(answer, 400, 'invalid_file');
      expect((answer.body as { detail: string }).detail).toMatch(detail);
      const [failed] = (await owner.api.get(`/stores/${store.id}/imports`)).body as Import[];
      if (!failed) throw new Error('there is no import');
      expect(failed).toMatchObject({ ...COUNTS, state: 'failed', rows: 0 });
      expect(await errors(failed)).toEqual([[expect.any(Number), '', expect.stringMatching(detail)]]);
      expect(
        await app.sql(
          'SELECT FROM import_rows r JOIN imports i ON i.id = r.import_id WHERE i.store_id = $1',
          [store.id],
        ),
      ).toEqual([]);
    },
  );

  it('refuses what is no file', async () => {
    expectProblem(
      await send('{}', { headers: { 'content-type': 'application/json' } }),
      415,
      'unsupported_media_type',
    );
    expectProblem(await owner.api.post(`/stores/${store.id}/imports`), 415, 'unsupported_media_type');
    const csv = { raw: 'a', headers: CSV };
    expectProblem(await owner.api.call('POST', '/items', csv), 415, 'unsupported_media_type');
    for (const query of [
      'on_error=x',
      'on_existing=x',
      'dry_run=1',
      'delimiter=x',
      'decimal=x',
      'encoding=x',
      'map=x',
      'map=name:a&map=name:b',
    ])
      expectProblem(await send('', { query: `?${query}` }), 400, 'invalid_input', [
        `?${query.split('=')[0] ?? ''}`,
      ]);
  });

  it('is for the owner and admins', async () => {
    const file = 'name,price\na,1\n';
    expectProblem(await send(file, { api: stranger.api }), 403, 'forbidden');
    expectProblem(await send(file, { api: app.api }), 401, 'unauthenticated');
    expect((await send(file, { api: admin.api })).status).toBe(202);
    expectProblem(
      await owner.api.call('POST', '/stores/999999/imports', { raw: file, headers: CSV }),
      404,
      'store_not_found',
    );
    const { id } = await run(file);
    for (const path of ['', '/errors', '/changes']) {
      expectProblem(await stranger.api.get(`/imports/${id}${path}`), 403, 'forbidden');
      expectProblem(await owner.api.get(`/imports/999999${path}`), 404, 'import_not_found');
    }
    for (const what of ['apply', 'undo', 'cancel']) {
      expectProblem(await act(id, what, stranger.api), 403, 'forbidden');
      expectProblem(await act(999_999, what), 404, 'import_not_found');
    }
  });

  it('is known to the history', async () => {
    await createItem(store, { name: 'Can', price: 1, sku: 'A' });
    const answer = await send('sku,name,price,tags\nA,Can,2,new\nB,Hose,3,\n');
    const { id } = await finished((answer.body as Import).id);
    const found = (await owner.api.get(`/stores/${store.id}/changes?import_id=${id}`)).body as Record<
      string,
      unknown
    >[];
    expect(found.map(({ resource, action }) => `${String(resource)} ${String(action)}`).sort()).toEqual([
      'item create',
      'item update',
      'link link',
      'tag create',
    ]);
    for (const change of found)
      expect(change).toMatchObject({
        actor_id: owner.id,
        request_id: answer.headers.get('x-request-id'),
        import_id: id,
      });
  });
});

describe('a preview', () => {
  const FILE = 'sku,name,price,tags\nA,Can,2,old|new\nB,Same,3,\nC,Hose,4,new\n';
  let can: { id: number };
  let same: { id: number };
  let preview: Import;

  beforeEach(async () => {
    can = await createItem(store, { name: 'Can', price: 1, sku: 'A' });
    same = await createItem(store, { name: 'Same', price: 3, sku: 'B' });
    await linkTags(store, can.id, (await createTag(store, 'old')).id);
    preview = await run(FILE, { query: '?dry_run=true' });
  });

  it('says what will happen, and writes nothing', async () => {
    expect(preview).toMatchObject({ ...COUNTS, state: 'previewed', inserted: 1, updated: 1, unchanged: 1 });
    expect(await changes(preview)).toEqual([
      [2, 'update', can.id, { price: 1, tags: ['old'] }, { price: 2, tags: ['new', 'old'] }],
      [3, 'none', same.id, {}, {}],
      [4, 'insert', null, {}, { name: 'Hose', price: 4, sku: 'C', tags: ['new'] }],
    ]);
    expect(await changes(preview, '?action=insert')).toHaveLength(1);
    expect(await shown()).toEqual([
      ['Can', 1, 'A', ['old']],
      ['Same', 3, 'B', []],
    ]);
    expect((await app.api.get(`/stores/${store.id}/tags`)).body).toHaveLength(1);
  });

  it('calls the tags that the store has as they are called there', async () => {
    await createTag(store, 'Garden');
    const { id } = await run(
      'sku,name,price,tags\nA,Can,1,OLD|garden|GARDEN|More|more\nD,Rake,4,gARDEN\nB,Same,3,\n',
      { query: '?dry_run=true' },
    );
    expect(await changes({ id } as Import)).toEqual([
      [2, 'update', can.id, { tags: ['old'] }, { tags: ['Garden', 'More', 'old'] }],
      [3, 'insert', null, {}, { name: 'Rake', price: 4, sku: 'D', tags: ['Garden'] }],
      [4, 'none', same.id, {}, {}],
    ]);
    expect((await act(id, 'apply')).status).toBe(200);
    expect(await shown()).toEqual([
      ['Can', 1, 'A', ['Garden', 'More', 'old']],
      ['Same', 3, 'B', []],
      ['Rake', 4, 'D', ['Garden']],
    ]);
  });

  it('is applied as it says', async () => {
    const answer = await act(preview.id, 'apply');
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ state: 'succeeded', inserted: 1, updated: 1, unchanged: 1 });
    expect(await shown()).toEqual([
      ['Can', 2, 'A', ['new', 'old']],
      ['Same', 3, 'B', []],
      ['Hose', 4, 'C', ['new']],
    ]);
    expectProblem(await act(preview.id, 'apply'), 409, 'not_previewed');
  });

  it.each<[string, () => Promise<unknown>, number]>([
    ['an item has changed', () => owner.api.patch(`/items/${can.id}`, { name: 'Other' }), 2],
    ['an item that stays has changed', () => owner.api.patch(`/items/${same.id}`, { price: 9 }), 3],
    ['an item is gone', () => owner.api.delete(`/items/${can.id}`), 2],
    ['a sku has appeared', () => createItem(store, { sku: 'C' }), 4],
    ['a tag was linked', async () => linkTags(store, same.id, (await createTag(store, 'x')).id), 3],
    [
      'a tag has another name',
      () => app.sql(`UPDATE tags SET name = 'y' WHERE store_id = $1`, [store.id]),
      2,
    ],
    ['a link is gone, by SQL', () => app.sql('DELETE FROM item_tags WHERE store_id = $1', [store.id]), 2],
  ])('is refused when %s', async (_what, change, line) => {
    await change();
    const before = await shown();
    const answer = await act(preview.id, 'apply');
    expectProblem(answer, 409, 'preview_outdated');
    expect((answer.body as { detail: string }).detail).toContain(`lines: ${line}.`);
    expect(await shown()).toEqual(before);
  });

  it('is refused when a tag that it would make has appeared in another case', async () => {
    await createTag(store, 'NEW');
    const answer = await act(preview.id, 'apply');
    expectProblem(answer, 409, 'preview_outdated');
    expect((answer.body as { detail: string }).detail).toContain('lines: 2, 4.');
  });

  it('can be cancelled', async () => {
    expect((await act(preview.id, 'cancel')).body).toMatchObject({ state: 'cancelled' });
    expectProblem(await act(preview.id, 'apply'), 409, 'not_previewed');
    expect((await act(preview.id, 'cancel')).status).toBe(200);
  });
});

describe('POST /imports/:id/undo', () => {
  const FILE = 'sku,name,price,tags\nA,New,2,old|new\nB,Same,3,\nC,Hose,4,new\n';
  let can: { id: number };
  let before: unknown;
  let done: Import;

  beforeEach(async () => {
    can = await createItem(store, { name: 'Can', price: 1, sku: 'A' });
    await createItem(store, { name: 'Same', price: 3, sku: 'B' });
    const [old, more] = [await createTag(store, 'old'), await createTag(store, 'more')];
    await linkTags(store, can.id, old.id, more.id);
    before = await shown();
    done = await run(FILE);
  });

  it('takes back everything', async () => {
    const answer = await act(done.id, 'undo');
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ state: 'undone' });
    expect(await shown()).toEqual(before);
    const tags = (await app.api.get(`/stores/${store.id}/tags`)).body as { name: string }[];
    expect(tags.map(({ name }) => name)).toEqual(['old', 'more']);
    expectProblem(await act(done.id, 'undo'), 409, 'not_undoable');
  });

  it('is refused if an item has changed since, or leaves it alone', async () => {
    await owner.api.patch(`/items/${can.id}`, { price: 7 });
    const answer = await act(done.id, 'undo');
    expectProblem(answer, 409, 'changed_since');
    expect((answer.body as { detail: string }).detail).toContain(`undone: ${can.id}.`);
    expect((await shown())[0]).toEqual(['New', 7, 'A', ['new', 'old']]);
    expect((await owner.api.post(`/imports/${done.id}/undo?on_conflict=skip`)).status).toBe(200);
    expect(await shown()).toEqual([
      ['New', 7, 'A', ['new', 'old']],
      ['Same', 3, 'B', []],
    ]);
    expectProblem(await owner.api.post(`/imports/${done.id}/undo?on_conflict=x`), 400, 'invalid_input', [
      '?on_conflict',
    ]);
  });

  it('takes back imports one after another, the latest first', async () => {
    const later = await run('sku,name,price,tags\nA,Newer,8,more\nC,Hose,4,\nD,Pot,5,\n');
    expectProblem(await act(done.id, 'undo'), 409, 'changed_since');
    expect((await act(later.id, 'undo')).status).toBe(200);
    expect((await act(done.id, 'undo')).status).toBe(200);
    expect(await shown()).toEqual(before);
  });

  it.each([
    ['its price', () => owner.api.patch(`/items/${can.id}`, { price: 7 }), { price: 2 }],
    ['its SKU', () => owner.api.patch(`/items/${can.id}`, { sku: null }), { sku: 'A' }],
  ])(
    'takes back an item that had changed (%s), and is again as the import left it',
    async (_what, change, back) => {
      await change();
      expectProblem(await act(done.id, 'undo'), 409, 'changed_since');
      await owner.api.patch(`/items/${can.id}`, back);
      expect((await act(done.id, 'undo')).status).toBe(200);
      expect(await shown()).toEqual(before);
    },
  );

  it('takes back an item that had lost a tag, and has it again', async () => {
    const [tag] = (await app.api.get(`/stores/${store.id}/tags?q=new`)).body as { id: number }[];
    const link = `/items/${can.id}/tags/${tag?.id}`;
    expect((await owner.api.delete(link)).status).toBe(204);
    expectProblem(await act(done.id, 'undo'), 409, 'changed_since');
    await linkTags(store, can.id, tag?.id ?? 0);
    expect((await act(done.id, 'undo')).status).toBe(200);
    expect(await shown()).toEqual(before);
  });

  it('takes back new items that were deleted and have returned', async () => {
    const [hose] = (await app.api.get(`/stores/${store.id}/items?sku=C`)).body as Item[];
    await owner.api.delete(`/items/${hose?.id}`);
    expectProblem(await act(done.id, 'undo'), 409, 'changed_since');
    const [change] = (await owner.api.get(`/stores/${store.id}/changes?resource=item&action=delete`))
      .body as { id: number }[];
    expect((await owner.api.post(`/changes/${change?.id}/undo`)).status).toBe(200);
    expect((await act(done.id, 'undo')).status).toBe(200);
    expect(await shown()).toEqual(before);
  });

  it('keeps a tag that it made and somebody has renamed since', async () => {
    await app.sql(`UPDATE tags SET name = 'mine' WHERE store_id = $1 AND name = 'new'`, [store.id]);
    expect((await act(done.id, 'undo')).status).toBe(200);
    const tags = (await app.api.get(`/stores/${store.id}/tags`)).body as { name: string }[];
    expect(tags.map(({ name }) => name)).toContain('mine');
  });

  it('is refused if a tag that would return is gone, or leaves the item alone', async () => {
    await app.sql(`DELETE FROM tags WHERE store_id = $1 AND name = 'more'`, [store.id]);
    expectProblem(await act(done.id, 'undo'), 409, 'changed_since');
    expect((await owner.api.post(`/imports/${done.id}/undo?on_conflict=skip`)).status).toBe(200);
    const errors = (await owner.api.get(`/imports/${done.id}/errors`)).body;
    const message = `item ${can.id} has changed since the import, and was left alone by the undo`;
    expect(errors).toEqual([expect.objectContaining({ line: 0, pointer: '', message })]);
  });

  it('keeps tags that others carry since', async () => {
    const tags = (await app.api.get(`/stores/${store.id}/tags?q=new`)).body as { id: number }[];
    await linkTags(store, (await createItem(store)).id, tags[0]?.id ?? 0);
    await act(done.id, 'undo');
    expect((await app.api.get(`/stores/${store.id}/tags?q=new`)).body).toHaveLength(1);
  });

  it('is refused when the history no longer has its changes', async () => {
    await app.sql('DELETE FROM changes WHERE import_id = $1', [done.id]);
    expectProblem(await act(done.id, 'undo'), 409, 'not_undoable');
  });
});

describe('POST /imports/:id/cancel', () => {
  it('is refused for a finished import', async () => {
    const done = await run('name,price\na,1\n');
    expectProblem(await act(done.id, 'cancel'), 409, 'already_finished');
  });
});

describe('GET /stores/:id/imports', () => {
  it('lists the latest first', async () => {
    const [first, second] = [await run('name,price\na,1\n'), await run('name,price\nb,1\n')];
    expect(
      ((await owner.api.get(`/stores/${store.id}/imports`)).body as Import[]).map(({ id }) => id),
    ).toEqual([second.id, first.id]);
    expectProblem(await stranger.api.get(`/stores/${store.id}/imports`), 403, 'forbidden');
  });
});
