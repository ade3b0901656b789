import { type TestApp } from '../support/app';
import { startCatalogue } from '../support/catalogue';
import { type Answer } from '../support/client';
import { withClient } from '../support/database';
import { expectProblem } from '../support/expect-problem';
import {
  createItem,
  createStore,
  createTag,
  linkTags,
  type TestStore,
  type TestUser,
} from '../support/factories';
import { finishedImport, importFile, itemsOf, type ShownImport } from '../support/imports';
import { untilSomebodyWaits, whileItWaits } from '../support/lock-wait';
import { until } from '../support/patience';

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

/** Not the lock that the undo waits for. */
const DELETION_WAITS = `SELECT FROM pg_stat_activity
  WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE 'DELETE FROM tags%'`;

const undo = (id: number) => owner.api.post(`/imports/${id}/undo`);
const tagsOf = async () =>
  ((await app.api.get(`/stores/${store.id}/tags`)).body as { name: string }[]).map(({ name }) => name);

/** Does an edit. @returns its id */
async function edit(change: object): Promise<number> {
  const { body } = await owner.api.post(`/stores/${store.id}/edits`, { filter: {}, change });
  const { id, state } = await finishedImport(store, (body as ShownImport).id);
  expect(state).toBe('succeeded');
  return id;
}

describe('an undo', () => {
  it('gives back a tag that somebody tries to delete meanwhile', async () => {
    const can = await createItem(store, { name: 'Can', price: 1, sku: 'A' });
    const old = await createTag(store, 'old');
    await linkTags(store, can.id, old.id);
    const { id } = await importFile(store, 'sku,name,price,tags\nA,Can,2,new\n');
    let deletion: Promise<Answer> | undefined;
    const answer = await whileItWaits(
      app.connection,
      'AFTER UPDATE ON items FOR EACH STATEMENT',
      () => undo(id),
      async () => {
        deletion = owner.api.delete(`/tags/${old.id}`);
        await until('the deletion to wait', async () => (await app.sql(DELETION_WAITS)).length > 0);
      },
    );
    expect(answer.status).toBe(200);
    expectProblem((await deletion) as Answer, 409, 'tag_in_use');
    expect(await itemsOf(store)).toEqual([['Can', 1, 'A', ['old']]]);
  });

  it('keeps a tag that it made and somebody links meanwhile', async () => {
    const { id } = await importFile(store, 'sku,name,price,tags\nA,Can,2,new\n');
    const other = await createItem(store, { name: 'Other', price: 1 });
    let undone: Promise<Answer> | undefined;
    await withClient(app.connection, async (client) => {
      await client.query('BEGIN');
      await client.query(
        `INSERT INTO item_tags (item_id, tag_id, store_id) SELECT $1, id, store_id FROM tags WHERE store_id = $2`,
        [other.id, store.id],
      );
      await client.query('SET CONSTRAINTS ALL IMMEDIATE');
      undone = undo(id);
      await untilSomebodyWaits(app);
      await client.query('COMMIT');
    });
    expect((await undone)?.status).toBe(200);
    expect(await tagsOf()).toEqual(['new']);
    expect(await itemsOf(store)).toEqual([['Other', 1, null, ['new']]]);
  });

  it('is refused when a deletion of it is undone meanwhile', async () => {
    await createItem(store, { name: 'Can', price: 1, sku: 'A' });
    await createItem(store, { name: 'Hose', price: 2, sku: 'B' });
    const id = await edit({ delete: true });
    const [change] = (await owner.api.get(`/stores/${store.id}/changes?resource=item&action=delete`))
      .body as {
      id: number;
    }[];
    const answer = await whileItWaits(
      app.connection,
      // Its conflicts are listed before it writes.
      'AFTER INSERT ON import_errors FOR EACH STATEMENT',
      () => undo(id),
      async () => {
        expect((await owner.api.post(`/changes/${change?.id}/undo`)).status).toBe(200);
      },
    );
    expectProblem(answer, 409, 'changed_since');
    expect(await itemsOf(store)).toHaveLength(1);
  });

  it('tells how many changed items have their former values', async () => {
    await app.sql(
      `INSERT INTO items (name, price, sku, store_id) SELECT 'Item ' || n, 1, 'S' || n, $1 FROM generate_series(1, 10001) n`,
      [store.id],
    );
    const id = await edit({ price: { set: 2 } });
    const answer = await whileItWaits(
      app.connection,
      `AFTER UPDATE ON items FOR EACH ROW WHEN (NEW.sku = 'S10001')`,
      () => undo(id),
      () =>
        until('the first part', async () => {
          const { body } = await owner.api.get(`/imports/${id}`);
          const { operation, rows, processed } = body as Record<string, unknown>;
          return operation === 'undo' && rows === 10_001 && processed === 10_000;
        }),
    );
    expect(answer.body).toMatchObject({ state: 'undone' });
    expect(await app.sql('SELECT FROM items WHERE store_id = $1 AND price <> 1', [store.id])).toEqual([]);
  });
});
