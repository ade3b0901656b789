import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { startApp, type TestApp } from './support/app';
import { createUser, type TestUser, unique } from './support/factories';
import { whileLocked } from './support/lock-wait';

const TIMEOUT = 10_000;
/** How many requests of a kind can be under way. */
const UNDER_WAY = 128;

let app: TestApp;
let owner: TestUser;
const agent = new Agent({ keepAlive: true, maxSockets: Infinity });
beforeAll(async () => {
  app = await startApp({ REQUEST_TIMEOUT: String(TIMEOUT) });
  owner = await createUser(app);
});
afterAll(async () => {
  agent.destroy();
  await app.close();
});

interface Timed {
  status: number;
  ms: number;
  retryAfter: string | undefined;
  detail: string | undefined;
}

interface Call {
  /** resolves when the request is on its way */
  sent: Promise<unknown>;
  answer: Promise<Timed>;
}

/** A request on a connection that nothing else uses meanwhile. */
function call(path: string, using: Agent | false): Call {
  const begin = performance.now();
  const outgoing = request(`${app.url}${path}`, { agent: using });
  const sent = once(outgoing, 'finish');
  const answer = once(outgoing, 'response').then(async ([response]: IncomingMessage[]) => {
    const body = await text(response as IncomingMessage);
    const { detail } = body.startsWith('{') ? (JSON.parse(body) as { detail?: string }) : {};
    const { statusCode: status = 0, headers } = response as IncomingMessage;
    return { status, ms: performance.now() - begin, retryAfter: headers['retry-after'], detail };
  });
  outgoing.end();
  return { sent, answer };
}

const send = (path: string, using: Agent | false = agent): Promise<Timed> => call(path, using).answer;

/** Sends reads of items, and returns their answers to come when all are on their way. Requests after them come later. */
async function sendReads(count: number): Promise<Promise<Timed>[]> {
  const calls = Array.from({ length: count }, () => call('/items', agent));
  await Promise.all(calls.map(({ sent }) => sent));
  return calls.map(({ answer }) => answer);
}

/** Holds reads of items until the work is done. */
const whileReadsHang = <T>(work: () => Promise<T>) => whileLocked(app.connection, 'items', work);

describe('more requests than can be under way', () => {
  it('wait for a bounded time, and are then told to come again', async () => {
    for (let round = 0; round < 2; round++) {
      const { first, rest } = await whileReadsHang(async () => {
        const begun = await sendReads(UNDER_WAY);
        const others = await Promise.all(Array.from({ length: 100 }, () => send('/stores')));
        return { first: begun, rest: others };
      });
      for (const answer of rest) {
        expect(answer).toMatchObject({
          status: 503,
          detail: 'Too many requests are waiting; try again shortly.',
        });
        expect(Number(answer.retryAfter)).toBeGreaterThan(0);
        // A fifth of the time limit. The requests under way hang for longer.
        expect(answer.ms).toBeGreaterThan(0.19 * TIMEOUT);
        expect(answer.ms).toBeLessThan(0.5 * TIMEOUT);
      }
      const statuses = (await Promise.all(first)).map(({ status }) => status);
      expect(new Set(statuses)).toEqual(new Set([200]));
    }
    // Every place is free again.
    const after = await Promise.all(Array.from({ length: 2 * UNDER_WAY }, () => send('/stores', false)));
    expect(new Set(after.map(({ status }) => status))).toEqual(new Set([200]));
  });

  it('delay neither requests of the other kind nor health probes', async () => {
    await whileReadsHang(async () => {
      const reads = await sendReads(UNDER_WAY + 50);
      const begin = performance.now();
      expect((await owner.api.post('/stores', { name: unique('store') })).status).toBe(201);
      expect((await send('/health/live', false)).status).toBe(200);
      expect(performance.now() - begin).toBeLessThan(0.19 * TIMEOUT);
      return reads;
    }).then((reads) => Promise.all(reads));
  });

  it('lose their place when their clients go away', async () => {
    await whileReadsHang(async () => {
      const begun = await sendReads(UNDER_WAY);
      const gone = new Agent({ keepAlive: true });
      const waiting = Array.from({ length: 50 }, () => call('/stores', gone));
      await Promise.all(waiting.map(({ sent }) => sent));
      gone.destroy();
      await Promise.allSettled(waiting.map(({ answer }) => answer));
      return begun;
    }).then((begun) => Promise.all(begun));
    expect((await send('/stores')).status).toBe(200);
  });

  it('are not read again for a second after a refusal', async () => {
    const one = new Agent({ keepAlive: true, maxSockets: 1 });
    await whileReadsHang(async () => {
      const begun = await sendReads(UNDER_WAY);
      expect((await send('/stores', one)).status).toBe(503);
      const next = await send('/health/live', one);
      expect(next.status).toBe(200);
      expect(next.ms).toBeGreaterThan(900);
      expect((await send('/health/live', false)).ms).toBeLessThan(900);
      return begun;
    }).then((begun) => Promise.all(begun));
    one.destroy();
  });
});

describe('a thousand connections at once', () => {
  it('are all served, and do not keep a new one waiting', async () => {
    const answers: Timed[] = [];
    const clock = { isOver: false };
    const clients = Promise.all(
      Array.from({ length: 1000 }, async () => {
        const own = new Agent({ keepAlive: true });
        for (let n = 0; n < 5; n++) answers.push(await send('/items', own));
        own.destroy();
      }),
    ).finally(() => (clock.isOver = true));
    const probes: Timed[] = [];
    while (!clock.isOver) {
      probes.push(await send('/health/live', false));
      await sleep(20);
    }
    await clients;
    expect(answers).toHaveLength(5000);
    const statuses = new Set(answers.map(({ status }) => status));
    expect([...statuses].filter((status) => status !== 200 && status !== 503)).toEqual([]);
    // Without admission the first one would wait until nearly all are served.
    expect(probes.length).toBeGreaterThan(3);
  });
});
