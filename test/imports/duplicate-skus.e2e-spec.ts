import { ImportsCleanup } from '../../src/imports/imports-cleanup';
import { MAX_ERRORS } from '../../src/imports/limits';
import { type TestApp } from '../support/app';
import { startCatalogue } from '../support/catalogue';
import { createStore, type TestStore, type TestUser } from '../support/factories';
import { errorsOf, importFile, itemsOf } from '../support/imports';

let app: TestApp;
let owner: TestUser;
let store: TestStore;
beforeAll(async () => {
  ({ app, owner } = await startCatalogue());
});
beforeEach(async () => {
  store = await createStore(owner);
});
afterAll(() => app.close());

describe('a sku that an earlier row has is an error', () => {
  const FILE = [
    'name,price,sku',
    'Can,1.999,A',
    'Hose,2,A',
    'Pot,x, A ',
    ',4,B',
    'Pan,5,B',
    'Short,C',
    'Rake,6,C',
    'Spade,7,a',
    '',
  ].join('\n');
  const ERRORS = [
    [2, '/price', 'must have at most 2 decimals'],
    [3, '/sku', 'is the same as in line 2'],
    [4, '/price', 'must be a number in plain digits'],
    [4, '/sku', 'is the same as in line 2'],
    [5, '/name', 'must have a visible character'],
    [6, '/sku', 'is the same as in line 5'],
    [7, '', 'has 2 columns, and the header has 3'],
  ];

  it.each([
    ['', { state: 'failed', inserted: 0 }, []],
    [
      '?on_error=skip',
      { state: 'succeeded', inserted: 2 },
      [
        ['Rake', 6, 'C', []],
        ['Spade', 7, 'a', []],
      ],
    ],
    ['?on_error=skip&dry_run=true', { state: 'previewed', inserted: 2 }, []],
  ])('also if that row is bad: %j', async (query, counts, items) => {
    const done = await importFile(store, FILE, query);
    expect(done).toMatchObject({ ...counts, rows: 8, failed: 6 });
    expect(await errorsOf(store, done)).toEqual(ERRORS);
    expect(await itemsOf(store)).toEqual(items);
  });

  it('as the file of failed rows says, and a mended one can be sent', async () => {
    const done = await importFile(store, FILE);
    const { text } = await owner.api.get(`/imports/${done.id}/errors`, { headers: { accept: 'text/csv' } });
    expect(text.split('\r\n').slice(1, 4)).toEqual([
      'Can,1.999,A,price must have at most 2 decimals',
      'Hose,2.00,A,sku is the same as in line 2',
      'Pot,x, A ,price must be a number in plain digits; sku is the same as in line 2',
    ]);
    const mended = 'name,price,sku,error\nCan,1.99,A,price must have at most 2 decimals\nHose,2.00,A2,\n';
    expect(await importFile(store, mended)).toMatchObject({ state: 'succeeded', inserted: 2 });
  });

  it('also if that row is bad and comes after so many others that it is not kept', async () => {
    const bad = 'Can,x,\n'.repeat(MAX_ERRORS);
    const file = `name,price,sku\n${bad}Can,x,A\nCan,x,\nCan,x,A\nHose,1,A\nPot,1,B\n`;
    const done = await importFile(store, file, '?on_error=skip');
    expect(done).toMatchObject({
      state: 'succeeded',
      rows: MAX_ERRORS + 5,
      failed: MAX_ERRORS + 4,
      inserted: 1,
    });
    expect(await itemsOf(store)).toEqual([['Pot', 1, 'B', []]]);
    const { text } = await owner.api.get(`/imports/${done.id}/errors`, { headers: { accept: 'text/csv' } });
    expect(text.trimEnd().split('\r\n')).toHaveLength(MAX_ERRORS + 1);
    expect(text).not.toContain('Hose');
  });

  it('of whose rows only those stay for the file of failed rows that are in it', async () => {
    const file = `name,price,sku\n${'Can,x,\n'.repeat(MAX_ERRORS)}Can,x,A\nCan,x,B\n`;
    const { id } = await importFile(store, file);
    const count = async () => {
      const [row] = await app.sql<{ count: string }>(
        'SELECT count(*) FROM import_rows WHERE import_id = $1',
        [id],
      );
      return Number(row?.count);
    };
    expect(await count()).toBe(MAX_ERRORS + 2);
    await app.app.get(ImportsCleanup).run();
    expect(await count()).toBe(MAX_ERRORS);
  });
});
