import fc from 'fast-check';
import { startApp, type TestApp } from './support/app';
import { type Answer } from './support/client';
import { createTestDatabase, type TestDatabase, urlOf } from './support/database';
import { expectProblem } from './support/expect-problem';
import { fold } from './support/fold';
import { cursorOf, idsOf, linksOf, paramsOf, walk } from './support/lists';

interface Item {
  id: number;
  name: string;
  sku: string | null;
  cents: number;
  storeId: number;
  tags: { id: number; name: string }[];
  /** its place in each order */
  places: Record<string, number>;
}

type Filters = Partial<{
  q: string;
  store_id: number;
  sku: string;
  min_price: string;
  max_price: string;
  tag_id: number[];
  tag: string[];
  without_tag: string[];
  tag_match: string;
}>;

/** Names whose case, characters for LIKE or length make a search hard. */
const NAMES = [
  ...[
    'Watering can',
    'watering CAN 5 l',
    'WATERPROOF',
    '100% cotton',
    '100 cotton',
    '50%',
    '%',
    '_',
    'snake_case',
  ],
  ...[
    'snakeXcase',
    'back\\slash',
    '\\',
    '\\%',
    'a\\b',
    "O'Hara",
    '"quoted"',
    'a',
    'A b',
    'aa',
    'aaa',
    'ab',
    'ba',
  ],
  ...[
    'Москва',
    'МОСКВА река',
    'москвич',
    'ёж',
    'ЁЖ',
    'еж',
    '北京',
    '北京 大学',
    '大',
    '學',
    'ΟΔΟΣ',
    'οδός',
    'Οδοσ',
  ],
  ...[
    'ΣΊΣΥΦΟΣ',
    'Σ',
    'σς',
    'İstanbul',
    'Istanbul',
    'ıstanbul',
    'i̇',
    'İ',
    'ı',
    '😀',
    '😀😁',
    '👩‍👩‍👧 family',
    'Straße',
  ],
  ...[
    'STRASSE',
    'ẞ',
    'Café',
    'CAFÉ au lait',
    'cafe',
    'ﬁne',
    'FINE',
    'Ǆungla',
    '٣',
    '$1',
    '\\1',
    '(.)',
    'x&y=z+1',
    'a;b',
  ],
];
const SKUS = [
  'WC-5',
  'wc-5',
  'Ä_1',
  '%',
  '\\',
  'x y',
  '😀',
  'ΟΣ',
  'İ',
  '北',
  'A1',
  'a1',
  '1',
  '&=+#?',
  "'",
  '"',
];
const TAGS = [
  'Garden',
  'garden party',
  'SALE',
  'ΟΔΟΣ',
  'İzmir',
  'Ёлка',
  '北',
  '50% off',
  'a_b',
  'c\\d',
  '😀',
  'a,b',
];
const PRICES = [0, 1, 10, 99, 100, 999, 1000, 1599, 9_999_999_999];
const FIELDS = {
  id: 'id',
  name: 'lower(name)',
  price: 'price',
  created_at: 'created_at',
  updated_at: 'updated_at',
};

let database: TestDatabase;
/** two servers on it: on so few rows only the second would look into an index */
let app: TestApp;
let byIndex: TestApp;
let stores: number[];
let items: Item[];
let tagIds: number[];
/** PostgreSQL's lower case, which is what "without regard to case" means */
const lower = new Map<string, string>();

const lowerOf = (text: string): string => {
  const found = lower.get(text);
  if (found === undefined) throw new Error(`PostgreSQL was not asked for ${JSON.stringify(text)}`);
  return found;
};

/** All that stands in a text in one piece, up to four characters of it, and the words. */
const partsOf = (text: string) => {
  const characters = Array.from(text);
  const pieces = [1, 2, 3, 4].flatMap((length) =>
    characters.map((_, from) => characters.slice(from, from + length).join('')),
  );
  return [...pieces, text].flatMap((piece) => piece.split(/\s+/u));
};
const inEveryCase = (text: string) =>
  [text, text.toUpperCase(), text.toLowerCase()].map((each) => each.trim().normalize('NFC'));
const isVisible = (text: string) => !/^[\p{Z}\p{C}\p{M}\p{Default_Ignorable_Code_Point}]*$/u.test(text);

const words = [...new Set([...NAMES, ...SKUS].flatMap(partsOf).flatMap(inEveryCase))].filter(isVisible);
const tagNames = [...new Set([...TAGS, 'gard', 'unknown'].flatMap(inEveryCase))];

