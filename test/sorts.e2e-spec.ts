import { startApp, type TestApp } from './support/app';
import { type Client } from './support/client';
import { expectProblem } from './support/expect-problem';
import { createAdmin } from './support/factories';
import { cursorOf, idsOf, linksOf, paramsOf, walk } from './support/lists';

/** A list, and where its rows are. */
interface List {
  route: string;
  /** ends in `?` or `&`, for parameters to follow */
  path: () => string;
  table: keyof typeof COLUMNS;
  /** which rows of the table it has */
  where?: string;
  api: () => Client;
  /** what it can be sorted by, in SQL */
  sorts: Record<string, string>;
}

/** Names that are alike in one way or another; PostgreSQL knows their order. */
const NAMES = [
  ...[
    'apple',
    'Apple',
    'APPLE',
    'äpfel',
    'Äpfel',
    'apfel',
    'apples',
    'app',
    'a-pple',
    'a pple',
    '10',
    '9',
    '1',
  ],
  ...[
    'éclair',
    'eclair',
    'Éclair',
    'ecláir',
    'Zebra',
    'zebra',
    'ZEBRA',
    'ß',
    'ss',
    'ẞ',
    'SS',
    'o’hara',
    "O'Hara",
  ],
  ...[
    'Москва',
    'москва',
    'МОСКВА',
    'ёж',
    'еж',
    '北京',
    '北',
    '京',
    'ΟΔΟΣ',
    'οδος',
    'οδοσ',
    'Οδός',
    '_x',
    '%x',
    '\\x',
  ],
  ...[
    'Istanbul',
    'İstanbul',
    'ıstanbul',
    'istanbul',
    '😀',
    '😁',
    '👩‍👩‍👧',
    '"quoted"',
    '?',
    '&',
    'ﬁ',
    'fi',
    'Ǆ',
    'ǆ',
    'ǅ',
  ],
];
const PRICES = ['0.00', '0.10', '0.10', '9.99', '10.00', '100.00', '99999999.99'];
const TIMES = [
  '2024-01-01 00:00:00',
  '2024-01-01 00:00:00.1',
  '2024-01-01 00:00:00.12',
  '2024-01-01 00:00:00.123',
];

const COLUMNS = {
  stores: 'name, owner_id, created_at, updated_at',
  items: 'name, price, store_id, created_at, updated_at',
  tags: 'name, store_id, created_at, updated_at',
  users: 'email, password_hash, created_at',
} as const;

/** Gives a row another place in every order. */
const MOVES = {
  stores: 'name = gen_random_uuid()',
  items: 'name = gen_random_uuid(), price = id, updated_at = now()',
  tags: 'name = gen_random_uuid()',
  users: "email = gen_random_uuid() || '@example.com'",
} as const;

const byName = { id: 'id', name: 'lower(name COLLATE "und-x-icu")' };
const byTime = { ...byName, created_at: 'created_at' };
const ofItems = { ...byTime, price: 'price', updated_at: 'updated_at' };

const nobody = () => app.api;
const LISTS: List[] = [
  { route: '/stores', path: () => '/stores?', table: 'stores', api: nobody, sorts: byTime },
  {
    route: '/stores of an owner',
    path: () => `/stores?owner_id=${admin}&`,
    table: 'stores',
    where: 'owner_id = (SELECT min(owner_id) FROM stores)',
    api: nobody,
    sorts: byTime,
  },
  { route: '/items', path: () => '/items?', table: 'items', api: nobody, sorts: ofItems },
  {
    route: '/items of a store',
    path: () => `/items?store_id=${store}&`,
    table: 'items',
    where: 'store_id = (SELECT min(store_id) FROM items)',
    api: nobody,
    sorts: ofItems,
  },
  {
    route: '/stores/:id/items',
    path: () => `/stores/${store}/items?`,
    table: 'items',
    where: 'store_id = (SELECT min(store_id) FROM items)',
    api: nobody,
    sorts: ofItems,
  },
  {
    route: '/stores/:id/tags',
    path: () => `/stores/${store}/tags?`,
    table: 'tags',
    where: 'store_id = (SELECT min(store_id) FROM tags)',
    api: nobody,
    sorts: byName,
  },
  {
    route: '/users',
    path: () => '/users?',
    table: 'users',
    api: () => adminApi,
    sorts: { id: 'id', email: 'lower(email COLLATE "und-x-icu")', created_at: 'created_at' },
  },
];

const SORTS = LISTS.flatMap((list) =>
  Object.keys(list.sorts).flatMap((field) =>
    [field, `-${field}`].map((sort): [string, string, List] => [list.route, sort, list]),
  ),
);

let app: TestApp;
let admin: number;
let adminApi: Client;
let store: number;
/** the rows that others belong to */
let kept: Record<List['table'], number[]>;

