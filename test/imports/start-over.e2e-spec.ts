import { type TestApp } from '../support/app';
import { startCatalogue } from '../support/catalogue';
import { withClient } from '../support/database';
import { type TestStore } from '../support/factories';
import { importFile, itemsOf } from '../support/imports';
import { untilSomebodyWaits } from '../support/lock-wait';

let app: TestApp;
let store: TestStore;
beforeAll(async () => {
  ({ app, store } = await startCatalogue());
});
afterAll(() => app.close());

it('an import starts over when a SKU has appeared meanwhile, and the log says so in one line', async () => {
  const done = await withClient(app.connection, async (client) => {
    await client.query('BEGIN');
    await client.query(`INSERT INTO items (name, price, sku, store_id) VALUES ('Can', 1, 'A', $1)`, [
      store.id,
    ]);
    const importing = importFile(store, 'sku,name,price\nA,New can,2\n');
    await untilSomebodyWaits(app);
    await client.query('COMMIT');
    return importing;
  });
  expect(done).toMatchObject({ state: 'succeeded', inserted: 0, updated: 1 });
  expect(await itemsOf(store)).toEqual([['New can', 2, 'A', []]]);
  const lines = app.logs
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter(({ import_id: id }) => id === done.id);
  expect(lines).toMatchObject([
    { level: 30, msg: 'a job starts over', constraint: 'items_store_id_sku_key' },
    { level: 30, msg: 'import finished' },
  ]);
  expect(lines[0]).not.toHaveProperty('err');
});