beforeAll(async () => {
  database = await createTestDatabase();
  app = await startApp({}, database.connection);
  const url = new URL(urlOf(database.connection));
  url.searchParams.set('options', '-c enable_seqscan=off');
  byIndex = await startApp({}, { url: url.href });
  await fill();
  items = await readItems();
  const texts = [...tagNames, ...items.flatMap(({ tags }) => tags.map((t) => t.name))];
  const forms = await app.sql<{ text: string; form: string }>(
    'SELECT text, lower(text COLLATE "und-x-icu") AS form FROM unnest($1::text[]) AS text',
    [[...new Set(texts)]],
  );
  for (const { text, form } of forms) lower.set(text, form);
});
afterAll(async () => {
  await app.close();
  await byIndex.close();
  await database.drop();
});

/** Three stores with the same tags in different case, and items that have few values between them. */
async function fill(): Promise<void> {
  await app.sql(`INSERT INTO users (email, password_hash) VALUES ('owner@example.com', '')`);
  const ids = await app.sql<{ id: number }>(
    `INSERT INTO stores (owner_id, name) SELECT id, 'store ' || n FROM users, generate_series(1, 3) AS n RETURNING id::int`,
  );
  stores = ids.map(({ id }) => id);
  const tags = TAGS.map((name, index) => [
    stores[index % 3],
    index % 2 === 0 ? name : name.toUpperCase(),
    stores[(index + 1) % 3],
    name.toLowerCase(),
  ]);
  await app.sql(
    `INSERT INTO tags (store_id, name) SELECT * FROM unnest($1::bigint[], $2::text[])
     UNION ALL SELECT * FROM unnest($3::bigint[], $4::text[])`,
    [0, 1, 2, 3].map((column) => tags.map((tag) => tag[column])),
  );
  await app.sql(
    `INSERT INTO items (store_id, name, price, sku, created_at, updated_at)
     SELECT s, name, cents / 100.0, sku, to_timestamp(1e9 + c * 0.05), to_timestamp(2e9 - u * 1.5)
     FROM unnest($1::bigint[], $2::text[], $3::numeric[], $4::text[], $5::int[], $6::int[])
       AS row (s, name, cents, sku, c, u)`,
    [
      NAMES.map((_, n) => stores[n % 3]),
      NAMES.map((name) => name.normalize('NFC')),
      NAMES.map((_, n) => PRICES[(n * 7) % PRICES.length]),
      NAMES.map((_, n) => (n % 2 === 0 ? null : (SKUS[((n - 1) / 2) % SKUS.length] ?? null))),
      NAMES.map((_, n) => (n * 5) % 7),
      NAMES.map((_, n) => (n * 3) % 11),
    ],
  );
  await app.sql(
    `INSERT INTO item_tags (item_id, tag_id, store_id)
     SELECT i.id, t.id, t.store_id FROM items i JOIN tags t USING (store_id) WHERE (i.id * 7 + t.id * 3) % 5 < 2`,
  );
  await app.sql('ANALYZE');
}

async function readItems(): Promise<Item[]> {
  const places = Object.entries(FIELDS).map(
    ([field, column]) => `'${field}', row_number() OVER (ORDER BY ${column}, id)`,
  );
  const tags = await app.sql<{ id: number }>('SELECT id::int FROM tags ORDER BY id');
  tagIds = tags.map(({ id }) => id);
  return app.sql<Item>(
    `SELECT id::int, name, sku, (price * 100)::int8::float8 AS cents, store_id::int AS "storeId",
       json_build_object(${places.join(', ')}) AS places,
       (SELECT coalesce(json_agg(json_build_object('id', t.id, 'name', t.name)), '[]')
        FROM item_tags JOIN tags t ON t.id = tag_id WHERE item_id = items.id) AS tags
     FROM items`,
  );
}

