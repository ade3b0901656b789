import { setTimeout as sleep } from 'node:timers/promises';
import { type TestApp } from '../support/app';
import { startCatalogue } from '../support/catalogue';
import { createItem, createStore, type TestStore, type TestUser } from '../support/factories';
import { importFile } from '../support/imports';

let app: TestApp;
let owner: TestUser;
beforeAll(async () => {
  ({ app, owner } = await startCatalogue());
});
afterAll(() => app.close());

/** How many items PostgreSQL expects in a store. */
async function expectedItems(storeId: number): Promise<number> {
  const [plan] = await app.sql<{ 'QUERY PLAN': { Plan: { 'Plan Rows': number } }[] }>(
    `EXPLAIN (FORMAT JSON) SELECT FROM items WHERE store_id = ${storeId}`,
  );
  return plan?.['QUERY PLAN'][0]?.Plan['Plan Rows'] ?? 0;
}

/** A store with so many items that PostgreSQL knows that other stores are empty. */
async function fillAnother(): Promise<void> {
  const known = await createStore(owner);
  await app.sql('ALTER TABLE items SET (autovacuum_enabled = off)');
  await app.sql(
    `INSERT INTO items (name, price, store_id) SELECT 'Can ' || n, 1, $1 FROM generate_series(1, 1000) n`,
    [known.id],
  );
  await app.sql('ANALYZE items');
}

async function importRows(filled: TestStore, lines: string[]): Promise<void> {
  expect(await importFile(filled, lines.join('\n'))).toMatchObject({ state: 'succeeded' });
}

it('a store that was filled by an import is not taken for an empty one', async () => {
  const filled = await createStore(owner);
  await fillAnother();
  expect(await expectedItems(filled.id)).toBe(1);
  await importRows(filled, ['name,price', ...Array.from({ length: 10_000 }, (_, n) => `Can ${n},1`)]);
  expect(await expectedItems(filled.id)).toBeGreaterThan(9000);
});

it('an item that exists is not looked for among all items that the import has made', async () => {
  const filled = await createStore(owner);
  await createItem(filled, { name: 'Can', price: 1, sku: 'S7' });
  await fillAnother();
  const before = await work();
  const rows = Array.from({ length: 20_500 }, (_, n) => `S${n},Can ${n},2`);
  await importRows(filled, ['sku,name,price', ...rows]);
  // A connection reports what it has done a moment after the end of its transaction, all of it at once.
  let after: Awaited<ReturnType<typeof work>>;
  do {
    await sleep(50);
    after = await work();
  } while (after.inserted - before.inserted < rows.length - 1);
  expect(after.read - before.read).toBeLessThan(20 * rows.length);
});

it('a preview is compared without reading all tags of other stores for each row', async () => {
  const filled = await createStore(owner);
  const other = await createStore(owner);
  await app.sql(`INSERT INTO tags (name, store_id) SELECT 'tag ' || n, $1 FROM generate_series(1, 5000) n`, [
    other.id,
  ]);
  await app.sql('ANALYZE tags');
  const rows = Array.from({ length: 500 }, (_, n) => `T${n},Can ${n},1,red|blue ${n % 7}`);
  await importFile(filled, ['sku,name,price,tags', ...rows].join('\n'));
  const file = ['sku,name,price,tags', ...rows.map((row) => row.replace(',1,', ',2,'))].join('\n');
  const { id } = await importFile(filled, file, '?dry_run=true');
  const [before, updates] = [await readTags(), await updated()];
  expect((await owner.api.post(`/imports/${id}/apply`)).body).toMatchObject({
    state: 'succeeded',
    updated: 500,
  });
  // As above.
  while ((await updated()) - updates < rows.length) await sleep(50);
  expect((await readTags()) - before).toBeLessThan(100_000);
});

/** How many updates of items all connections have made. */
async function updated(): Promise<number> {
  const [row] = await app.sql<{ count: string }>(
    `SELECT n_tup_upd AS count FROM pg_stat_user_tables WHERE relname = 'items'`,
  );
  return Number(row?.count);
}

/** How many entries of indexes and rows of tags all connections have read. */
async function readTags(): Promise<number> {
  const [row] = await app.sql<{ read: string }>(
    `SELECT t.seq_tup_read + sum(i.idx_tup_read) AS read
     FROM pg_stat_user_tables t JOIN pg_stat_user_indexes i USING (relid) WHERE t.relname = 'tags' GROUP BY t.seq_tup_read`,
  );
  return Number(row?.read);
}

/** How many items all connections have inserted, and how many entries of indexes and rows of items they have read. */
async function work(): Promise<{ inserted: number; read: number }> {
  const [row] = await app.sql<{ inserted: string; read: string }>(
    `SELECT t.n_tup_ins AS inserted, t.seq_tup_read + sum(i.idx_tup_read) AS read
     FROM pg_stat_user_tables t JOIN pg_stat_user_indexes i USING (relid) WHERE t.relname = 'items' GROUP BY 1, t.seq_tup_read`,
  );
  return { inserted: Number(row?.inserted), read: Number(row?.read) };
}
