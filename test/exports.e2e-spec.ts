import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { Database } from '../src/database/database';
import { DeadlineClient } from '../src/database/deadline-client';
import { startApp, type TestApp } from './support/app';
import { startCatalogue } from './support/catalogue';
import { expectProblem } from './support/expect-problem';
import {
  createItem,
  createStore,
  createTag,
  linkTags,
  type TestStore,
  type TestUser,
} from './support/factories';
import { BAD_IDS, UNKNOWN_IDS } from './support/inputs';
import { whileLocked } from './support/lock-wait';
import { until } from './support/patience';

const ROWS = 200_000;

let app: TestApp;
let owner: TestUser;
let store: TestStore;

beforeAll(async () => {
  ({ app, owner } = await startCatalogue());
});
beforeEach(async () => {
  store = await createStore(owner);
});
afterEach(() => untilRunning(0));
afterAll(() => app.close());

const pathOf = (query = '', { id } = store) => `/stores/${id}/items/export${query}`;
const exported = (query = '') => app.api.get(pathOf(query));

async function textOf(query = ''): Promise<string> {
  const { status, text } = await exported(query);
  if (status !== 200) throw new Error(`the export answered ${status}: ${text}`);
  return text;
}

/** The names of the items in an export. */
async function namesOf(query: string): Promise<string[]> {
  const lines = (await textOf(`?format=ndjson&${query}`)).split('\n').slice(0, -1);
  return lines.map((line) => (JSON.parse(line) as { name: string }).name);
}

/** A response whose body is not read yet. */
async function open(path: string, url = app.url): Promise<IncomingMessage> {
  const request = get(url + path, { agent: false });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  response.on('error', () => undefined);
  return response;
}

/** Exports that the server runs. */
async function running(): Promise<number> {
  const [row] = await app.sql<{ count: number }>(
    `SELECT count(*)::int FROM pg_stat_activity
     WHERE datname = current_database() AND state <> 'idle' AND query LIKE 'COPY%'`,
  );
  return row?.count ?? 0;
}

async function untilRunning(count: number): Promise<void> {
  const end = Date.now() + 10_000;
  while ((await running()) !== count) {
    if (Date.now() > end) throw new Error(`not ${count} exports run`);
    await sleep(5);
  }
}

/** Fills the store with many items with two tags each. */
async function fill(rows: number, { id } = store): Promise<void> {
  // The history and the indexes of searches would take most of the time.
  await app.sql('ALTER TABLE items DISABLE TRIGGER USER; ALTER TABLE item_tags DISABLE TRIGGER USER');
  await app.sql('DROP INDEX items_search_idx, items_short_search_idx');
  await app.sql(`INSERT INTO tags (store_id, name) SELECT $1, 'tag ' || n FROM generate_series(1, 50) n`, [
    id,
  ]);
  await app.sql(
    `WITH made AS (
       INSERT INTO items (store_id, name, price, sku)
       SELECT $1, 'Item with a name of usual length ' || n, n % 10000 / 100.0, CASE WHEN n % 4 > 0 THEN 'SKU-' || n END
       FROM generate_series(1, $2::int) n RETURNING id
     ), numbered AS (SELECT id, row_number() OVER (ORDER BY id) AS place FROM tags WHERE store_id = $1)
     INSERT INTO item_tags (item_id, tag_id, store_id)
     SELECT m.id, t.id, $1 FROM made m JOIN numbered t ON t.place IN (1 + m.id % 50, 1 + (m.id + 7) % 50)`,
    [id, rows],
  );
  await app.sql('ANALYZE items, tags, item_tags');
}

