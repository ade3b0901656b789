import { type TestApp } from '../support/app';
import { startCatalogue } from '../support/catalogue';
import { type Answer } from '../support/client';
import { createStore, createTag, type TestStore, type TestUser } from '../support/factories';
import { finishedImport, sendFile, type ShownImport } from '../support/imports';
import { whileItWaits } from '../support/lock-wait';

/** So many that they are written in three parts. */
const ROWS = 20_100;

let app: TestApp;
let owner: TestUser;
let store: TestStore;
let organic: { id: number };
beforeAll(async () => {
  ({ app, owner } = await startCatalogue());
});
beforeEach(async () => {
  store = await createStore(owner);
  organic = await createTag(store, 'organic');
});
afterAll(() => app.close());

/** Renames the tag when the links of the first part are written, and waits for the end of the import. */
async function renameMeanwhile(begin: () => Promise<Answer>): Promise<ShownImport> {
  const toTheEnd = async () => finishedImport(store, ((await begin()).body as ShownImport).id);
  return whileItWaits(app.connection, 'AFTER INSERT ON item_tags FOR EACH STATEMENT', toTheEnd, async () => {
    expect((await owner.api.patch(`/tags/${organic.id}`, { name: 'Organic food' })).status).toBe(200);
    const [latest] = (await owner.api.get(`/stores/${store.id}/imports`)).body as ShownImport[];
    expect(latest?.state).toBe('running');
  });
}

async function countTagged(): Promise<number> {
  const [row] = await app.sql<{ count: string }>('SELECT count(*) FROM item_tags WHERE tag_id = $1', [
    organic.id,
  ]);
  return Number(row?.count);
}

describe('a tag that somebody renames', () => {
  it('while items get another one, stays', async () => {
    await app.sql(
      `WITH made AS (
         INSERT INTO items (name, price, store_id) SELECT 'Item ' || n, 1, $1 FROM generate_series(1, $3) n RETURNING id)
       INSERT INTO item_tags (item_id, tag_id, store_id) SELECT id, $2, $1 FROM made`,
      [store.id, organic.id, ROWS],
    );
    const begin = () =>
      owner.api.post(`/stores/${store.id}/edits`, { filter: {}, change: { add_tags: ['spring'] } });
    expect(await renameMeanwhile(begin)).toMatchObject({ state: 'succeeded', updated: ROWS });
    expect(await countTagged()).toBe(ROWS);
  });

  it('while it is given to the items of a file, is given to all of them', async () => {
    const rows = Array.from({ length: ROWS }, (_, n) => `S${n},Item ${n},1,Organic`);
    const begin = () => sendFile(store, ['sku,name,price,tags', ...rows].join('\n'));
    expect(await renameMeanwhile(begin)).toMatchObject({ state: 'succeeded', inserted: ROWS });
    expect(await countTagged()).toBe(ROWS);
  });
});
