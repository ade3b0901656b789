import {
  COLOURS,
  COMMON_WORD,
  countStores,
  loadDataSet,
  RARE_WORD,
  tagId,
  UBIQUITOUS_TAG,
} from '../bench/data-set';
import { startApp, type TestApp } from './support/app';
import { createTestDatabase, withClient } from './support/database';
import { Explainer, recordStatements, type Statement, sum } from './support/plans';

/** As few as the planner begins to behave with as with a million. */
const ITEMS = 50_000;
const STORES = countStores(ITEMS);

/** A store somewhere in the middle, one with three items, and one that came last, all at once. */
const STORE = Math.ceil(STORES / 2);
const SMALL_STORE = STORES + 1;
const LATE_STORE = STORES + 2;
const LATE_ITEMS = 3000;
const LATE_TAG = 1_000_000;

const SORTS = ['id', 'name', 'price', 'created_at', 'updated_at'].flatMap((field) => [field, `-${field}`]);
const [BLACK, BLUE] = COLOURS as [string, string];

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let app: TestApp;
let recorded: Statement[];
let explainer: Explainer;

beforeAll(async () => {
  database = await createTestDatabase();
  await withClient(database.connection, async (client) => {
    await loadDataSet(client, { items: ITEMS });
    await client.query(`
      INSERT INTO stores (id, name, owner_id) OVERRIDING SYSTEM VALUE
      SELECT id, 'Store ' || id, (SELECT min(id) FROM users) FROM unnest(ARRAY[${SMALL_STORE}, ${LATE_STORE}]) id`);
    await client.query(`
      INSERT INTO tags (id, name, store_id) OVERRIDING SYSTEM VALUE VALUES (${LATE_TAG}, 'late', ${LATE_STORE})`);
    await client.query(`
      WITH late AS (
        INSERT INTO items (name, price, store_id) SELECT 'Novelty ' || n, 99999, ${LATE_STORE}
        FROM generate_series(1, ${LATE_ITEMS}) n RETURNING id, store_id
      ), small AS (
        INSERT INTO items (name, price, store_id) SELECT 'Single ' || n, n, ${SMALL_STORE} FROM generate_series(1, 3) n
      )
      INSERT INTO item_tags (item_id, tag_id, store_id) SELECT id, ${LATE_TAG}, store_id FROM late`);
    await client.query('VACUUM ANALYZE items, item_tags, tags');
  });
  app = await startApp({ DATABASE_POOL_MAX: '8' }, database.connection);
  recorded = recordStatements(app);
  explainer = await Explainer.connect(database.connection);
}, 180_000);
afterAll(async () => {
  await explainer.close();
  await app.close();
  await database.drop();
});

/** The ids of a page, where the next one is, how many rows there are, and the statements that it took. */
async function get(path: string) {
  recorded.length = 0;
  const { status, body, headers } = await app.api.get(path);
  expect({ path, status }).toEqual({ path, status: 200 });
  const next = /<([^>]*)>; rel="next"/.exec(headers.get('link') ?? '')?.[1];
  const ids = (body as { id: number }[]).map(({ id }) => id);
  return { ids, next, total: Number(headers.get('x-total-count')), statements: [...recorded] };
}

/** The items of a list by the plainest SQL. */
function plainSql(query: string): string {
  const params = new URLSearchParams(query);
  const literal = (text: string) => `'${text.replaceAll("'", "''")}'`;
  const one = (name: string, condition: (value: string) => string) =>
    params.getAll(name).map((value) => condition(literal(value)));
  const named = (name: string) =>
    `i.id IN (SELECT item_id FROM item_tags JOIN tags t ON t.id = tag_id WHERE lower(t.name) = lower(${name}))`;
  const tags = [
    ...one('tag_id', (id) => `i.id IN (SELECT item_id FROM item_tags WHERE tag_id = ${id})`),
    ...one('tag', named),
  ];
  const words = params.get('q')?.split(' ') ?? [];
  const conditions = [
    'true',
    ...one('store_id', (id) => `i.store_id = ${id}`),
    ...one('sku', (sku) => `i.sku = ${sku}`),
    ...one('min_price', (price) => `i.price >= ${price}`),
    ...one('max_price', (price) => `i.price <= ${price}`),
    ...words.map(
      (word) => `strpos(fold(i.name || ' ' || coalesce(i.sku, '')), nullif(fold(${literal(word)}), '')) > 0`,
    ),
    ...one('without_tag', (name) => `NOT ${named(name)}`),
    ...(tags.length > 0 ? [`(${tags.join(params.get('tag_match') === 'any' ? ' OR ' : ' AND ')})`] : []),
  ];
  return `items i WHERE ${conditions.join(' AND ')}`;
}

