import { randomInt } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { isLinearizable, type Operation, shortestViolation } from '../history/linearizability';
import { Nemesis } from '../history/nemesis';
import { Random } from '../history/random';
import { type Answer, type Client } from '../support/client';
import { withClient } from '../support/database';
import { createItem, createStore, registerUser, type TestUser, unique } from '../support/factories';
import { freePort, Instance } from '../support/instance';
import { type OwnPostgres, startOwnPostgres } from '../support/own-postgres';
import { roundsOr } from '../support/rounds';

/** Half a minute of calls is one round. */
const ROUNDS = roundsOr(1);
const ROUND_MILLISECONDS = 30_000;
const SEED = Number(process.env.SEED ?? randomInt(1, 999_999_999));

const CLIENTS = 16;
const ITEMS = 6;
const REQUEST_TIMEOUT = 2000;

const random = new Random(SEED);

/** Answers that say that nothing was written, and those that say nothing. */
type Outcome = { kind: 'answer'; answer: Answer } | { kind: 'none' } | { kind: 'not sent' };

let own: OwnPostgres;
let instances: Instance[];
let owner: TestUser;

beforeAll(async () => {
  own = await startOwnPostgres();
  const environment = {
    ...own.environment,
    AUTH_THROTTLE: 'off',
    REQUEST_TIMEOUT: String(REQUEST_TIMEOUT),
  };
  instances = [new Instance(environment, await freePort()), new Instance(environment, await freePort())];
  await Promise.all(instances.map((instance) => instance.start()));
  owner = await registerUser((instances[0] as Instance).client);
});
afterAll(async () => {
  await Promise.all(instances.map((instance) => instance.end('SIGKILL')));
  await own.remove();
});

async function call(work: (api: Client) => Promise<Answer>): Promise<Outcome> {
  const { client } = random.of(instances);
  try {
    const answer = await work(client.as(owner.accessToken));
    return answer.status === 503 ? { kind: 'none' } : { kind: 'answer', answer };
  } catch (error) {
    const { code } = ((error as Error).cause ?? {}) as { code?: string };
    return { kind: code === 'ECONNREFUSED' ? 'not sent' : 'none' };
  }
}

/** What the clients did, and what does not fit. */
class History {
  readonly operations = new Map<number, Operation[]>();
  readonly unexpected: string[] = [];
  /** by name, how many answers said that it was made */
  readonly creations = new Map<string, number>();
  private lastPrice = 0;

  constructor(readonly items: readonly number[]) {
    for (const item of items) this.operations.set(item, []);
  }

  record(item: number, operation: Operation): void {
    this.operations.get(item)?.push(operation);
  }

  /** A price that nobody has written yet, in cents. */
  nextPrice(): number {
    return ++this.lastPrice;
  }
}

const centsOf = ({ body }: Answer) => Math.round((body as { price: number }).price * 100);

/** Reads and writes items until it is over. */
async function runClient(client: number, history: History, isOver: () => boolean): Promise<void> {
  const known = new Map<number, { etag: string; value: number }>();
  const learn = (item: number, answer: Answer) =>
    known.set(item, { etag: answer.headers.get('etag') ?? '', value: centsOf(answer) });
  while (!isOver()) {
    const item = random.of(history.items);
    const state = known.get(item);
    const called = performance.now();
    if (state === undefined || random.next() < 0.4) {
      const outcome = await call((api) => api.get(`/items/${item}`));
      if (outcome.kind !== 'answer') {
        await sleep(20);
        continue;
      }
      if (outcome.answer.status !== 200) {
        history.unexpected.push(`GET answered ${outcome.answer.status}`);
        continue;
      }
      learn(item, outcome.answer);
      const value = centsOf(outcome.answer);
      history.record(item, { client, called, returned: performance.now(), action: { kind: 'read', value } });
      continue;
    }
    const value = history.nextPrice();
    const write = { kind: 'compare-and-set', expected: state.value, value } as const;
    const headers = { 'if-match': state.etag };
    const outcome = await call((api) => api.patch(`/items/${item}`, { price: value / 100 }, { headers }));
    if (outcome.kind === 'not sent') {
      await sleep(20);
      continue;
    }
    known.delete(item);
    if (outcome.kind === 'none') {
      history.record(item, { client, called, returned: Infinity, action: { ...write, outcome: 'unknown' } });
      continue;
    }
    const { status } = outcome.answer;
    if (status !== 200 && status !== 412) {
      history.unexpected.push(`PATCH answered ${status}`);
      continue;
    }
    if (status === 200) learn(item, outcome.answer);
    history.record(item, {
      client,
      called,
      returned: performance.now(),
      action: { ...write, outcome: status === 200 ? 'done' : 'refused' },
    });
  }
}

