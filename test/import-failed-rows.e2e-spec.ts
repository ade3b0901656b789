import { type TestApp } from './support/app';
import { startCatalogue } from './support/catalogue';
import { type Answer } from './support/client';
import { expectProblem } from './support/expect-problem';
import { createItem, createStore, type TestStore, type TestUser } from './support/factories';
import { CSV, importFile, itemsOf, NDJSON, sendFile, type ShownImport } from './support/imports';

let app: TestApp;
let owner: TestUser;
let stranger: TestUser;
let store: TestStore;

beforeAll(async () => {
  ({ app, owner, stranger } = await startCatalogue());
});
beforeEach(async () => {
  store = await createStore(owner);
});
afterAll(() => app.close());

const read = ({ id }: { id: number }, accept = 'text/csv', api = owner.api): Promise<Answer> =>
  api.get(`/imports/${id}/errors`, { headers: { accept } });
const failedRows = async (of: ShownImport) => (await read(of)).text;

describe('GET /imports/:id/errors as text/csv', () => {
  it('has the failed rows as they came, with what is wrong with them', async () => {
    const done = await importFile(
      store,
      'sku,name,price\r\nA,Good,1\r\n"B ","The ""best"",\r\nof all",1.999\r\n,,\r\nC,,x\r\nD,Short\r\nE,Long,1,more,\r\n',
      '?on_error=skip',
    );
    expect(done).toMatchObject({ rows: 5, failed: 4 });
    const { text, headers } = await read(done);
    expect(text).toBe(
      [
        'sku,name,price,error',
        'B ,"The ""best"",\r\nof all",1.999,name must not contain control characters; price must have at most 2 decimals',
        'C,,x,price must be a number in plain digits; name must have a visible character',
        'D,Short,,"has 2 columns, and the header has 3","fill in what is missing, and clear this cell"',
        'E,Long,1,"has 5 columns, and the header has 3",more',
        '',
      ].join('\r\n'),
    );
    expect(headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(headers.get('content-disposition')).toBe(`attachment; filename="import-${done.id}-errors.csv"`);
    expect(headers.get('vary')).toContain('Accept');
    expect(headers.get('cache-control')).toBe('no-store');
  });

  it('can be mended, and sent again by the same map', async () => {
    const query = 'map=name:Titel&map=price:Preis&map=sku:Art&map=tags:Wort&decimal=,&tag_delimiter=;';
    await createItem(store, { name: 'Known', price: 1, sku: 'K' });
    const done = await importFile(
      store,
      [
        'Art|Sonst|Titel|Preis|Wort',
        'A|x|Can|1,5|a',
        'A|"y, z"|Hose|2,5|b; c\\d',
        'K|x|Known|3,75|',
        'B|x|Pot|4,999|a',
        '',
      ].join('\n'),
      `?${query}&delimiter=|&on_error=skip&on_existing=fail`,
    );
    expect(done).toMatchObject({ inserted: 1, failed: 3 });
    const text = await failedRows(done);
    const [header, second, known, pot] = text.split('\r\n');
    expect([header, pot]).toEqual([
      'Art,Sonst,Titel,Preis,Wort,error',
      'B,x,Pot,"4,999",a,Preis must have at most 2 decimals',
    ]);
    // Of a row that could be read only what an item has is known.
    expect(second).toBe('A,,Hose,"2,50",b;c\\d,Art is the same as in line 2');
    expect(known).toMatch(/^K,,Known,"3,75",,Art is the SKU of item \d+$/);
    const mended = text.replace('A,,Hose', 'H,,Hose').replace('4,999', '4,99');
    expect(await importFile(store, mended, `?${query}`)).toMatchObject({
      state: 'succeeded',
      inserted: 2,
      updated: 1,
    });
    expect(await itemsOf(store)).toEqual([
      ['Known', 3.75, 'K', []],
      ['Can', 1.5, 'A', ['a']],
      ['Hose', 2.5, 'H', ['b', 'c\\d']],
      ['Pot', 4.99, 'B', ['a']],
    ]);
  });

  it('fails again in the same form', async () => {
    const first = await failedRows(await importFile(store, 'name,price,tags\nCan,x,a\\|b|c\n'));
    expect(first).toBe('name,price,tags,error\r\nCan,x,a\\|b|c,price must be a number in plain digits\r\n');
    expect(await failedRows(await importFile(store, first))).toBe(first);
    const done = await importFile(store, first.replace('x', '5'));
    expect(done).toMatchObject({ state: 'succeeded', inserted: 1 });
    expect(await itemsOf(store)).toEqual([['Can', 5, null, ['a|b', 'c']]]);
  });

  it('is refused where a row had too few fields, until somebody has looked at it', async () => {
    await importFile(store, 'name,price,sku,tags\nCan,1,A,x|y\n');
    const first = await failedRows(await importFile(store, 'name,price,sku,tags\nCan,4,A\nHose,1,B,z,,w\n'));
    const again = await importFile(store, first, '?on_error=skip');
    expect(again).toMatchObject({ updated: 0, inserted: 0, failed: 2 });
    const second = await failedRows(again);
    expect(second).toBe(first.replace('has 3 columns', 'has 5 columns'));
    expect(await failedRows(await importFile(store, second))).toBe(second);
    const mended = second
      .replace(',,"has', ',x,"has')
      .replace(/,"fill in.*"/, '')
      .replace(',,w', '');
    expect(await importFile(store, mended)).toMatchObject({ state: 'succeeded', updated: 1, inserted: 1 });
    expect(await itemsOf(store)).toEqual([
      ['Can', 4, 'A', ['x']],
      ['Hose', 1, 'B', ['z']],
    ]);
  });

  it('needs no fields after the last column of the file itself', async () => {
    const done = await importFile(store, 'name,price,error\na,1\nb,2,x\n');
    expect(done).toMatchObject({ state: 'succeeded', inserted: 2 });
  });

  it('takes no tags from items where a line of NDJSON had none', async () => {
    await importFile(store, 'name,price,sku,tags\nCan,1,A,x\nHose,1,B,y\n');
    const none = await importFile(store, '{"name":"Can","price":"2","sku":"A"}\n', '', NDJSON);
    const file = await failedRows(none);
    expect(file).toBe('name,price,sku,error\r\nCan,2,A,price must be a number\r\n');
    expect(await importFile(store, file)).toMatchObject({ updated: 1 });
    expect(await itemsOf(store)).toEqual([
      ['Can', 2, 'A', ['x']],
      ['Hose', 1, 'B', ['y']],
    ]);

    const lines = [
      '{"name":"Can","price":"3","sku":"A"}',
      '{"name":"Hose","price":3,"sku":"B"}',
      '{"name":"Pot","price":"3","tags":[]}',
    ];
    const some = await importFile(store, lines.join('\n'), '?on_error=skip&on_existing=fail', NDJSON);
    const [header, can, hose, pot] = (await failedRows(some)).split('\r\n');
    expect(header).toBe('name,price,sku,tags,error');
    for (const row of [can, hose])
      expect(row).toMatch(/,tags that stay empty are taken from the item; clear/);
    expect(pot).toBe('Pot,3,,,price must be a number');
    expect(await importFile(store, await failedRows(some), '?on_error=skip')).toMatchObject({
      updated: 0,
      inserted: 1,
      failed: 2,
    });
  });

  it('ignores an error column only where it is the last', async () => {
    expectProblem(await sendFile(store, 'name,error,price\na,b,1\n'), 400, 'invalid_file');
    expectProblem(await sendFile(store, 'name,price,error,error\na,1,b,c\n'), 400, 'invalid_file');
    expect(await importFile(store, 'name,price,Error\na,1,b\nc,2,\n')).toMatchObject({ inserted: 2 });
  });

  it('has the members of NDJSON in columns, and lines that are no items as a whole', async () => {
    const lines = [
      '{"name":"Can","price":"1.5","sku":"A","tags":["a|b","c\\\\d"]}',
      '{"name":7,"price":1.999,"colour":"red"}',
      '{"name":"Hose","price":1,"tags":"x"}',
      'Can, 1.5',
      '[1]',
    ];
    const done = await importFile(store, lines.join('\n'), '', NDJSON);
    expect(done).toMatchObject({ state: 'failed', failed: 5 });
    expect(await failedRows(done)).toBe(
      [
        'name,price,sku,tags,error',
        'Can,1.5,A,a\\|b|c\\\\d,price must be a number',
        '7,1.999,,,"colour unknown member; known are name, price, sku, tags; name must be text; price must have at most 2 decimals"',
        'Hose,1,,x,tags must be a list',
        '"Can, 1.5",,,,must be JSON',
        '[1],,,,must be an object',
        '',
      ].join('\r\n'),
    );
    const again = await importFile(store, await failedRows(done), '?on_error=skip');
    expect(again).toMatchObject({ inserted: 2, failed: 3 });
  });

  it('has a header alone where nothing failed', async () => {
    expect(await failedRows(await importFile(store, 'price,name\n1,a\n'))).toBe('price,name,error\r\n');
  });

  it('has at most 10,000 rows', async () => {
    const done = await importFile(store, `name,price\n${'a,x\n'.repeat(10_250)}`);
    expect(done).toMatchObject({ state: 'failed', failed: 10_250 });
    expect((await failedRows(done)).trimEnd().split('\r\n')).toHaveLength(10_001);
    const same = await importFile(store, `name,price,sku\n${'a,1,A\n'.repeat(10_250)}`);
    expect((await failedRows(same)).trimEnd().split('\r\n')).toHaveLength(10_001);
  });

  it('is chosen by Accept', async () => {
    const done = await importFile(store, 'name,price\na,x\n');
    for (const accept of ['*/*', 'application/json', 'text/csv;q=0.5, application/json', 'text/html']) {
      const answer = await read(done, accept);
      expect(answer.body).toHaveLength(1);
      expect(answer.headers.get('vary')).toContain('Accept');
    }
    for (const accept of ['text/csv', 'text/*', 'application/json;q=0.1, text/csv'])
      expect((await read(done, accept)).text).toContain('name,price,error');
    const head = await owner.api.call('HEAD', `/imports/${done.id}/errors`, {
      headers: { accept: 'text/csv' },
    });
    expect([head.status, head.headers.get('content-type')]).toEqual([200, 'text/csv; charset=utf-8']);
    const etag = head.headers.get('etag') ?? '';
    const known = { headers: { accept: 'text/csv', 'if-none-match': etag } };
    const { status, text, headers } = await owner.api.get(`/imports/${done.id}/errors`, known);
    expect([status, text, headers.get('etag')]).toEqual([304, '', etag]);
  });

  it('is for the owner and admins', async () => {
    const done = await importFile(store, 'name,price\na,x\n', '', CSV);
    expectProblem(await read(done, 'text/csv', stranger.api), 403, 'forbidden');
    expectProblem(await read(done, 'text/csv', app.api), 401, 'unauthenticated');
    expectProblem(await read({ id: 999_999 }), 404, 'import_not_found');
  });
});
