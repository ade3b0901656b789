import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Client } from '../support/client';
import { createStore, createTag, registerUser, type TestStore, unique } from '../support/factories';
import { freePort, Instance } from '../support/instance';
import { postmasterOf, signalPostgres } from '../support/postmaster';
import { isRunning, temporaryDirectory } from '../support/process';
import { report, roundsOr } from '../support/rounds';

const ROUNDS = roundsOr(5);
const WRITERS = 8;

let dataDir: string;
let remove: () => Promise<void>;
let instance: Instance;
beforeAll(async () => {
  ({ path: dataDir, remove } = await temporaryDirectory());
  instance = new Instance({ DATA_DIR: dataDir, AUTH_THROTTLE: 'off' }, await freePort());
  await instance.start();
});
afterAll(async () => {
  await instance.end('SIGTERM');
  await remove();
});

interface Item {
  id: number;
  name: string;
  price: number;
  tags: { id: number }[];
}

/** What answers have said of an item. */
interface Acknowledged {
  id: number;
  name: string;
  /** the last price that was acknowledged, and the one that was sent without an answer */
  price: number;
  unanswered?: number;
  linked: boolean;
}

/** Creates items, links three tags to each, and changes its price, until a call has no answer. */
async function write(
  api: Client,
  store: TestStore,
  tags: number[],
  acknowledged: Acknowledged[],
): Promise<void> {
  try {
    for (;;) {
      const name = unique('written');
      const made = await api.post('/items', { name, price: 1, store_id: store.id });
      if (made.status !== 201) return;
      const item: Acknowledged = { id: (made.body as Item).id, name, price: 1, linked: false };
      acknowledged.push(item);
      if ((await api.post(`/items/${item.id}/tags`, { tags })).status !== 200) return;
      item.linked = true;
      item.unanswered = 2;
      if ((await api.patch(`/items/${item.id}`, { price: 2 })).status !== 200) return;
      item.price = 2;
    }
  } catch {
    // The instance was killed.
  }
}

it('kill -9 under load loses no acknowledged write, and leaves none half written', async () => {
  const owner = await registerUser(instance.client);
  const store = await createStore(owner);
  const tags: number[] = [];
  for (let n = 0; n < 3; n++) tags.push((await createTag(store)).id);
  const acknowledged: Acknowledged[] = [];
  const lost: string[] = [];
  const api = owner.api;

  const check = async ({ id, name, price, unanswered, linked }: Acknowledged): Promise<void> => {
    const { status, body } = await api.get(`/items/${id}`);
    const item = body as Item;
    if (status !== 200 || item.name !== name) lost.push(`item ${id}: ${status}`);
    else if (item.price !== price && item.price !== unanswered) lost.push(`the price of item ${id}`);
    else if (item.tags.length !== tags.length && (linked || item.tags.length > 0))
      lost.push(`links of item ${id}`);
  };

  for (let round = 0; round < ROUNDS; round++) {
    const before = acknowledged.length;
    const writing = Promise.all(Array.from({ length: WRITERS }, () => write(api, store, tags, acknowledged)));
    await sleep(500 + 97 * (round % 20));
    const pid = postmasterOf(path.join(dataDir, 'postgres'));
    await instance.end('SIGKILL');
    // Every other time PostgreSQL is killed, too; else the next start adopts it.
    if (round % 2) {
      signalPostgres([pid], 'SIGKILL');
      while (await isRunning(pid)) await sleep(10);
    }
    await writing;
    await instance.start();
    await Promise.all(acknowledged.slice(before).map(check));
  }
  for (let at = 0; at < acknowledged.length; at += 50) {
    await Promise.all(acknowledged.slice(at, at + 50).map(check));
  }
  report('kill -9 under load', ROUNDS, { 'items acknowledged': acknowledged.length }, lost);
});