/** Numbers that look random, and are the same in each run. */
let seed = 1;
function random(below: number): number {
  seed = (seed * 48_271) % 2_147_483_647;
  return seed % below;
}
const anyOf = <T>(values: readonly T[]): T => values[random(values.length)] as T;

/** Adds a row with values that others have too, as far as names need not be unique. */
async function add(table: List['table'], parent: number): Promise<void> {
  const of: Record<string, unknown> = {
    name: anyOf(NAMES) + anyOf(['', '', ' 2', ' Z']),
    email: `${anyOf(['Ada', 'ada', 'bob', 'ZOE', 'zoë', "o'hara"])}${random(1000)}@example.com`,
    price: anyOf(PRICES),
    password_hash: '',
    owner_id: parent,
    store_id: parent,
    created_at: `${anyOf(TIMES)}Z`,
    updated_at: `${anyOf(TIMES)}Z`,
  };
  const columns = COLUMNS[table].split(', ');
  const added = await app.sql(
    `INSERT INTO ${table} (${COLUMNS[table]}) VALUES (${columns.map((_, index) => `$${index + 1}`).join(', ')})
     ON CONFLICT DO NOTHING RETURNING id`,
    columns.map((column) => of[column]),
  );
  if (added.length === 0) await add(table, parent);
}

async function expectedIds({ table, where = 'TRUE', sorts }: List, sort: string): Promise<number[]> {
  const field = sort.replace('-', '');
  const direction = sort.startsWith('-') ? 'DESC' : 'ASC';
  const rows = await app.sql<{ id: number }>(
    `SELECT id::int FROM ${table} WHERE ${where} ORDER BY ${sorts[field] ?? ''} ${direction}, id ${direction}`,
  );
  return rows.map(({ id }) => id);
}

/** The same reference with another limit: a cursor goes with any. */
const withLimit = (reference: string, limit: number) => reference.replace(/limit=\d+/, `limit=${limit}`);

beforeAll(async () => {
  app = await startApp();
  ({ id: admin, api: adminApi } = await createAdmin(app));
  const [other] = await app.sql<{ id: number }>(
    `INSERT INTO users (email, password_hash) VALUES ('other@example.com', '') RETURNING id::int`,
  );
  const owners = [admin, other?.id ?? 0];
  for (let i = 0; i < 50; i++) await add('stores', anyOf(owners));
  const stores = (await expectedIds(LISTS[0] as List, 'id')).slice(0, 2);
  [store = 0] = stores;
  kept = { users: owners, stores, items: [], tags: [] };
  for (const table of ['items', 'tags'] as const)
    for (let i = 0; i < 50; i++) await add(table, anyOf(stores));
  for (let i = 0; i < 40; i++) await add('users', 0);
});
afterAll(() => app.close());

describe.each(SORTS)('GET %s by %s', (_route, sort, list) => {
  const path = () => `${list.path()}sort=${sort}`;

  it('gives every row once and in order, whatever the limits', async () => {
    const expected = await expectedIds(list, sort);
    expect(expected.length).toBeGreaterThan(15);
    const whole = await list.api().get(`${path()}&limit=100`);
    expect(idsOf(whole)).toEqual(expected);
    expect(linksOf(whole).next).toBeUndefined();
    const pages = await walk(list.api(), `${path()}&limit=3`, (_page, next) =>
      Promise.resolve(withLimit(next, anyOf([1, 2, 3, 7, 10]))),
    );
    expect(pages.flat()).toEqual(expected);
  });

  it('jumps to a page, and goes on right behind it', async () => {
    const expected = await expectedIds(list, sort);
    for (const page of [1, 2, 3]) {
      const answer = await list.api().get(`${path()}&limit=4&page=${page}`);
      expect(idsOf(answer)).toEqual(expected.slice((page - 1) * 4, page * 4));
      const next = await list.api().get(withLimit(linksOf(answer).next ?? '', 5));
      expect(idsOf(next)).toEqual(expected.slice(page * 4, page * 4 + 5));
    }
  });

  it('neither skips nor repeats a row that stays while others come, go and move', async () => {
    const stay = new Set(await expectedIds(list, sort));
    const { table } = list;
    const pages = await walk(list.api(), `${path()}&limit=6`, async (page) => {
      // The row that the cursor names goes, too.
      const free = (ids: (number | undefined)[]) => ids.filter((id = 0) => !kept[table].includes(id));
      const leaving = free([page.at(-1), anyOf([...stay])]);
      const moving = free([anyOf(page), anyOf([...stay])]);
      for (const id of [...leaving, ...moving]) stay.delete(id ?? 0);
      await app.sql(`DELETE FROM ${table} WHERE id = ANY ($1)`, [leaving]);
      await app.sql(`UPDATE ${table} SET ${MOVES[table]}, created_at = now() WHERE id = ANY ($1)`, [moving]);
      for (let i = 0; i < 2; i++) await add(table, table === 'stores' ? admin : store);
      return undefined;
    });
    const given = pages.flat().filter((id) => stay.has(id));
    const expected = (await expectedIds(list, sort)).filter((id) => stay.has(id));
    expect(expected.length).toBeGreaterThan(5);
    expect(given).toEqual(expected);
  });

  it('refuses the cursor of any other sort', async () => {
    const others = Object.keys(list.sorts).flatMap((field) => [field, `-${field}`]);
    const cursor = await cursorOf(list.api(), `${path()}&`);
    for (const other of others.filter((each) => each !== sort)) {
      const answer = await list.api().get(`${list.path()}sort=${other}&cursor=${cursor}`);
      expectProblem(answer, 400, 'invalid_input', ['?cursor']);
    }
  });
});