/** Creates items with a key each, and sends a request again until it is answered. */
async function runCreator(storeId: number, history: History, isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    const name = unique('made');
    const headers = { 'idempotency-key': name };
    history.creations.set(name, 0);
    const body = { name, price: 1, store_id: storeId };
    for (;;) {
      const outcome = await call((api) => api.post('/items', body, { headers }));
      const status = outcome.kind === 'answer' ? outcome.answer.status : 0;
      if (status === 201) {
        history.creations.set(name, 1);
        break;
      }
      if (status !== 0 && status !== 409) history.unexpected.push(`POST answered ${status}`);
      await sleep(50);
    }
  }
}

/** Reads the final state, as one more client. */
async function readAll(history: History): Promise<void> {
  for (const item of history.items) {
    for (;;) {
      const called = performance.now();
      const outcome = await call((api) => api.get(`/items/${item}`));
      if (outcome.kind === 'answer') {
        const action = { kind: 'read', value: centsOf(outcome.answer) } as const;
        history.record(item, { client: CLIENTS, called, returned: performance.now(), action });
        break;
      }
      await sleep(100);
    }
  }
}

function describeOperation({ client, called, returned, action }: Operation): string {
  const times = `${called.toFixed(1)} to ${returned.toFixed(1)} ms`;
  return action.kind === 'read'
    ? `client ${client}, ${times}: read ${action.value}`
    : `client ${client}, ${times}: ${action.expected} becomes ${action.value}, ${action.outcome}`;
}

it('the history of reads and conditional writes is linearizable, and each key happened once', async () => {
  process.stdout.write(`seed ${SEED}; to repeat: npm run checks -- history --seed ${SEED}\n`);
  const store = await createStore(owner);
  const items = [];
  for (let n = 0; n < ITEMS; n++) items.push((await createItem(store, { price: 0 })).id);
  const history = new History(items);
  const nemesis = new Nemesis(random, own.postgres, instances);

  const end = performance.now() + ROUNDS * ROUND_MILLISECONDS;
  const isOver = () => performance.now() > end;
  await Promise.all([
    nemesis.run(isOver),
    ...Array.from({ length: CLIENTS }, (_none, client) => runClient(client, history, isOver)),
    ...Array.from({ length: 2 }, () => runCreator(store.id, history, isOver)),
  ]);
  await readAll(history);

  const made = await withClient(own.postgres.connection, async (client) => {
    const { rows } = await client.query<{ name: string; count: number }>(
      `SELECT name, count(*)::int AS count FROM items WHERE name LIKE 'made-%' GROUP BY name`,
    );
    return new Map(rows.map(({ name, count }) => [name, count]));
  });
  const lost = [...history.creations].filter(([name, count]) => (made.get(name) ?? 0) !== count);

  const all = [...history.operations.values()].flat();
  const count = (outcome: string) =>
    all.filter(({ action }) => action.kind !== 'read' && action.outcome === outcome).length;
  const faults = Object.entries(nemesis.done).map(([name, times]) => `${name} ${times}`);
  process.stdout.write(
    `${all.length} operations on ${ITEMS} items: ${all.length - count('done') - count('refused') - count('unknown')} reads, ` +
      `${count('done')} writes, ${count('refused')} refused, ${count('unknown')} without an answer; ` +
      `${history.creations.size} keys; ${faults.join(', ')}\n`,
  );
  for (const [item, operations] of history.operations) {
    if (isLinearizable(operations, 0)) continue;
    const window = shortestViolation(operations, 0).map(describeOperation).join('\n');
    throw new Error(`The history of item ${item} is not linearizable; the shortest part:\n${window}`);
  }
  expect({ unexpected: history.unexpected, lost }).toEqual({ unexpected: [], lost: [] });
  process.stdout.write(`${ITEMS} histories are linearizable, 0 lost\n`);
});