/** Items with everything that a format could write wrongly. */
async function createOddItems(): Promise<void> {
  const odd: [name: string, price: number, sku: string | null, tags: string[]][] = [
    ['Watering can', 15.99, 'WC-5', ['metal', 'Garden']],
    ['The "best", of all', 0.1, 'a,b"c', ['a|b', String.raw`c\d`, String.raw`e\|f`, 'x, "y"']],
    ['Gießkanne 🌱 水', 99999999.99, null, ['öko', String.raw`\ `.trim()]],
    ['=1+1', 0, '-5', ['@tag']],
    ['+1', 100, '=A1', []],
    [String.raw`it's $1 \. \n '' E'\x'`, 24.5, String.raw`\N`, ['null']],
    ["'quoted", 1, "'", []],
  ];
  const ids = new Map<string, number>();
  for (const [name, price, sku, tags] of odd) {
    const { id } = await createItem(store, { name, price, sku });
    for (const tag of tags) if (!ids.has(tag)) ids.set(tag, (await createTag(store, tag)).id);
    if (tags.length > 0) await linkTags(store, id, ...tags.map((tag) => ids.get(tag) ?? 0));
  }
}

describe('GET /stores/{id}/items/export', () => {
  it('writes CSV byte for byte, with quotes only where they are needed', async () => {
    await createOddItems();
    const { text, headers } = await exported();
    expect(text).toBe(
      [
        'name,price,sku,tags',
        'Watering can,15.99,WC-5,Garden|metal',
        String.raw`"The ""best"", of all",0.10,"a,b""c","a\|b|c\\d|e\\\|f|x, ""y"""`,
        String.raw`Gießkanne 🌱 水,99999999.99,,\\|öko`,
        '=1+1,0.00,-5,@tag',
        '+1,100.00,=A1,',
        String.raw`it's $1 \. \n '' E'\x',24.50,\N,null`,
        "'quoted,1.00,',",
        '',
      ].join('\n'),
    );
    expect(headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(headers.get('content-disposition')).toBe(`attachment; filename="store-${store.id}-items.csv"`);
    expect(headers.get('cache-control')).toBe('no-store');
  });

  it('writes NDJSON with the same members as the list', async () => {
    await createOddItems();
    const { text, headers } = await exported('?format=ndjson');
    const listed = (await app.api.get(`/stores/${store.id}/items?limit=100`)).body as {
      name: string;
      price: number;
      sku: string | null;
      tags: { name: string }[];
    }[];
    const lines = text.split('\n');
    expect(lines.pop()).toBe('');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(
      listed.map(({ name, price, sku, tags }) => ({ name, price, sku, tags: tags.map((tag) => tag.name) })),
    );
    expect(lines[0]).toBe('{"name":"Watering can","price":15.99,"sku":"WC-5","tags":["Garden","metal"]}');
    expect(headers.get('content-type')).toBe('application/x-ndjson');
    expect(headers.get('content-disposition')).toBe(`attachment; filename="store-${store.id}-items.ndjson"`);
  });

  it('with formulas=escape puts a quote before what a spreadsheet would run', async () => {
    await createOddItems();
    await app.sql(`INSERT INTO items (store_id, name, price, sku) VALUES ($1, E'\\tx', 1, E'\\ry')`, [
      store.id,
    ]);
    const lines = (await textOf('?formulas=escape')).split('\n');
    expect(lines.slice(4, 6)).toEqual(["'=1+1,0.00,'-5,'@tag", "'+1,100.00,'=A1,"]);
    expect(lines.slice(8, 9)).toEqual([`'\tx,1.00,"'\ry",`]);
    expect(lines.slice(0, 4)).toEqual((await textOf()).split('\n').slice(0, 4));
  });

  it('is empty for an empty store, and has nothing of another store', async () => {
    const other = await createStore(owner);
    await createItem(other);
    await createTag(other);
    expect(await textOf()).toBe('name,price,sku,tags\n');
    expect(await textOf('?format=ndjson')).toBe('');
  });

  it('takes the filters of the list', async () => {
    await createOddItems();
    const odd = String.raw`it's $1 \. \n '' E'\x'`;
    const ofTag = async (name: string) => {
      const { body } = await app.api.get(`/stores/${store.id}/tags?q=${encodeURIComponent(name)}`);
      return (body as { id: number }[])[0]?.id;
    };
    const cases: [query: string, names: string[]][] = [
      [`q=${encodeURIComponent("IT'S $1")}`, [odd]],
      ['q=giesskanne', ['Gießkanne 🌱 水']],
      [`q=${encodeURIComponent('\\')}`, [odd]],
      [`sku=${encodeURIComponent(String.raw`\N`)}`, [odd]],
      [`sku=${encodeURIComponent("'")}`, ["'quoted"]],
      ['min_price=24.5&max_price=100', ['+1', odd]],
      ['tag=GARDEN&tag=metal', ['Watering can']],
      ['tag=garden&tag=null&tag_match=any', ['Watering can', odd]],
      [`tag=${encodeURIComponent(String.raw`c\d`)}`, ['The "best", of all']],
      [`tag=${encodeURIComponent('ÖKO')}`, ['Gießkanne 🌱 水']],
      [`tag_id=${await ofTag('metal')}`, ['Watering can']],
      ['max_price=1&without_tag=%40tag&without_tag=null', ['The "best", of all', "'quoted"]],
      ['q=nowhere', []],
    ];
    for (const [query, names] of cases) {
      expect({ query, names: await namesOf(query) }).toEqual({ query, names });
      const { body } = await app.api.get(`/stores/${store.id}/items?${query}`);
      expect((body as { name: string }[]).map(({ name }) => name)).toEqual(names);
    }
  });

  it('refuses unknown stores, bad ids and bad parameters', async () => {
    for (const id of UNKNOWN_IDS)
      expectProblem(await app.api.get(`/stores/${id}/items/export`), 404, 'store_not_found');
    for (const id of BAD_IDS) {
      expectProblem(await app.api.get(`/stores/${id}/items/export`), 400, 'invalid_input', ['?id']);
    }
    const answer = await exported('?format=xls&formulas=run&min_price=x&limit=1&store_id=1&sort=name');
    expectProblem(answer, 400, 'invalid_input', [
      '?format',
      '?formulas',
      '?min_price',
      '?limit',
      '?store_id',
      '?sort',
    ]);
  });

  it('answers HEAD like GET, without a body', async () => {
    await createItem(store);
    const [head, whole] = [await app.api.call('HEAD', pathOf()), await exported()];
    expect([head.status, head.text]).toEqual([200, '']);
    for (const name of ['content-type', 'content-disposition', 'cache-control', 'content-length']) {
      expect([name, head.headers.get(name)]).toEqual([name, whole.headers.get(name)]);
    }
    expect((await app.api.call('HEAD', pathOf('', { ...store, id: 2 ** 40 }))).status).toBe(404);
  });
});

describe('an export of many items', () => {
  let big: TestStore;
  beforeAll(async () => {
    big = await createStore(owner);
    await fill(ROWS, big);
  });
  beforeEach(() => {
    store = big;
  });

  it.each(['csv', 'ndjson'])('as %s has all of them, fast and in constant memory', async (format) => {
    const before = process.memoryUsage().rss;
    let most = before;
    const started = performance.now();
    const response = await open(pathOf(`?format=${format}`));
    let lines = 0;
    let bytes = 0;
    for await (const chunk of response as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      for (const byte of chunk) if (byte === 10) lines++;
      most = Math.max(most, process.memoryUsage().rss);
    }
    const seconds = (performance.now() - started) / 1000;
    const report = `${format}: ${Math.round(lines / seconds)} rows/s, ${(bytes / 2 ** 20).toFixed(1)} MiB`;
    process.stderr.write(`${report}, memory +${((most - before) / 2 ** 20).toFixed(1)} MiB\n`);
    expect(lines).toBe(ROWS + (format === 'csv' ? 1 : 0));
    // Far below what all rows would need, with room for the collector.
    expect(most - before).toBeLessThan(100 * 2 ** 20);
  });

  it('is of one moment, whatever is written while it runs, and a slow client needs no memory', async () => {
    const response = await open(pathOf());
    await app.sql(`INSERT INTO items (store_id, name, price) VALUES ($1, 'too late', 1)`, [big.id]);
    await app.sql(`UPDATE items SET name = 'too late' WHERE store_id = $1 AND price > 99`, [big.id]);
    await app.sql(`UPDATE tags SET name = 'too late' WHERE store_id = $1 AND name = 'tag 1'`, [big.id]);
    const before = process.memoryUsage();
    await sleep(500);
    const { rss, arrayBuffers } = process.memoryUsage();
    expect(Math.max(rss - before.rss, arrayBuffers - before.arrayBuffers)).toBeLessThan(8 * 2 ** 20);
    expect(await running()).toBe(1);
    const text = (await buffer(response)).toString();
    expect(text).not.toContain('too late');
    expect(text.split('\n')).toHaveLength(ROWS + 2);
    await app.sql(`DELETE FROM items WHERE store_id = $1 AND name = 'too late' AND price = 1`, [big.id]);
  });

  it('has no time limit', async () => {
    const hasty = await startApp({ REQUEST_TIMEOUT: '1000' }, app.connection);
    try {
      const response = await open(pathOf(), hasty.url);
      await sleep(2500);
      expect((await buffer(response)).toString().split('\n')).toHaveLength(ROWS + 2);
    } finally {
      await hasty.close();
    }
  });

  it('has no time limit for what the database has sent and nobody has read', async () => {
    const hasty = await startApp({ REQUEST_TIMEOUT: '1000' }, app.connection);
    try {
      // Less than the buffers between the two hold, and more than a stream reads ahead.
      const rows = await hasty.app
        .get(Database)
        .copyOut(
          `COPY (SELECT repeat('x', 1000) FROM generate_series(1, 150)) TO STDOUT`,
          new AbortController().signal,
        );
      await sleep(2500);
      expect((await buffer(rows)).toString().split('\n')).toHaveLength(151);
    } finally {
      await hasty.close();
    }
  });

  it('is whole although the end of its transaction comes too late', async () => {
    const commit = jest.spyOn(
      DeadlineClient.prototype as unknown as { commit: () => Promise<unknown> },
      'commit',
    );
    commit.mockRejectedValueOnce(new Error('late'));
    try {
      expect((await textOf('')).split('\n')).toHaveLength(ROWS + 2);
      // The client can have all rows before.
      await until('the end of the transaction', () => commit.mock.calls.length > 0);
    } finally {
      commit.mockRestore();
    }
    expect((await textOf('?max_price=0')).split('\n').length).toBeGreaterThan(2);
  });

  it('ends when its client goes away, and the next requests are served', async () => {
    const before = app.logs.length;
    for (let round = 0; round < 10; round++) {
      const response = await open(pathOf(`?format=${round % 2 === 0 ? 'csv' : 'ndjson'}`));
      await once(response, 'readable');
      response.destroy();
      await untilRunning(0);
    }
    expect((await app.api.get('/health/ready')).status).toBe(200);
    expect((await textOf('?max_price=0')).split('\n').length).toBeGreaterThan(2);
    const faults = app.logs
      .slice(before)
      .filter((line) => (JSON.parse(line) as { level: number }).level >= 40);
    expect(faults).toEqual([]);
  });

  it('breaks the connection when the database fails in the middle', async () => {
    const response = await open(pathOf());
    await app.sql(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'COPY%'`,
    );
    await expect(buffer(response)).rejects.toThrow();
    expect(response.complete).toBe(false);
    expect((await textOf('?max_price=0')).split('\n').length).toBeGreaterThan(2);
  });

  it('is refused while others hold their part of the connections', async () => {
    // Of eight connections three are shared by reads, and five are in the pool.
    const first = await open(pathOf());
    const refused = await exported();
    expectProblem(refused, 503, 'unavailable');
    expect(refused.headers.get('retry-after')).toBe('5');
    expect((await app.api.call('HEAD', pathOf())).status).toBe(200);
    first.destroy();
    await untilRunning(0);
    expect((await exported('?q=nowhere')).status).toBe(200);
  });
});

it('a client that goes away before the first row ends the statement', async () => {
  await whileLocked(app.connection, 'item_tags', async () => {
    const request = get(app.url + pathOf(), { agent: false });
    request.on('error', () => undefined);
    await untilRunning(1);
    request.destroy();
    await untilRunning(0);
  });
  expect(await textOf()).toBe('name,price,sku,tags\n');
});

it('an error before the first row is a problem', async () => {
  await whileLocked(app.connection, 'item_tags', async () => {
    const answer = exported();
    await untilRunning(1);
    await app.sql(
      `SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'COPY%'`,
    );
    expectProblem(await answer, 503, 'unavailable');
  });
});