const BAD_TIMES = [
  ...['', 'now', 'today', 'infinity', '-infinity', 'epoch', 'abc', '2026', '2026-13-45', '2026-01-31'],
  ...['2026-02-30 00:00:00+00', '2026-13-01 00:00:00+00', '2026-01-01 24:00:00+00', '2026-01-01 00:60:00+00'],
  ...[
    '0000-01-01 00:00:00+00',
    '2026-01-01 00:00:00.1234+00',
    '2026-01-01 00:00:00',
    '2026-01-01 00:00:00+25',
  ],
  ...[
    '2026-01-01T00:00:00.000Z',
    '2026-01-01 00:00:00+00 BC',
    ' 2026-01-01 00:00:00+00',
    '2026-01-01 00:00:00.+00',
  ],
];
const BAD_PRICES = [
  ...[
    '',
    'NaN',
    'Infinity',
    '-Infinity',
    'abc',
    '1',
    '1.5',
    '1.234',
    '-1.00',
    '+1.00',
    '1e2',
    '0x10',
    '1_0.00',
  ],
  ...[' 1.00', '1.00 ', '1.00\n', '100000000.00', '9'.repeat(1000) + '.00', '.10', '١.٠٠', 'null'],
];
const UNSTORABLE = ['\0', 'a\0b', '\ud800', 'a\udc00b'];

/** Fields to sort by, and keys that a cursor of theirs cannot have. */
const BAD_KEYS: [string, string, unknown[]][] = [
  ['/stores', 'created_at', BAD_TIMES],
  ['/items', 'created_at', BAD_TIMES],
  ['/items', 'updated_at', BAD_TIMES],
  ['/items', 'price', BAD_PRICES],
  ['/users', 'created_at', BAD_TIMES],
  ['/stores', 'name', UNSTORABLE],
  ['/items', 'name', UNSTORABLE],
  ['/stores/:id/tags', 'name', UNSTORABLE],
  ['/users', 'email', UNSTORABLE],
  ['/items', 'id', ['1', 'abc', '']],
];

describe.each(BAD_KEYS)('a forged cursor of GET %s by %s', (route, field, keys) => {
  const list = LISTS.find((each) => each.route === route) as List;
  const forge = (parts: unknown) => Buffer.from(JSON.stringify(parts)).toString('base64url');
  const answerTo = async (path: string, cursor: string) => list.api().get(`${path}cursor=${cursor}`);

  it('is refused for its key', async () => {
    const path = `${list.path()}sort=-${field}&`;
    const genuine = await cursorOf(list.api(), path);
    const [mark, id, key] = JSON.parse(Buffer.from(genuine, 'base64url').toString()) as unknown[];
    expect(typeof key).toBe(field === 'id' ? 'undefined' : 'string');
    expect((await answerTo(path, genuine)).status).toBe(200);
    const others = field === 'id' ? [] : [[mark, id]];
    for (const parts of [...[...keys, 1, null, true, [], {}].map((bad) => [mark, id, bad]), ...others]) {
      const answer = await answerTo(path, forge(parts));
      expect({ parts, status: answer.status }).toEqual({ parts, status: 400 });
      expectProblem(answer, 400, 'invalid_input', ['?cursor']);
    }
    for (const bad of [0, -1, 1.5, 2 ** 53, '1', null]) {
      expectProblem(await answerTo(path, forge([mark, bad, key])), 400, 'invalid_input', ['?cursor']);
    }
  });
});

it('takes any text in a cursor by name, however long', async () => {
  const genuine = await cursorOf(app.api, '/items?sort=name&');
  const [mark, id] = JSON.parse(Buffer.from(genuine, 'base64url').toString()) as unknown[];
  for (const key of ['', "'; --", '\\', '%', '$1', '$key', 'ß'.repeat(3000), '\u0001']) {
    const cursor = Buffer.from(JSON.stringify([mark, id, key])).toString('base64url');
    const answer = await app.api.get(`/items?sort=name&limit=1&cursor=${cursor}`);
    expect({ key, status: answer.status }).toEqual({ key, status: 200 });
    expect(paramsOf(linksOf(answer).first).get('sort')).toBe('name');
  }
});