async function countOf(query: string): Promise<number | undefined> {
  const [row] = await app.sql<{ count: number }>(`SELECT count(*)::int FROM ${plainSql(query)}`);
  return row?.count;
}

/** The ids of a page that begins after `skip` others. */
async function idsOf(query: string, skip = 0): Promise<number[]> {
  const sort = new URLSearchParams(query).get('sort') ?? 'id';
  const direction = sort.startsWith('-') ? 'DESC' : 'ASC';
  const column = sort.replace('-', '').replace('name', 'lower(name)');
  const rows = await app.sql<{ id: number }>(`
    SELECT i.id::int FROM ${plainSql(query)}
    ORDER BY ${column} ${direction}, i.id ${direction} LIMIT 20 OFFSET ${skip}`);
  return rows.map(({ id }) => id);
}

async function readsOf(statements: readonly Statement[]): Promise<number> {
  const plans = [];
  for (const statement of statements) plans.push(await explainer.explain(statement));
  return sum(plans.map(({ reads }) => reads));
}

const tag = (name: string, store = STORE) => `tag_id=${tagId(store, name)}`;
const named = (name: string) => `tag=${encodeURIComponent(name)}`;
const withEach = (sorts: readonly string[], ...queries: string[]) =>
  queries.flatMap((query) => sorts.map((sort) => `${query}&sort=${sort}`));

/** What may be read for a page of 20: the rows with three tags each, and an index along which they stand. */
const PAGE = 21 * (1 + 2 * 3) + 50;
/** Where a filter is weighed, and rows are walked and checked. */
const SEARCH = 25_000;

const ALONG_AN_INDEX = [
  ...SORTS.map((sort) => `sort=${sort}`),
  ...withEach(SORTS, `store_id=${STORE}`, `store_id=${SMALL_STORE}`, `store_id=${LATE_STORE}`),
  ...withEach(['id', '-id'], tag(UBIQUITOUS_TAG), tag(BLACK), tag('limited'), `tag_id=${LATE_TAG}`),
  ...withEach(['price', '-price'], 'min_price=500&max_price=600', `min_price=9000&store_id=${STORE}`),
  'sku=unknown',
  'tag_id=999999999',
];

const BY_SEARCH = [
  ...withEach(
    SORTS,
    ...[UBIQUITOUS_TAG, BLACK, 'limited', 'exclusive'].map((name) => tag(name)),
    `tag_id=${LATE_TAG}`,
    ...[UBIQUITOUS_TAG, BLACK, 'limited', `exclusive ${STORE}`, 'late', 'unknown'].map(named),
    `${named('limited')}&store_id=${STORE}`,
  ),
  `${tag(UBIQUITOUS_TAG)}&${tag(BLACK)}`,
  `${tag('limited')}&${tag(UBIQUITOUS_TAG)}`,
  `${tag(BLACK)}&${tag(BLUE)}`,
  `${tag(BLACK)}&${tag(BLACK, STORE + 1)}`,
  `${tag(BLACK)}&${tag(BLUE)}&tag_match=any`,
  `${named(UBIQUITOUS_TAG)}&${named(BLACK)}`,
  `${named(UBIQUITOUS_TAG)}&${named('limited')}`,
  `${named('late')}&${named(UBIQUITOUS_TAG)}`,
  `${named(BLACK)}&${named(BLUE)}&tag_match=any`,
  `${named(BLACK)}&${tag('limited')}&sort=price`,
  `q=${RARE_WORD}`,
  `q=${COMMON_WORD}`,
  `q=${COMMON_WORD}+${RARE_WORD}`,
  `q=${RARE_WORD}&${named(UBIQUITOUS_TAG)}`,
  'q=novelty',
  ...[
    'a',
    'e',
    'z',
    'qu',
    'gu',
    'ii',
    'zz',
    '-',
    '%25',
    '%2B%2B',
    '***',
    'é',
    'nøvelty',
    'Ｃlassic',
    '椅子',
    '한',
    'Москва',
    '%CC%81',
  ].map((word) => `q=${word}`),
  'min_price=500&max_price=500.5',
];

