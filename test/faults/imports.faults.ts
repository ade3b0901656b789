import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Client } from '../support/client';
import { createStore, registerUser, type TestStore, type TestUser } from '../support/factories';
import { freePort, Instance } from '../support/instance';
import { postmasterOf, signalPostgres } from '../support/postmaster';
import { isRunning, temporaryDirectory } from '../support/process';
import { report, roundsOr } from '../support/rounds';

const ROUNDS = roundsOr(5);
const ROWS = 2000;
const MOMENTS = ['receiving', 'queued', 'running', 'applying', 'undoing'] as const;
type Moment = (typeof MOMENTS)[number];

let dataDir: string;
let remove: () => Promise<void>;
let instance: Instance;
let owner: TestUser;
beforeAll(async () => {
  ({ path: dataDir, remove } = await temporaryDirectory());
  instance = new Instance({ DATA_DIR: dataDir, AUTH_THROTTLE: 'off' }, await freePort());
  await instance.start();
  owner = await registerUser(instance.client);
});
afterAll(async () => {
  await instance.end('SIGTERM');
  await remove();
});

interface Import {
  id: number;
  state: string;
  inserted: number;
}

/** A file, and what became of it. */
interface Sent {
  store: TestStore;
  moment: Moment;
  /** unknown if it was killed before an answer */
  id?: number;
}

const file = () => {
  const rows = Array.from({ length: ROWS }, (_, n) => `Item ${n},${n}.5,SKU-${n},red|blue ${n % 7}`);
  return `name,price,sku,tags\n${rows.join('\n')}\n`;
};

const send = async (api: Client, store: TestStore, query = ''): Promise<Import> => {
  const headers = { 'content-type': 'text/csv' };
  const answer = await api.call('POST', `/stores/${store.id}/imports${query}`, { raw: file(), headers });
  if (answer.status !== 202) throw new Error(`the import answered ${answer.status}: ${answer.text}`);
  return answer.body as Import;
};

const get = async (id: number) => (await owner.api.get(`/imports/${id}`)).body as Import;

async function finished(id: number): Promise<Import> {
  for (;;) {
    const found = await get(id);
    if (!['receiving', 'queued', 'running'].includes(found.state)) return found;
    await sleep(50);
  }
}

/** Begins what the process is killed in; what it starts may never be answered. */
const BEGIN: Record<Moment, (sent: Sent) => Promise<void>> = {
  receiving: async ({ store }) => {
    void send(owner.api, store).catch(() => undefined);
    return Promise.resolve();
  },
  queued: async (sent) => {
    sent.id = (await send(owner.api, sent.store)).id;
  },
  running: async (sent) => {
    const { id } = await send(owner.api, sent.store);
    sent.id = id;
    while ((await get(id)).state === 'queued') await sleep(5);
  },
  applying: async (sent) => {
    const { id } = await send(owner.api, sent.store, '?dry_run=true');
    sent.id = id;
    await finished(id);
    void owner.api.post(`/imports/${id}/apply`).catch(() => undefined);
  },
  undoing: async (sent) => {
    const { id } = await send(owner.api, sent.store);
    sent.id = id;
    await finished(id);
    void owner.api.post(`/imports/${id}/undo`).catch(() => undefined);
  },
};

/** How many items an import that ended so has in its store. */
const ITEMS_AFTER: Record<string, number> = {
  succeeded: ROWS,
  undone: 0,
  previewed: 0,
  failed: 0,
  cancelled: 0,
};

/** The states in which an import may be when it was killed at this moment, and all is over. */
const POSSIBLE: Record<Moment, readonly string[]> = {
  receiving: ['failed', 'succeeded'],
  queued: ['succeeded'],
  running: ['succeeded'],
  applying: ['previewed', 'succeeded'],
  undoing: ['succeeded', 'undone'],
};

async function countOf(pathOf: string): Promise<number> {
  const answer = await owner.api.get(`${pathOf}${pathOf.includes('?') ? '&' : '?'}limit=1&count=true`);
  return Number(answer.headers.get('x-total-count'));
}

async function check(sent: Sent, lost: string[]): Promise<string> {
  const { store, moment } = sent;
  const list = (await owner.api.get(`/stores/${store.id}/imports`)).body as Import[];
  if (list.length > 1) lost.push(`${list.length} imports of one file`);
  const [only] = list;
  // It was killed before the import had begun.
  if (!only && sent.id === undefined) return 'none';
  if (!only) {
    lost.push(`${moment}: import ${sent.id ?? ''} is gone`);
    return 'gone';
  }
  const { state } = await finished(only.id);
  const where = `${moment}, import ${only.id}, ${state}`;
  if (!POSSIBLE[moment].includes(state)) lost.push(`${where}: the state`);
  const items = await countOf(`/stores/${store.id}/items`);
  if (items !== ITEMS_AFTER[state]) lost.push(`${where}: ${items} items`);
  const created = await countOf(`/stores/${store.id}/changes?resource=item&action=create`);
  if (created !== (state === 'succeeded' || state === 'undone' ? ROWS : 0))
    lost.push(`${where}: ${created} changes`);
  return state;
}

it('kill -9 of an import loses nothing, and does nothing twice', async () => {
  const lost: string[] = [];
  const sent: Sent[] = [];
  const ends: Record<string, number> = {};
  for (let round = 0; round < ROUNDS; round++) {
    const each: Sent = {
      store: await createStore(owner),
      moment: MOMENTS[round % MOMENTS.length] as Moment,
    };
    sent.push(each);
    await BEGIN[each.moment](each);
    await sleep((round * 37) % (each.moment === 'receiving' ? 150 : 700));
    const pid = postmasterOf(path.join(dataDir, 'postgres'));
    await instance.end('SIGKILL');
    // Every third time PostgreSQL is killed, too; else the next start adopts it.
    if (round % 3 === 2) {
      signalPostgres([pid], 'SIGKILL');
      while (await isRunning(pid)) await sleep(10);
    }
    await instance.start();
    if (each.moment !== 'receiving') {
      const end = `${each.moment} ${await check(each, lost)}`;
      ends[end] = (ends[end] ?? 0) + 1;
    }
  }
  // What was being received is known to be over only after a while without a sign of life.
  for (const each of sent.filter(({ moment }) => moment === 'receiving')) {
    const end = `receiving ${await check(each, lost)}`;
    ends[end] = (ends[end] ?? 0) + 1;
  }
  report('kill -9 of imports', ROUNDS, ends, lost);
});