/** What the contract says of the filters, in plain JavaScript. */
function passes(item: Item, filters: Filters): boolean {
  const {
    q,
    store_id,
    sku,
    min_price,
    max_price,
    tag_id = [],
    tag = [],
    without_tag = [],
    tag_match,
  } = filters;
  const carriesNamed = (name: string) => item.tags.some((each) => lowerOf(each.name) === lowerOf(name));
  const asked = [...tag_id.map((id) => item.tags.some((each) => each.id === id)), ...tag.map(carriesNamed)];
  const isIn = (text: string | null, word: string) => text !== null && fold(text).includes(fold(word));
  return (
    (q?.split(/\s+/u) ?? []).every((word) => isIn(item.name, word) || isIn(item.sku, word)) &&
    (store_id === undefined || item.storeId === store_id) &&
    (sku === undefined || item.sku === sku) &&
    (min_price === undefined || item.cents >= Math.round(Number(min_price) * 100)) &&
    (max_price === undefined || item.cents <= Math.round(Number(max_price) * 100)) &&
    (asked.length === 0 || (tag_match === 'any' ? asked.includes(true) : !asked.includes(false))) &&
    !without_tag.some(carriesNamed)
  );
}

function expectedOf(filters: Filters, ofStore: number | undefined, sort: string): number[] {
  const place = (item: Item) => item.places[sort.replace('-', '')] ?? 0;
  const found = items
    .filter((item) => (ofStore === undefined || item.storeId === ofStore) && passes(item, filters))
    .sort((a, b) => place(a) - place(b));
  return (sort.startsWith('-') ? found.reverse() : found).map(({ id }) => id);
}

const toParams = (parameters: object) => {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    for (const each of [value].flat()) params.append(name, String(each));
  }
  return params;
};

const price = fc.constantFrom('0', '0.01', '0.1', '1', '1.00', '10', '15.99', '16', '99999999.99', '00010.0');
const filters: fc.Arbitrary<Filters> = fc.record(
  {
    q: fc.array(fc.constantFrom(...words), { minLength: 1, maxLength: 3 }).map((list) => list.join(' ')),
    store_id: fc.nat(3).map((index) => stores[index] ?? 999_999),
    sku: fc.constantFrom(...SKUS, 'unknown'),
    min_price: price,
    max_price: price,
    tag_id: fc
      .array(fc.nat(TAGS.length * 2), { minLength: 1, maxLength: 3 })
      .map((list) => list.map((index) => tagIds[index] ?? 999_999)),
    tag: fc.array(fc.constantFrom(...tagNames), { minLength: 1, maxLength: 3 }),
    without_tag: fc.array(fc.constantFrom(...tagNames), { minLength: 1, maxLength: 2 }),
    tag_match: fc.constantFrom('all', 'any'),
  },
  { requiredKeys: [] },
);
/** Few filters at a time, else nothing passes. */
const fewFilters = fc
  .tuple(
    filters,
    fc.shuffledSubarray(
      Object.keys({
        q: 0,
        store_id: 0,
        sku: 0,
        min_price: 0,
        max_price: 0,
        tag_id: 0,
        tag: 0,
        without_tag: 0,
      }),
      { maxLength: 3 },
    ),
  )
  .map(
    ([all, kept]) =>
      Object.fromEntries(
        Object.entries(all).filter(
          ([name]) =>
            kept.includes(name) ||
            (name === 'tag_match' && Math.max(kept.indexOf('tag'), kept.indexOf('tag_id')) >= 0),
        ),
      ) as Filters,
  );

describe.each(['/items', '/stores/:id/items'])('GET %s with any filters', (route) => {
  it('answers what the contract says, in order, counted, in pages', async () => {
    let found = 0;
    await fc.assert(
      fc.asyncProperty(
        fewFilters,
        fc.constantFrom(...Object.keys(FIELDS)),
        fc.boolean(),
        fc.integer({ min: 1, max: 40 }),
        fc.nat(2),
        fc.boolean(),
        async (given, field, isDescending, limit, store, usesIndex) => {
          const { api } = usesIndex ? byIndex : app;
          const sort = (isDescending ? '-' : '') + field;
          const ofStore = route === '/items' ? undefined : stores[store];
          const expected = expectedOf(given, ofStore, sort);
          found += expected.length === 0 ? 0 : 1;

          const params = toParams({ ...given, sort, limit, count: true });
          const path = `${route.replace(':id', String(ofStore))}?${params.toString()}`;
          const answer = await api.get(path);
          expect(answer.status).toBe(200);
          expect(idsOf(answer)).toEqual(expected.slice(0, limit));
          expect(answer.headers.get('x-total-count')).toBe(String(expected.length));
          const { first, next } = linksOf(answer);
          expect([...paramsOf(first)].sort()).toEqual([...params].sort());
          expect(next === undefined).toBe(expected.length <= limit);
          if (next !== undefined) {
            expect((await walk(api, next)).flat()).toEqual(expected.slice(limit));
            const jump = await api.get(`${path}&page=2`);
            expect(idsOf(jump)).toEqual(expected.slice(limit, 2 * limit));
          }
        },
      ),
      { numRuns: 150 },
    );
    // Filters that nothing passes prove little.
    expect(found).toBeGreaterThan(40);
  });
});