/** What docs/performance.md has the worst times of. */
const UNBOUNDED = [
  `without_tag=${UBIQUITOUS_TAG}`,
  `without_tag=${BLACK}&without_tag=${BLUE}`,
  `${named(BLACK)}&${named(BLUE)}`,
  ...withEach(['price', '-name'], `q=${COMMON_WORD}`, 'q=a', 'q=novelty'),
  `q=a&without_tag=${UBIQUITOUS_TAG}`,
  `${named(BLACK)}&${named('late')}&tag_match=any&sort=-price&q=novelty`,
];

describe('a page of items', () => {
  it.each(ALONG_AN_INDEX)('%s is read along an index, at any depth', async (query) => {
    const first = await get(`/items?${query}`);
    expect(first.ids).toEqual(await idsOf(query));
    expect(await readsOf(first.statements)).toBeLessThan(PAGE);
    expect(first.statements.map(({ how }) => how)).toEqual(['steady']);
    const { next } = await get(`/items?${query}&page=${Math.floor(LATE_ITEMS / 20) - 10}`);
    if (next === undefined) return;
    const deep = await get(next);
    expect(await readsOf(deep.statements)).toBeLessThan(PAGE);
  });

  it.each(BY_SEARCH)('%s reads a bounded number of rows', async (query) => {
    const first = await get(`/items?${query}`);
    expect(first.ids).toEqual(await idsOf(query));
    expect(await readsOf(first.statements)).toBeLessThan(SEARCH);
    if (first.next === undefined) return;
    const second = await get(first.next);
    expect(second.ids).toEqual(await idsOf(query, 20));
    expect(await readsOf(second.statements)).toBeLessThan(SEARCH);
  });

  it.each(BY_SEARCH.filter((query) => !query.includes('sort=')))('%s is counted right', async (query) => {
    const { ids, total } = await get(`/items?${query}&page=2&count=true`);
    expect(ids).toEqual(await idsOf(query, 20));
    expect(total).toBe(await countOf(query));
  });

  it.each(UNBOUNDED)('%s is right', async (query) => {
    const first = await get(`/items?${query}`);
    expect(first.ids).toEqual(await idsOf(query));
    if (first.next !== undefined) expect((await get(first.next)).ids).toEqual(await idsOf(query, 20));
    const third = await get(`/items?${query}&page=3&count=true`);
    expect(third.ids).toEqual(await idsOf(query, 40));
    expect(third.total).toBe(await countOf(query));
  });
});

it('what is planned once goes by indexes, though the tables be empty then', async () => {
  const empty = await createTestDatabase();
  await withClient(empty.connection, (client) => client.query('VACUUM ANALYZE'));
  const early = await Explainer.connect(empty.connection);
  for (const query of ALONG_AN_INDEX) {
    const { statements } = await get(`/items?${query}`);
    for (const statement of statements) {
      const { indexes } = await early.explain(statement);
      expect({ query, indexes: indexes.filter((name) => !/_(pkey|key|idx)$/.test(name)) }).toEqual({
        query,
        indexes: [],
      });
    }
  }
  await early.close();
  await empty.drop();
});
