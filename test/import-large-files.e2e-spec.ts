import { type TestApp } from './support/app';
import { startCatalogue } from './support/catalogue';
import { expectProblem } from './support/expect-problem';
import { createStore, type TestStore, type TestUser } from './support/factories';
import { sendFile } from './support/imports';

let app: TestApp;
let owner: TestUser;
let store: TestStore;

beforeAll(async () => {
  ({ app, owner } = await startCatalogue());
  store = await createStore(owner);
});
afterAll(() => app.close());

const ROWS_BEFORE = 699_998;

/** A file with one fault in line 700,000, and 100,000 good rows after it. */
function fileWith(bad: string): Uint8Array<ArrayBuffer> {
  const good = 'Watering can,15.99,\n';
  return new Uint8Array(
    Buffer.from(`name,price,sku\n${good.repeat(ROWS_BEFORE)}${bad}\n${good.repeat(100_000)}`, 'latin1'),
  );
}

describe('a fault in line 700,000 is told with its line', () => {
  it.each([
    [
      'a stray quote',
      'Screen 24",199,',
      'A field in line 700000 has a quote but does not begin with one; write it as "a ""b"" c".',
    ],
    [
      'a quote that is never closed',
      '"Screen,199,',
      'The row that begins at line 700000 is longer than 262144 bytes; most likely a quote in it is never closed.',
    ],
    [
      'text after a quote',
      '"Screen" 24,199,',
      'A field in line 700000 has text after its closing quote; write a quote in a field as "".',
    ],
    [
      'a byte of windows-1252',
      'Gie\xdfkanne,1,',
      'Line 700000 is not in the encoding utf-8. Try encoding=windows-1252.',
    ],
  ])('%s', async (_fault, bad, detail) => {
    const answer = await sendFile(store, fileWith(bad));
    expectProblem(answer, 400, 'invalid_file');
    expect((answer.body as { detail: string }).detail).toBe(detail);
    const [last] = (await owner.api.get(`/stores/${store.id}/imports`)).body as { state: string }[];
    expect(last?.state).toBe('failed');
    expect(await app.sql('SELECT FROM import_rows LIMIT 1')).toEqual([]);
  });
});