describe('GET /items?q=', () => {
  it('finds each word alone, of any script and length, with an index and without', async () => {
    for (const { api } of [app, byIndex]) {
      for (const word of words.filter((_, index) => index % 5 === 0)) {
        const answer = await api.get(`/items?limit=100&q=${encodeURIComponent(word)}`);
        expect({ word, ids: idsOf(answer) }).toEqual({ word, ids: expectedOf({ q: word }, undefined, 'id') });
      }
    }
  });

  it.each([
    ['a no-break space', 'watering\u00a0can'],
    ['an ideographic space', 'watering\u3000can'],
    ['blanks around', '  watering can  '],
    ['another order', 'can watering'],
    ['parts of words', 'wat ring an'],
    ['one word twice', 'can can watering'],
  ])('takes %s', async (_what, q) => {
    const answer = await app.api.get(`/items?q=${encodeURIComponent(q)}`);
    expect(idsOf(answer)).toEqual(expectedOf({ q: 'watering can' }, undefined, 'id'));
    expect(idsOf(answer)).toHaveLength(2);
  });

  it('looks for decomposed letters as for composed ones', async () => {
    const ids = idsOf(await app.api.get(`/items?q=${encodeURIComponent('cafe\u0301')}`));
    expect(ids).toHaveLength(3);
    expect(ids).toEqual(idsOf(await app.api.get(`/items?q=${encodeURIComponent('CAFÉ')}`)));
  });

  it('does not find a word that begins in the name and ends in the sku', async () => {
    const { name = '', sku } = items.find((item) => item.sku === 'A1') ?? {};
    expect(sku).toBe('A1');
    const glued = await app.api.get(`/items?q=${encodeURIComponent(`${name}${sku ?? ''}`)}`);
    expect(idsOf(glued)).toEqual([]);
  });

  it('takes 10 words and 200 characters', async () => {
    for (const q of ['a '.repeat(10), '😀'.repeat(200), `${'a'.repeat(100)} ${'%'.repeat(99)}`]) {
      expect((await app.api.get(`/items?q=${encodeURIComponent(q)}`)).status).toBe(200);
    }
  });
});

const manyTimes = (count: number, pair: string) => Array.from({ length: count }, () => pair).join('&');

const BAD: [string, string[]][] = [
  [
    'q',
    [
      '',
      '%20',
      'a'.repeat(201),
      '😀'.repeat(201),
      'a+'.repeat(11),
      'a%00',
      '%ff',
      '%ED%A0%80',
      '%E2%80%8B',
      'a&q=b',
    ],
  ],
  ['store_id', ['', '0', '01', '-1', '1.5', 'x', '1e3', '%EF%BC%91', '1&store_id=1']],
  ['sku', ['', '%20', 'a'.repeat(65), 'a%0Ab', '%ff', 'a&sku=a']],
  ...['min_price', 'max_price'].map((name): [string, string[]] => [
    name,
    [
      ...[
        '',
        'x',
        '-1',
        '%2B1',
        '1.234',
        '1.',
        '.5',
        '1e2',
        '100000000',
        '99999999.999',
        'NaN',
        'Infinity',
        '0x1',
      ],
      ...['1,5', '%201', '1%20', '1_0', '%D9%A1', `1&${name}=1`],
    ],
  ]),
  [
    'tag_id',
    ['', '0', '01', '-1', '1.5', 'x', '1&tag_id=x', '1,2', manyTimes(21, '1').replaceAll('&', '&tag_id=')],
  ],
  ...['tag', 'without_tag'].map((name): [string, string[]] => [
    name,
    [
      '',
      '%20',
      'a'.repeat(201),
      'a%00',
      '%ff',
      '%E2%80%8B',
      `a&${name}=`,
      manyTimes(21, 'a').replaceAll('&', `&${name}=`),
    ],
  ]),
  ['tag_match', ['', 'ALL', 'none', 'x', 'all&tag_match=all', 'constructor']],
];

