import { type TestApp } from '../support/app';
import { startCatalogue } from '../support/catalogue';
import { expectProblem } from '../support/expect-problem';
import { createStore, type TestStore, type TestUser } from '../support/factories';
import { importFile, itemsOf, NDJSON, sendFile } from '../support/imports';

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

const csvIn = (charset: string) => ({ 'content-type': `text/csv; charset=${charset}` });

const FILE = 'name,price\nGießkanne,1\n';
const UTF_8 = new Uint8Array(Buffer.from(FILE));
const LATIN = new Uint8Array(Buffer.from(FILE, 'latin1'));
const WIDE = new Uint8Array(Buffer.from(FILE, 'utf16le'));
const MARKED = new Uint8Array(Buffer.from(`\ufeff${FILE}`, 'utf16le'));

describe('the charset of Content-Type', () => {
  it.each<[string, Uint8Array<ArrayBuffer>]>([
    ['utf-8', UTF_8],
    ['UTF-8; header=present', UTF_8],
    ['"utf8"', UTF_8],
    ['windows-1252', LATIN],
    ['ISO-8859-1', LATIN],
    ['latin1', LATIN],
    ['utf-16le', WIDE],
    ['utf-16le', MARKED],
    ['utf-16', MARKED],
  ])('%s says how a file is read', async (charset, file) => {
    expect(await importFile(store, file, '', csvIn(charset))).toMatchObject({ inserted: 1 });
    expect(await itemsOf(store)).toEqual([['Gießkanne', 1, null, []]]);
  });

  it('latin1 has the signs of windows-1252, as in browsers', async () => {
    const file = new Uint8Array(Buffer.from('name,price\n\x80 \x93x\x94,1\n', 'latin1'));
    await importFile(store, file, '', csvIn('latin1'));
    expect(await itemsOf(store)).toEqual([['€ “x”', 1, null, []]]);
  });

  it.each(['utf-8', 'klingon'])('%s does not count where the query says the encoding', async (charset) => {
    const found = await importFile(store, LATIN, '?encoding=windows-1252', csvIn(charset));
    expect(found).toMatchObject({ inserted: 1 });
    expect(await itemsOf(store)).toEqual([['Gießkanne', 1, null, []]]);
  });

  it.each(['utf-16be', 'iso-8859-15', 'utf-7', 'klingon', '""'])('%s is not read', async (charset) => {
    const answer = await sendFile(store, UTF_8, '', csvIn(charset));
    expectProblem(answer, 415, 'unsupported_media_type');
    expect((answer.body as { detail: string }).detail).toBe(
      `The charset "${charset.replaceAll('"', '')}" is not read; it can be utf-8, windows-1252, utf-16le.`,
    );
    expect((await owner.api.get(`/stores/${store.id}/imports`)).body).toEqual([]);
  });

  it('utf-16 in big-endian order is told', async () => {
    const file = new Uint8Array(Buffer.from(MARKED).swap16());
    for (const charset of ['utf-16', 'utf-8']) {
      const answer = await sendFile(store, file, '', csvIn(charset));
      expectProblem(answer, 400, 'invalid_file');
      expect((answer.body as { detail: string }).detail).toBe(
        'This is UTF-16 in big-endian order, which is not read. Save it as UTF-8 first.',
      );
    }
  });
});

describe('NDJSON', () => {
  const LINE = '{"name":"Gießkanne","price":1}\n';

  it.each([
    ['application/x-ndjson', ''],
    ['application/x-ndjson; charset=UTF-8', ''],
    ['application/x-ndjson', '?encoding=utf-8&on_error=skip'],
  ])('is UTF-8: %s%s', async (type, query) => {
    expect(await importFile(store, LINE, query, { 'content-type': type })).toMatchObject({ inserted: 1 });
  });

  it('has no other charset', async () => {
    const headers = { 'content-type': 'application/x-ndjson; charset=latin1' };
    const answer = await sendFile(store, LINE, '', headers);
    expectProblem(answer, 415, 'unsupported_media_type');
    expect((answer.body as { detail: string }).detail).toBe('NDJSON is always in UTF-8.');
  });

  it('has no parameters of CSV', async () => {
    const query =
      '?encoding=windows-1252&map=name:Titel&empty_name=fail&tag_delimiter=|&decimal=.&delimiter=,';
    const answer = await sendFile(store, LINE, query, NDJSON);
    expectProblem(answer, 400, 'invalid_input', [
      '?delimiter',
      '?decimal',
      '?tag_delimiter',
      '?empty_name',
      '?map',
      '?encoding',
    ]);
    expect(answer.body).toMatchObject({
      errors: [
        ...Array<object>(5).fill({ message: 'means nothing for NDJSON' }),
        { message: 'must be utf-8, as NDJSON always is' },
      ],
    });
    expect((await owner.api.get(`/stores/${store.id}/imports`)).body).toEqual([]);
  });
});
