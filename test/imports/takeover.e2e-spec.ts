import { setTimeout as sleep } from 'node:timers/promises';
import { Connections } from '../../src/common/http/connections';
import { startApp, type TestApp } from '../support/app';
import { startCatalogue } from '../support/catalogue';
import { withClient } from '../support/database';
import { Proxy } from '../support/proxy';
import { createItem, type TestStore, type TestUser } from '../support/factories';

interface Import {
  id: number;
  state: string;
  inserted: number;
}

let app: TestApp;
let owner: TestUser;
let store: TestStore;
beforeAll(async () => {
  ({ app, owner, store } = await startCatalogue());
});
afterAll(() => app.close());

const get = async (id: number) => (await owner.api.get(`/imports/${id}`)).body as Import;

async function send(raw: string): Promise<number> {
  const answer = await owner.api.call('POST', `/stores/${store.id}/imports`, {
    raw,
    headers: { 'content-type': 'text/csv' },
  });
  expect(answer.status).toBe(202);
  return (answer.body as Import).id;
}

async function until(id: number, state: string): Promise<Import> {
  for (;;) {
    const found = await get(id);
    if (found.state === state) return found;
    await sleep(20);
  }
}

it('an instance that is about to stop leaves its imports to others, and that is no attempt', async () => {
  const { id: item } = await createItem(store, { name: 'Can', price: 1, sku: 'A' });
  let running = 0;
  await withClient(app.connection, async (client) => {
    await client.query('BEGIN');
    await client.query('SELECT FROM items WHERE id = $1 FOR UPDATE', [item]);
    running = await send('sku,name,price\nA,Can,2\nB,Hose,3\n');
    await until(running, 'running');
    app.app.get(Connections).startDraining();
    await client.query('ROLLBACK');
  });
  const queued = await send('name,price\nC,4\n');
  const jobs = async () => app.sql('SELECT attempts FROM jobs ORDER BY id');
  while ((await jobs()).some(({ attempts }) => attempts !== 0)) await sleep(20);
  await sleep(500);
  expect(await jobs()).toEqual([{ attempts: 0 }, { attempts: 0 }]);
  expect((await get(queued)).state).toBe('queued');
  const other = await startApp({}, app.connection);
  try {
    expect(await until(running, 'succeeded')).toMatchObject({ inserted: 1 });
    expect(await until(queued, 'succeeded')).toMatchObject({ inserted: 1 });
  } finally {
    await other.close();
  }
});

it('an import whose connection is forgotten by the network is done by another attempt', async () => {
  const proxy = new Proxy(app.connection);
  await proxy.listen();
  const { id: item } = await createItem(store, { name: 'Can', price: 1, sku: 'F' });
  const other = await startApp({ REQUEST_TIMEOUT: '5000' }, proxy.connection);
  try {
    let id = 0;
    await withClient(app.connection, async (client) => {
      await client.query('BEGIN');
      await client.query('SELECT FROM items WHERE id = $1 FOR UPDATE', [item]);
      id = await send('sku,name,price\nF,Can,2\nG,Hose,3\n');
      await until(id, 'running');
      proxy.forget();
      await client.query('ROLLBACK');
    });
    expect(await until(id, 'succeeded')).toMatchObject({ inserted: 1 });
  } finally {
    await other.close();
    await proxy.close();
  }
});
