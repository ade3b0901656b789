import { setTimeout as sleep } from 'node:timers/promises';
import { type TestApp } from '../support/app';
import { startCatalogue } from '../support/catalogue';
import { createItem, createStore, type TestUser } from '../support/factories';

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

it('a store that was filled by an import is not taken for an empty one', async () => {
  const [known, filled] = [await createStore(owner), await createStore(owner)];
  await createItem(known, { name: 'Can', price: 1 });
  await app.sql('ALTER TABLE items SET (autovacuum_enabled = off)');
  await app.sql(
    'INSERT INTO items (name, price, store_id) SELECT name, price, store_id FROM items, generate_series(1, 999)',
  );
  await app.sql('ANALYZE items');
  expect(await expectedItems(filled.id)).toBe(1);

  const lines = Array.from({ length: 10_000 }, (_, n) => `Can ${n},1`);
  const { body } = await owner.api.call('POST', `/stores/${filled.id}/imports`, {
    raw: ['name,price', ...lines].join('\n'),
    headers: { 'content-type': 'text/csv' },
  });
  const { id } = body as { id: number };
  let state: string;
  do {
    await sleep(20);
    ({ state } = (await owner.api.get(`/imports/${id}`)).body as { state: string });
    expect(state).not.toBe('failed');
  } while (state !== 'succeeded');
  expect(await expectedItems(filled.id)).toBeGreaterThan(9000);
});
