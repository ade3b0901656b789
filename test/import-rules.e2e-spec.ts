import { type TestApp } from './support/app';
import { startCatalogue } from './support/catalogue';
import { type Answer } from './support/client';
import { createStore, type TestStore, type TestUser } from './support/factories';
import { errorsOf, importFile, NDJSON } from './support/imports';

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

interface ItemShown {
  name: string;
  price: number;
  sku: string | null;
}

const TEXTS: readonly string[] = [
  'Can',
  '  Can  ',
  '',
  ' ',
  '\u200b',
  '\u2800',
  'a\u0000b',
  'a\tb',
  'a\nb',
  'a\r\nb',
  '\u0085',
  'a\u009fb',
  '\u0007',
  'e\u0301',
  '\u00e9',
  '👩‍👩‍👧‍👦',
  '=1+1',
  "'",
  '"',
  '\\',
  '\\N',
  '|',
  'null',
  'x'.repeat(64),
  'x'.repeat(65),
  'x'.repeat(200),
  'x'.repeat(201),
  '🌱'.repeat(200),
  '🌱'.repeat(201),
  'e\u0301'.repeat(200),
  ` ${'x'.repeat(200)} `,
  '\ufeffCan',
  '\ufffd',
  'constructor',
];
/** As JSON, to keep their digits. */
const PRICES: readonly string[] = [
  '0',
  '-0',
  '0.00',
  '0.01',
  '0.1',
  '1.10',
  '15.99',
  '99999999.99',
  '100000000',
  '99999999.991',
  '99999999.999',
  '-0.01',
  '-1',
  '0.001',
  '1.005',
  '1.999',
  '1e2',
  '1e-7',
  '1E+2',
  '1e400',
  '12345678901234567890',
  '0.1000000000000000055',
  '1.000000000000000000000',
  '"1.5"',
  'null',
  'true',
  '[]',
  '{}',
];
const OTHERS: readonly string[] = ['null', '7', 'true', '[]', '["a"]', '{}', '"\\ud800"'];

/** Bodies of POST /items without the store, as JSON. */
const BODIES: readonly string[] = [
  ...TEXTS.map((text) => `{"name":${JSON.stringify(text)},"price":1}`),
  ...TEXTS.map((text) => `{"name":"Can","price":1,"sku":${JSON.stringify(text)}}`),
  ...PRICES.map((price) => `{"name":"Can","price":${price}}`),
  ...OTHERS.map((other) => `{"name":${other},"price":1}`),
  ...OTHERS.map((other) => `{"name":"Can","price":1,"sku":${other}}`),
  '{"price":1}',
  '{"name":"Can"}',
  '{}',
  '{"name":"","price":-1.001,"sku":""}',
  '{"name":"Can","price":1,"colour":"red"}',
  '{"name":"Can","price":1,"constructor":1}',
  '{"name":"Can","price":1,"__proto__":{}}',
  '{"name":"Can","price":1,"a/b~c":1}',
  '{"name":"Can","name":"Hose","price":1}',
  '[]',
  '7',
  'null',
  'no JSON',
  '{"name":"Can","price":01}',
];

/** A body has its store, and no tags. */
const OTHER_MEMBERS = ['name, price, store_id, sku', 'name, price, sku, tags'] as const;

/** What is wrong with a body: pointer and message. */
function faultsOf({ body }: Answer): [string, string][] {
  const { errors = [] } = body as { errors?: { pointer: string; message: string }[] };
  return errors
    .map(({ pointer, message }): [string, string] => [pointer, message.replace(...OTHER_MEMBERS)])
    .sort();
}

const postItem = (json: string) => {
  const raw = json.startsWith('{') ? json.replace('{', `{"store_id":${store.id},`).replace(',}', '}') : json;
  return owner.api.call('POST', '/items', { raw });
};

const withoutLine = (errors: unknown[][]) =>
  errors.map(([, pointer, message]): [string, string] => [String(pointer), String(message)]).sort();

const names = async () =>
  ((await app.api.get(`/stores/${store.id}/items?limit=100`)).body as ItemShown[]).map(
    ({ name, price, sku }) => ({ name, price, sku }),
  );

describe('an import has the rules of POST /items', () => {
  it.each(BODIES)('%s', async (json) => {
    const answer = await postItem(json);
    const posted = await names();
    expect(posted).toHaveLength(answer.status === 201 ? 1 : 0);
    await app.sql('DELETE FROM items WHERE store_id = $1', [store.id]);

    // On the second line, because the first can begin with a mark.
    const done = await importFile(store, `\n${json}\n`, '', NDJSON);
    expect(await names()).toEqual(posted);
    const faults = withoutLine(await errorsOf(store, done));
    if (answer.status === 201) {
      expect([done.state, faults]).toEqual(['succeeded', []]);
    } else {
      expect([answer.status, done.state]).toEqual([400, 'failed']);
      const [first] = faultsOf(answer);
      // Where it is not JSON differs, because a line is a file of its own.
      const isNoJson = first?.[0] === '' && first[1].startsWith('must be JSON');
      expect(faults).toEqual(isNoJson ? [['', 'must be JSON']] : faultsOf(answer));
    }
  });

  it.each(TEXTS)('as CSV, of the name and the sku %j', async (text) => {
    for (const members of [{ name: text }, { name: 'Can', sku: text }]) {
      const answer = await postItem(JSON.stringify({ ...members, price: 1 }));
      const posted = await names();
      await app.sql('DELETE FROM items WHERE store_id = $1', [store.id]);
      const quoted = Object.values(members).map((value) => `"${value.replaceAll('"', '""')}"`);
      const header = Object.keys(members).join(',');
      const done = await importFile(store, `price,${header},more\n1,${quoted.join(',')},\n`, queryOf(header));
      const isEmptySku = 'sku' in members && text.trim() === '';
      if (isEmptySku) {
        // An empty field is no sku.
        expect(await names()).toEqual([{ name: 'Can', price: 1, sku: null }]);
      } else {
        expect(await names()).toEqual(posted);
        expect(withoutLine(await errorsOf(store, done))).toEqual(faultsOf(answer));
      }
      await app.sql('DELETE FROM items WHERE store_id = $1', [store.id]);
    }
  });

  it.each(TEXTS)('and of POST /stores/:id/tags, of the tag %j', async (text) => {
    const answer = await owner.api.post(`/stores/${store.id}/tags`, { name: text });
    const tags = async () =>
      ((await app.api.get(`/stores/${store.id}/tags`)).body as { name: string }[]).map(({ name }) => name);
    const posted = await tags();
    await app.sql('DELETE FROM tags WHERE store_id = $1', [store.id]);
    const done = await importFile(store, JSON.stringify({ name: 'Can', price: 1, tags: [text] }), '', NDJSON);
    expect(await tags()).toEqual(posted);
    const faults = withoutLine(await errorsOf(store, done));
    expect(faults).toEqual(faultsOf(answer).map(([, message]) => ['/tags/0', message]));
  });
});

const queryOf = (header: string) =>
  `?map=price:price${header
    .split(',')
    .map((name) => `&map=${name}:${name}`)
    .join('')}`;