describe.each(['/items', '/stores/:id/items'])('the filters of GET %s', (route) => {
  const path = () => route.replace(':id', String(stores[0]));

  it.each(BAD)('refuse a bad %s', async (name, values) => {
    for (const value of values) {
      const answer = await app.api.get(`${path()}?${name}=${value}`);
      expect({ value, status: answer.status }).toEqual({ value, status: 400 });
      expectProblem(answer, 400, 'invalid_input', [`?${name}`]);
    }
  });

  it.each(['tag_id', 'tag', 'without_tag'])('take %s 20 times', async (name) => {
    const twenty = Array.from({ length: 20 }, (_, index) => `${name}=${index + 1}`).join('&');
    expect((await app.api.get(`${path()}?${twenty}`)).status).toBe(200);
    expect((await app.api.get(`${path()}?${twenty}&tag_match=any`)).status).toBe(200);
  });

  it('take all at once at their limits, with one statement', async () => {
    const each = (name: string) => Array.from({ length: 20 }, (_, index) => `${name}=${index + 1}`);
    const query = [
      ...each('tag_id'),
      ...each('tag'),
      ...each('without_tag'),
      ...[
        'q=a+b+c+d+e+f+g+h+i+j',
        'store_id=1',
        'sku=x',
        'min_price=0',
        'max_price=99999999.99',
        'sort=-price',
      ],
    ].join('&');
    for (const match of ['all', 'any']) {
      const answer = await app.api.get(`${path()}?${query}&tag_match=${match}&count=true`);
      expect(answer.status).toBe(200);
      expect(answer.body).toEqual([]);
    }
  });

  it.each([
    ...['store_id=999999', 'store_id=9007199254740993', 'tag_id=999999', `tag_id=${'9'.repeat(400)}`],
    ...[
      'tag=unknown',
      'tag_match=any&tag_id=999999&tag=unknown',
      'min_price=5&max_price=4.99',
      'sku=unknown',
    ],
  ])('find nothing with %s', async (query) => {
    for (const { api } of [app, byIndex]) {
      const answer = await api.get(`${path()}?${query}&count=true`);
      expect({ status: answer.status, body: answer.body as unknown }).toEqual({ status: 200, body: [] });
      expect(answer.headers.get('x-total-count')).toBe('0');
    }
  });

  it('are named where a parameter is unknown', async () => {
    const answer = await app.api.get('/items?colour=red');
    expectProblem(answer, 400, 'invalid_input', ['?colour']);
    const [{ message }] = (answer.body as { errors: [{ message: string }] }).errors;
    expect(message).toMatch(/^unknown parameter; known are .*\bq, .*tag_match/);
  });

  it('find with one of many ids, unknown ones among them', async () => {
    const [item] = items.filter(({ storeId, tags }) => storeId === stores[0] && tags.length > 0);
    const known = item?.tags[0]?.id ?? 0;
    const query = `tag_id=${'9'.repeat(30)}&tag_id=${known}&tag_id=${known}`;
    expect(idsOf(await app.api.get(`${path()}?${query}`))).toEqual([]);
    const any = idsOf(await app.api.get(`${path()}?${query}&tag_match=any&limit=100`));
    expect(any).toEqual(expectedOf({ tag_id: [known] }, stores[0], 'id'));
  });

  it('refuse a cursor when any of them comes, goes or changes, and take it with another limit or count', async () => {
    const query = 'q=a&min_price=0&max_price=99999999.99&without_tag=unknown&tag_match=any&';
    const cursor = await cursorOf(app.api, `${path()}?${query}`);
    const answerTo = (parameters: string): Promise<Answer> =>
      app.api.get(`${path()}?${parameters}cursor=${cursor}`);
    for (const same of [query, `limit=3&${query}`, `count=true&${query}`, `sort=id&${query}`]) {
      expect((await answerTo(same)).status).toBe(200);
    }
    const changes: [string, string][] = [
      ['q=a', 'q=b'],
      ['q=a&', ''],
      ['min_price=0', 'min_price=0.01'],
      ['&max_price=99999999.99', ''],
      ['without_tag=unknown', 'without_tag=unknown&without_tag=other'],
      ['without_tag=unknown', 'tag=unknown'],
      ['tag_match=any', 'tag_match=all'],
      ['q=a', `q=a&store_id=${stores[0] ?? 0}`],
      ['q=a', 'q=a&sku=A1'],
      ['q=a', 'q=a&tag_id=1'],
    ];
    for (const [part, other] of changes) {
      const answer = await answerTo(query.replace(part, other));
      expect({ other, status: answer.status }).toEqual({ other, status: 400 });
      expectProblem(answer, 400, 'invalid_input', ['?cursor']);
    }
  });
});
