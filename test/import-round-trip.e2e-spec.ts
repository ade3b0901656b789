import { type TestApp } from './support/app';
import { startCatalogue } from './support/catalogue';
import {
  createItem,
  createStore,
  createTag,
  linkTags,
  type TestStore,
  type TestUser,
} from './support/factories';
import { CSV, importFile, itemsOf, NDJSON } from './support/imports';

let app: TestApp;
let owner: TestUser;
let filled: TestStore;

const BACKSLASH = '\\';

/** Everything that a name may have and a format could write wrongly. */
const ITEMS: readonly (readonly [name: string, price: number, sku: string | null, tags: string[]])[] = [
  ['Watering can', 15.99, 'WC-5', ['metal', 'Garden']],
  ['The "best", of all', 0.1, 'a,b"c', ['a|b', `c${BACKSLASH}d`, `e${BACKSLASH}|f`, 'x, "y"']],
  ['""', 0, '"', ['"', '|', BACKSLASH, `${BACKSLASH}${BACKSLASH}|`]],
  ['Gießkanne 🌱 水 👩‍🌾', 99_999_999.99, null, ['öko', '🏷️']],
  ['=1+1', 0.01, '-5', ['@tag', '=cmd']],
  ['+1', 100, '=A1', []],
  ['@SUM(A1)', 1.5, '+5', []],
  ["'quoted", 1, "'", ["'"]],
  [`it's $1 ${BACKSLASH}. ${BACKSLASH}n '' E'${BACKSLASH}x'`, 24.5, `${BACKSLASH}N`, ['null', 'NULL ']],
  [`${BACKSLASH}.`, 3, `${BACKSLASH}.`, [`${BACKSLASH}.`]],
  ['  spaces around  ', 2, '  S  ', ['  tag  ']],
  ['two  spaces;semicolon', 2, 'two  spaces', ['a;b', 'a, b']],
  ['error', 7, 'error', ['error']],
  ['name', 7, 'name,price,sku,tags', []],
  ['é composed', 4, null, []],
  ['e\u0301 decomposed', 4, null, []],
  ['\u00a0no-break\u2003spaces\u200d', 4, 'x\u00a0y', []],
  ['مرحبا \u202eright to left', 5, null, ['שלום']],
  ['x'.repeat(200), 6, 'y'.repeat(64), ['z'.repeat(200)]],
];

beforeAll(async () => {
  ({ app, owner } = await startCatalogue());
  filled = await createStore(owner);
  const ids = new Map<string, number>();
  for (const [name, price, sku, tags] of ITEMS) {
    const { id } = await createItem(filled, { name, price, sku });
    for (const tag of tags) {
      const key = tag.trim().toLowerCase();
      if (!ids.has(key)) ids.set(key, (await createTag(filled, tag)).id);
    }
    if (tags.length > 0)
      await linkTags(filled, id, ...tags.map((tag) => ids.get(tag.trim().toLowerCase()) ?? 0));
  }
});
afterAll(() => app.close());

async function exportOf({ id }: TestStore, format: string): Promise<string> {
  const { status, text } = await app.api.get(`/stores/${id}/items/export?format=${format}`);
  if (status !== 200) throw new Error(`the export answered ${status}: ${text}`);
  return text;
}

describe('an export that is imported into an empty store', () => {
  it.each([
    ['csv', CSV],
    ['ndjson', NDJSON],
  ])('is exported again as it was: %s', async (format, headers) => {
    const copy = await createStore(owner);
    const done = await importFile(copy, await exportOf(filled, format), '', headers);
    expect(done).toMatchObject({ state: 'succeeded', inserted: ITEMS.length, failed: 0 });
    expect(await itemsOf(copy)).toEqual(await itemsOf(filled));
    for (const each of ['csv', 'ndjson'])
      expect(await exportOf(copy, each)).toBe(await exportOf(filled, each));
  });

  it('changes nothing in the store that it is from, but for items without a sku', async () => {
    const before = await itemsOf(filled);
    const withSku = ITEMS.filter(([, , sku]) => sku !== null).length;
    const preview = await importFile(filled, await exportOf(filled, 'csv'), '?dry_run=true');
    expect(preview).toMatchObject({
      state: 'previewed',
      unchanged: withSku,
      updated: 0,
      inserted: ITEMS.length - withSku,
    });
    expect(await itemsOf(filled)).toEqual(before);
  });

  it('has no line breaks to lose, because no name may have one', async () => {
    const copy = await createStore(owner);
    const done = await importFile(copy, 'name,price,sku,tags\n"a\nb",1,,\nc,1,"d\r\ne",\nf,1,,"g\nh"\n');
    expect(done).toMatchObject({ state: 'failed', failed: 3 });
  });
});
