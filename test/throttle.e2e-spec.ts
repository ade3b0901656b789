import { EventEmitter, once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { hash } from '@node-rs/argon2';
import { HashQueue } from '../src/auth/passwords/hash-queue';
import { startApp, type TestApp } from './support/app';
import { type Answer } from './support/client';
import { expectProblem } from './support/expect-problem';
import { PASSWORD, unique } from './support/factories';
import { quickest } from './support/quickest';
import { takeTurns } from './support/take-turns';

const SETTINGS = {
  AUTH_THROTTLE: 'on',
  TRUST_PROXY: '1',
  // A rush is to be counted, however long it takes.
  REQUEST_TIMEOUT: '150000',
};
const WRONG = 'not the password';

let app: TestApp;
/** another instance on the same database */
let twin: TestApp;
/** without a proxy in front */
let direct: TestApp;
/** cheap to check, so that a hundred attempts take no long time */
let cheapHash: string;

beforeAll(async () => {
  cheapHash = await hash(PASSWORD, { memoryCost: 8, timeCost: 1, parallelism: 1 });
  app = await startApp(SETTINGS);
  twin = await startApp(SETTINGS, app.connection);
  direct = await startApp({ ...SETTINGS, TRUST_PROXY: '0' }, app.connection);
});
afterAll(async () => {
  await direct.close();
  await twin.close();
  await app.close();
});

let addresses = 0;
/** An IPv4 address that no other test comes from. */
function newAddress(): string {
  addresses++;
  return `198.18.${addresses >> 8}.${addresses & 255}`;
}

const from = (address: string) => ({ headers: { 'x-forwarded-for': address } });
const newEmail = () => `${unique('Ada')}@Example.com`;

async function addAccount(at = app): Promise<string> {
  const email = newEmail();
  await at.sql('INSERT INTO users (email, password_hash) VALUES ($1, $2)', [email, cheapHash]);
  return email;
}

function logIn(email: string, password: string, address: string, at = app): Promise<Answer> {
  return at.api.post('/login', { email, password }, from(address));
}

/** So many attempts at once, spread over both instances. */
function rush(count: number, attempt: (index: number, at: TestApp) => Promise<Answer>): Promise<Answer[]> {
  return Promise.all(
    Array.from({ length: count }, (_none, index) => attempt(index, index % 2 === 0 ? app : twin)),
  );
}

async function failInARow(count: number, email: string, address: string): Promise<void> {
  for (let i = 0; i < count; i++) {
    expectProblem(await logIn(email, WRONG, address, i % 2 ? twin : app), 401, 'bad_credentials');
  }
  await decide();
}

/** The same in less time. */
async function failAtOnce(count: number, email: string, address: string): Promise<void> {
  const answers = await rush(count, (_index, at) => logIn(email, WRONG, address, at));
  for (const answer of answers) expectProblem(answer, 401, 'bad_credentials');
  await decide();
}

/** What was tried has surely failed then, and nobody waits for it. */
const decide = () => pass('6 seconds');

function countByStatus(answers: Answer[]): Record<number, number> {
  const counts: Record<number, number> = {};
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

/** A 429 whose `Retry-After` is this number of seconds, or somewhat less: on a busy machine a rush takes a minute. */
function expectThrottled(answer: Answer, seconds: number): void {
  expectProblem(answer, 429, 'too_many_requests');
  const wait = answer.headers.get('retry-after') ?? '';
  expect(wait).toMatch(/^[1-9]\d*$/);
  const words = Number(wait) < 60 ? `${wait} seconds?` : `${Math.ceil(Number(wait) / 60)} minutes?`;
  expect(answer.body.detail).toMatch(new RegExp(`^Too many attempts; try again in ${words}\\.$`));
  expect(Number(wait)).toBeLessThanOrEqual(seconds);
  expect(Number(wait)).toBeGreaterThan(seconds > 60 ? 0.8 * seconds : 0);
  expect(answer.headers.get('cache-control')).toBe('no-store');
}

/** What the passing of so much time would do to all counters. */
async function pass(time: string): Promise<void> {
  await app.sql('UPDATE throttles SET resets_at = resets_at - $1::interval', [time]);
}

async function tokensOf(email: string, address: string): Promise<{ access: string; refresh: string }> {
  const { status, body } = await logIn(email, PASSWORD, address);
  expect(status).toBe(200);
  const { access_token: access, refresh_token: refresh } = body as Record<string, string>;
  return { access: access ?? '', refresh: refresh ?? '' };
}

describe.each<[string, () => Promise<string>]>([
  ['an account', () => addAccount()],
  ['an account that does not exist', () => Promise.resolve(newEmail())],
])('failed logins of %s from one address', (_what, account) => {
  it('get 10 answers of 50 at once on two instances, and no more', async () => {
    const [email, address] = [await account(), newAddress()];
    const answers = await rush(50, (_index, at) => logIn(email, WRONG, address, at));
    expect(countByStatus(answers)).toEqual({ 401: 10, 429: 40 });
    for (const answer of answers) {
      if (answer.status === 429) expectThrottled(answer, 900);
      else expectProblem(answer, 401, 'bad_credentials');
    }
    for (const at of [app, twin]) expectThrottled(await logIn(email, WRONG, address, at), 900);
  });

  it('get 10 answers in a row, and ten more after 15 minutes', async () => {
    const [email, address] = [await account(), newAddress()];
    await failInARow(10, email, address);
    expectThrottled(await logIn(email, WRONG, address), 900);
    await pass('14 minutes');
    expectThrottled(await logIn(email, WRONG, address), 60);
    await pass('1 minute');
    await failInARow(10, email, address);
    expectThrottled(await logIn(email, WRONG, address), 900);
  });

  it('count in whatever case the address is written', async () => {
    const [email, address] = [await account(), newAddress()];
    await failAtOnce(4, email.toUpperCase(), address);
    await failAtOnce(4, email.toLowerCase(), address);
    await failAtOnce(2, ` ${email} `, address);
    expectThrottled(await logIn(email, WRONG, address), 900);
  });

  it('leave another address alone', async () => {
    const [email, address] = [await account(), newAddress()];
    await failAtOnce(10, email, address);
    await failAtOnce(10, email, newAddress());
  });

  it('leave another account alone', async () => {
    const [email, address] = [await account(), newAddress()];
    await failAtOnce(10, email, address);
    await failAtOnce(10, await account(), address);
  });
});

describe('a throttled account', () => {
  it('does not tell the right password from a wrong one', async () => {
    const [email, address] = [await addAccount(), newAddress()];
    await failAtOnce(10, email, address);
    const answers = await rush(20, (index, at) =>
      logIn(email, index % 4 < 2 ? PASSWORD : WRONG, address, at),
    );
    expect(countByStatus(answers)).toEqual({ 429: 20 });
    expect(new Set(answers.map((answer) => JSON.stringify(comparable(answer)))).size).toBe(1);
    expect(
      await app.sql('SELECT s.id FROM sessions s JOIN users u ON u.id = s.user_id WHERE u.email = $1', [
        email,
      ]),
    ).toEqual([]);
  });

  it('is open to the right password once it is over, and from elsewhere before', async () => {
    const [email, address] = [await addAccount(), newAddress()];
    await failAtOnce(10, email, address);
    expect((await logIn(email, PASSWORD, newAddress())).status).toBe(200);
    expectThrottled(await logIn(email, PASSWORD, address), 900);
    await pass('15 minutes');
    expect((await logIn(email, PASSWORD, address)).status).toBe(200);
  });

  it('begins a new row with a success', async () => {
    const [email, address] = [await addAccount(), newAddress()];
    for (let round = 0; round < 3; round++) {
      await failAtOnce(9, email, address);
      expect((await logIn(email, PASSWORD, address)).status).toBe(200);
    }
    await failAtOnce(10, email, address);
    expectThrottled(await logIn(email, PASSWORD, address), 900);
  });

  it('never refuses the right password for having come often', async () => {
    const [email, address] = [await addAccount(), newAddress()];
    for (let round = 0; round < 3; round++) {
      const answers = await rush(12, (_index, at) => logIn(email, PASSWORD, address, at));
      expect(countByStatus(answers)).toEqual({ 200: 12 });
    }
    await failAtOnce(10, email, address);
  });

  it('is not shut by input that is not valid', async () => {
    const [email, address] = [await addAccount(), newAddress()];
    for (let i = 0; i < 12; i++) {
      const bad = { email, password: WRONG, remember: true };
      expect((await app.api.post('/login', bad, from(address))).status).toBe(400);
      expect((await app.api.post('/login', { email }, from(address))).status).toBe(400);
    }
    await failAtOnce(10, email, address);
  });

  it('is not shut by logins that found the server too busy', async () => {
    const [email, address] = [await addAccount(), newAddress()];
    const release = await occupy(app);
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_none, index) => logIn(email, index % 2 ? PASSWORD : WRONG, address)),
    );
    await release();
    for (const answer of answers) expectProblem(answer, 503, 'unavailable');
    await failAtOnce(10, email, address);
  });
});

describe('a door that has just been shut', () => {
  async function shut(): Promise<[string, string]> {
    const [email, address] = [await addAccount(), newAddress()];
    for (let i = 0; i < 10; i++) await logIn(email, WRONG, address);
    return [email, address];
  }

  it('is tried once more, because the attempts that shut it may yet succeed', async () => {
    const [email, address] = await shut();
    const login = logIn(email, PASSWORD, address);
    await sleep(100);
    await app.sql(`UPDATE throttles SET count = 0 WHERE key LIKE 'login %' || $1`, [address]);
    expect((await login).status).toBe(200);
  });

  it('is tried no more often, and not at all once it is known that they failed', async () => {
    const [email, address] = await shut();
    const before = performance.now();
    expectThrottled(await logIn(email, PASSWORD, address), 900);
    const first = performance.now();
    expect(first - before).toBeGreaterThan(249);
    await pass('6 seconds');
    const time = await quickest(async () => {
      expectThrottled(await logIn(email, PASSWORD, address), 900);
    });
    expect(time).toBeLessThan(200);
  });

  it('is never said to be shut for longer than that', async () => {
    const [email, address] = await shut();
    await app.sql(
      `UPDATE throttles SET resets_at = now() + interval '905 seconds' WHERE key LIKE 'login %' || $1`,
      [` ${address}`],
    );
    const answer = await logIn(email, PASSWORD, address);
    expectThrottled(answer, 900);
    expect(answer.headers.get('ratelimit')).toBe('"account-and-address";r=0;t=900');
  });
});

describe('a throttled address', () => {
  it('is told so without waiting for its turn, and without delaying others', async () => {
    const [email, address] = [await addAccount(), newAddress()];
    await failAtOnce(10, email, address);
    const release = takeTurns(app);
    try {
      const answers = await Promise.all(Array.from({ length: 20 }, () => logIn(email, PASSWORD, address)));
      for (const answer of answers) expectThrottled(answer, 900);
    } finally {
      await release();
    }
  });

  it('is told the longest wait of all, and which limit wants it', async () => {
    const [email, address] = [await addAccount(), newAddress()];
    await failAtOnce(10, email, address);
    await app.sql(`UPDATE throttles SET count = 100 WHERE key = 'login from ' || $1`, [address]);
    const answer = await logIn(email, PASSWORD, address);
    expectThrottled(answer, 3600);
    const wait = answer.headers.get('retry-after') ?? '';
    expect(answer.headers.get('ratelimit')).toBe(`"address";r=0;t=${wait}`);
    expect(answer.headers.get('ratelimit-policy')).toBe('"address";q=100;w=3600');
  });
});

/** Fills the queue of hashes; the function that comes back empties it. */
async function occupy({ app: running }: TestApp): Promise<() => Promise<void>> {
  const queue = running.get(HashQueue);
  const ending = new EventEmitter().setMaxListeners(0);
  const works: Promise<unknown>[] = [];
  const state = { isFull: false };
  while (!state.isFull) {
    const ended = once(ending, 'end');
    const work = queue.run(() => ended);
    works.push(
      work.catch(() => {
        state.isFull = true;
      }),
    );
    await new Promise((resolve) => setImmediate(resolve));
  }
  return async () => {
    ending.emit('end');
    await Promise.all(works);
  };
}

describe('the queue of hashes', () => {
  it('answers 503 when it is full, for every account alike, and 200 afterwards', async () => {
    const [email, address] = [await addAccount(), newAddress()];
    const { access } = await tokensOf(email, address);
    const release = await occupy(app);
    try {
      const known = await logIn(email, PASSWORD, address);
      expectProblem(known, 503, 'unavailable');
      const unknown = await logIn(newEmail(), PASSWORD, address);
      expect(comparable(unknown)).toEqual(comparable(known));
      const body = { email: newEmail(), password: PASSWORD };
      expectProblem(await app.api.post('/register', body, from(address)), 503, 'unavailable');
      const change = { email: newEmail(), current_password: PASSWORD };
      expectProblem(await app.api.as(access).patch('/me', change, from(address)), 503, 'unavailable');
      // What needs no hash goes on, and so do other instances.
      expect((await app.api.as(access).get('/me')).status).toBe(200);
      expect((await logIn(email, PASSWORD, address, twin)).status).toBe(200);
    } finally {
      await release();
    }
    expect((await logIn(email, PASSWORD, address)).status).toBe(200);
  });
});

describe('wrong current passwords', () => {
  it('count with the failed logins, whatever they were given for', async () => {
    const [email, address] = [await addAccount(), newAddress()];
    const { access } = await tokensOf(email, address);
    const change = (password: string, at = app) =>
      at.api.as(access).patch('/me', { email: newEmail(), current_password: password }, from(address));
    const remove = (password: string, at = app) =>
      at.api.as(access).post('/me/deletion', { current_password: password }, from(address));

    await failAtOnce(4, email, address);
    for (const at of [app, twin, app]) {
      expectProblem(await change(WRONG, at), 403, 'wrong_password');
      expectProblem(await remove(WRONG, at), 403, 'wrong_password');
    }
    for (const at of [app, twin]) {
      for (const password of [WRONG, PASSWORD]) {
        expectThrottled(await change(password, at), 900);
        expectThrottled(await remove(password, at), 900);
        expectThrottled(await logIn(email, password, address, at), 900);
      }
    }
    expect((await app.api.as(access).get('/me')).body).toMatchObject({ email });
    await pass('15 minutes');
    expect((await change(PASSWORD)).status).toBe(200);
  });

  it('get 10 answers of 30 at once', async () => {
    const [email, address] = [await addAccount(), newAddress()];
    const { access } = await tokensOf(email, address);
    const answers = await rush(30, (_index, at) =>
      at.api.as(access).post('/me/deletion', { current_password: WRONG }, from(address)),
    );
    expect(countByStatus(answers)).toEqual({ 403: 10, 429: 20 });
  });

  it('begin a new row with a right one', async () => {
    const [email, address] = [await addAccount(), newAddress()];
    const { access } = await tokensOf(email, address);
    await failAtOnce(9, email, address);
    const body = { email: email.toUpperCase(), current_password: PASSWORD };
    expect((await app.api.as(access).patch('/me', body, from(address))).status).toBe(200);
    await failAtOnce(10, email, address);
  });
});

describe('an address', () => {
  it('gets 100 failures an hour over many accounts, exactly', async () => {
    const address = newAddress();
    const emails = await Promise.all(Array.from({ length: 12 }, () => addAccount()));
    const fresh = emails.pop() ?? '';
    const answers = await rush(110, (index, at) =>
      logIn(emails[index % emails.length] ?? '', WRONG, address, at),
    );
    expect(countByStatus(answers)).toEqual({ 401: 100, 429: 10 });
    for (const password of [WRONG, PASSWORD]) {
      expectThrottled(await logIn(fresh, password, address), 3600);
      expectThrottled(await logIn(newEmail(), password, address, twin), 3600);
    }
    expect((await logIn(fresh, PASSWORD, newAddress())).status).toBe(200);
    await pass('1 hour');
    expect((await logIn(fresh, PASSWORD, address)).status).toBe(200);
  });

  it('does not pay for attempts that were refused', async () => {
    const address = newAddress();
    const email = await addAccount();
    await failAtOnce(10, email, address);
    const refused = await rush(95, (_index, at) => logIn(email, WRONG, address, at));
    expect(countByStatus(refused)).toEqual({ 429: 95 });
    const others = await Promise.all(Array.from({ length: 9 }, () => addAccount()));
    const answers = await rush(90, (index, at) => logIn(others[index % 9] ?? '', WRONG, address, at));
    expect(countByStatus(answers)).toEqual({ 401: 90 });
    expectThrottled(await logIn(await addAccount(), WRONG, address), 3600);
  });

  it('does not pay for right passwords, and is not forgiven by them', async () => {
    const address = newAddress();
    const emails = await Promise.all(Array.from({ length: 11 }, () => addAccount()));
    const mine = emails.pop() ?? '';
    const failures = await rush(95, (index, at) => logIn(emails[index % 10] ?? '', WRONG, address, at));
    expect(countByStatus(failures)).toEqual({ 401: 95 });
    for (let i = 0; i < 7; i++) expect((await logIn(mine, PASSWORD, address)).status).toBe(200);
    const answers = await rush(10, (_index, at) => logIn(mine, WRONG, address, at));
    expect(countByStatus(answers)).toEqual({ 401: 5, 429: 5 });
  });
});

describe('an account', () => {
  it('gets 100 failures an hour over many addresses, and then only lets in from where it had a session', async () => {
    const email = await addAccount();
    const [home, office, former, old] = [newAddress(), newAddress(), newAddress(), newAddress()];
    for (const address of [home, office, old]) await tokensOf(email, address);
    const { access } = await tokensOf(email, former);
    expect((await app.api.as(access).post('/logout', undefined, from(former))).status).toBe(204);
    await app.sql(`UPDATE login_addresses SET last_used_at = now() - interval '31 days' WHERE address = $1`, [
      old,
    ]);
    const neighbour = newAddress();
    await tokensOf(await addAccount(), neighbour);

    const strangers = Array.from({ length: 15 }, newAddress);
    const answers = await rush(120, (index, at) => logIn(email, WRONG, strangers[index % 15] ?? '', at));
    expect(countByStatus(answers)).toEqual({ 401: 100, 429: 20 });

    for (const address of [newAddress(), strangers[0] ?? '', old, neighbour]) {
      expectThrottled(await logIn(email, PASSWORD, address), 3600);
      expectThrottled(await logIn(email.toUpperCase(), WRONG, address, twin), 3600);
    }
    for (const address of [home, office, former]) {
      expect((await logIn(email, PASSWORD, address, twin)).status).toBe(200);
    }
    // There it is still held to the other limits.
    await failAtOnce(10, email, home);
    expectThrottled(await logIn(email, PASSWORD, home), 900);
    expect((await logIn(email, PASSWORD, office)).status).toBe(200);
    // A success from a known address opens nothing to strangers.
    expectThrottled(await logIn(email, PASSWORD, newAddress()), 3600);
    await pass('1 hour');
    expect((await logIn(email, PASSWORD, newAddress())).status).toBe(200);
  });

  it('counts the failures from where it had a session as well', async () => {
    const email = await addAccount();
    const home = newAddress();
    await tokensOf(email, home);
    await failAtOnce(9, email, home);
    const strangers = Array.from({ length: 10 }, newAddress);
    const answers = await rush(100, (index, at) => logIn(email, WRONG, strangers[index % 10] ?? '', at));
    expect(countByStatus(answers)).toEqual({ 401: 91, 429: 9 });
    // What cannot refuse this caller is not shown to it.
    const last = await logIn(email, WRONG, home);
    expectProblem(last, 401, 'bad_credentials');
    expect(last.headers.get('ratelimit')).toMatch(/^"account-and-address";r=0;/);
    const { headers } = await logIn(email, WRONG, home);
    expect(headers.get('ratelimit')).toMatch(/^"account-and-address";r=0;/);
  });

  it('lets in from where a session of it was refreshed', async () => {
    const email = await addAccount();
    const { refresh } = await tokensOf(email, newAddress());
    const moved = newAddress();
    expect((await app.api.as(refresh).post('/refresh', undefined, from(moved))).status).toBe(200);
    const strangers = Array.from({ length: 10 }, newAddress);
    const answers = await rush(100, (index, at) => logIn(email, WRONG, strangers[index % 10] ?? '', at));
    expect(countByStatus(answers)).toEqual({ 401: 100 });
    expectThrottled(await logIn(email, PASSWORD, newAddress()), 3600);
    expect((await logIn(email, PASSWORD, moved)).status).toBe(200);
  });

  it('that does not exist is held to the same', async () => {
    const email = newEmail();
    const strangers = Array.from({ length: 11 }, newAddress);
    const answers = await rush(105, (index, at) => logIn(email, WRONG, strangers[index % 11] ?? '', at));
    expect(countByStatus(answers)).toEqual({ 401: 100, 429: 5 });
    expectThrottled(await logIn(email, PASSWORD, newAddress()), 3600);
  });
});

describe('one address', () => {
  it('is the /64 of an IPv6 one', async () => {
    const email = await addAccount();
    const network = `2001:db8:${(++addresses).toString(16)}:7`;
    for (let i = 1; i <= 10; i++) {
      const address = i % 2 ? `${network}:${i}:ffff:0:${i}` : `${network.toUpperCase()}::${i}`;
      expect((await logIn(email, WRONG, address)).status).toBe(401);
    }
    expectThrottled(await logIn(email, PASSWORD, `${network}:aaaa::1`), 900);
    expect((await logIn(email, WRONG, `${network}f::1`)).status).toBe(401);
    expect((await logIn(email, PASSWORD, `2001:db8:${addresses.toString(16)}:8::1`)).status).toBe(200);
  });

  it('is an IPv4 one, mapped into IPv6 or not', async () => {
    const [email, address] = [await addAccount(), newAddress()];
    await failAtOnce(5, email, address);
    await failAtOnce(5, email, `::ffff:${address}`);
    expectThrottled(await logIn(email, WRONG, address), 900);
  });

  it('is the peer without a proxy, whatever is forged', async () => {
    const email = await addAccount();
    for (let i = 0; i < 10; i++) {
      expect((await logIn(email, WRONG, newAddress(), direct)).status).toBe(401);
    }
    expectThrottled(await logIn(email, WRONG, newAddress(), direct), 900);
    const headers = { forwarded: `for=${newAddress()}`, 'x-real-ip': newAddress() };
    const answer = await direct.api.post('/login', { email, password: PASSWORD }, { headers });
    expectThrottled(answer, 900);
    expect((await logIn(email, PASSWORD, newAddress())).status).toBe(200);
  });

  it('is what the trusted hop reports, whatever stands before it', async () => {
    const [email, address] = [await addAccount(), newAddress()];
    for (let i = 0; i < 10; i++) {
      const forged =
        i % 2 ? `${newAddress()}, ${address}` : `unknown, ${newAddress()},${newAddress()}, ${address}`;
      expect((await logIn(email, WRONG, forged)).status).toBe(401);
    }
    expectThrottled(await logIn(email, PASSWORD, `${newAddress()}, ${address}`), 900);
    // The other way round it is another address.
    expect((await logIn(email, PASSWORD, `${address}, ${newAddress()}`)).status).toBe(200);
  });

  it('is what the trusted hop reports, behind however many headers', async () => {
    const [email, address] = [await addAccount(), newAddress()];
    const body = JSON.stringify({ email, password: PASSWORD });
    const socket = connect(Number(new URL(app.url).port), '127.0.0.1');
    socket.write(
      [
        'POST /login HTTP/1.1',
        'Host: x',
        'Connection: close',
        'Content-Type: application/json',
        `Content-Length: ${body.length}`,
        `X-Forwarded-For: ${newAddress()}`,
        ...Array<string>(2000).fill('a:'),
        `X-Forwarded-For: ${address}`,
        '',
        body,
      ].join('\r\n'),
    );
    const answer = await text(socket);
    expect(answer).toMatch(/^HTTP\/1\.1 200/);
    const token = /"access_token":"([^"]+)"/.exec(answer)?.[1] ?? '';
    expect((await app.api.as(token).get('/sessions')).body).toMatchObject([{ ip: address }]);
  });

  it('is the second last of the list with two trusted hops', async () => {
    const two = await startApp({ ...SETTINGS, TRUST_PROXY: '2' }, app.connection);
    try {
      const [email, address] = [await addAccount(), newAddress()];
      for (let i = 0; i < 10; i++) {
        const list = `${newAddress()}, ${address}, ${newAddress()}`;
        expect((await logIn(email, WRONG, list, two)).status).toBe(401);
      }
      expectThrottled(await logIn(email, PASSWORD, `${address}, 10.0.0.1`, two), 900);
      expectThrottled(await logIn(email, PASSWORD, address), 900);
    } finally {
      await two.close();
    }
  });

  it('is the same from any port, in brackets and quotes or not', async () => {
    const [email, address] = [await addAccount(), newAddress()];
    for (let port = 1; port <= 5; port++) {
      expect((await logIn(email, WRONG, `${address}:${port}`)).status).toBe(401);
      expect((await logIn(email, WRONG, `"${address}:${port}"`, twin)).status).toBe(401);
    }
    expectThrottled(await logIn(email, PASSWORD, address), 900);
  });

  it('need not be an address', async () => {
    const email = await addAccount();
    const name = unique('proxy');
    await failAtOnce(10, email, name);
    expectThrottled(await logIn(email, PASSWORD, name), 900);
    expect((await logIn(email, PASSWORD, 'x'.repeat(5000))).status).toBe(200);
  });
});

describe('registrations', () => {
  const register = (address: string, at = app, email = newEmail()) =>
    at.api.post('/register', { email, password: PASSWORD }, from(address));

  it('are 20 an hour from an address, exactly', async () => {
    const address = newAddress();
    for (let i = 0; i < 25; i++) {
      const bad = { email: 'nobody', password: PASSWORD };
      expect((await app.api.post('/register', bad, from(address))).status).toBe(400);
    }
    const answers = await rush(26, (index, at) =>
      register(index % 3 ? address : `${newAddress()}, ${address}`, at),
    );
    expect(countByStatus(answers)).toEqual({ 201: 20, 429: 6 });
    for (const answer of answers) if (answer.status === 429) expectThrottled(answer, 3600);

    const email = newEmail();
    expectThrottled(await register(address, twin, email), 3600);
    expect(await app.sql('SELECT id FROM users WHERE email = $1', [email])).toEqual([]);
    expect((await register(newAddress(), app, email)).status).toBe(201);
    await pass('1 hour');
    expect((await register(address)).status).toBe(201);
  });
});

describe('changes of the e-mail address', () => {
  it('are registrations of the address that they come from, once the password is right', async () => {
    const address = newAddress();
    const email = await addAccount();
    const { access } = await tokensOf(email, newAddress());
    const change = (changes: object, at = app) =>
      at.api.as(access).patch('/me', { current_password: PASSWORD, ...changes }, from(address));
    const taken = await addAccount();

    for (let i = 0; i < 3; i++) {
      expectProblem(await change({ email: taken, current_password: WRONG }), 403, 'wrong_password');
      expect((await change({ email })).status).toBe(200);
    }
    const body = { email: newEmail(), password: PASSWORD };
    expect((await app.api.post('/register', body, from(address))).status).toBe(201);
    for (let i = 0; i < 19; i++) {
      expectProblem(await change({ email: taken }, i % 2 ? twin : app), 409, 'email_taken');
    }
    for (const wanted of [taken, newEmail()]) {
      const answer = await change({ email: wanted, password: 'wrong pony accumulator' });
      expectThrottled(answer, 3600);
      expect(answer.headers.get('ratelimit-policy')).toBe('"registrations";q=20;w=3600');
    }
    expectThrottled(await app.api.post('/register', { ...body, email: newEmail() }, from(address)), 3600);
    expect((await app.api.as(access).get('/me')).body).toMatchObject({ email });
    expectProblem(await change({ email: taken, current_password: WRONG }), 403, 'wrong_password');
    // What asks for no other address goes on.
    expect((await change({ password: 'wrong pony accumulator' })).status).toBe(200);
  });
});

describe('refreshes', () => {
  it('are 60 a minute from an address, exactly, and a refused one uses up no token', async () => {
    const email = await addAccount();
    const address = newAddress();
    const { access, refresh } = await tokensOf(email, newAddress());
    for (let i = 0; i < 65; i++) {
      expect((await app.api.as(access).post('/refresh', undefined, from(address))).status).toBe(401);
    }
    const answers = await rush(70, (_index, at) =>
      at.api.as(refresh).post('/refresh', undefined, from(address)),
    );
    expect(countByStatus(answers)).toEqual({ 200: 60, 429: 10 });
    for (const answer of answers) if (answer.status === 429) expectThrottled(answer, 60);
    expect((await app.api.as(access).get('/me')).status).toBe(200);

    const { refresh_token: successor } = answers.find(({ status }) => status === 200)?.body as {
      refresh_token: string;
    };
    expectThrottled(await twin.api.as(successor).post('/refresh', undefined, from(address)), 60);
    expect((await app.api.as(successor).post('/refresh', undefined, from(newAddress()))).status).toBe(200);
    await pass('1 minute');
    expect((await twin.api.as(successor).post('/refresh', undefined, from(address))).status).toBe(200);
  });
});

describe('the RateLimit headers', () => {
  // Structured fields: one item, a string with integer parameters.
  const LIMIT = /^"([a-z-]+)";r=(\d+);t=(\d+)$/;
  const POLICY = /^"([a-z-]+)";q=(\d+);w=(\d+)$/;

  function read(answer: Answer) {
    const [, name, remaining, reset] = LIMIT.exec(answer.headers.get('ratelimit') ?? '') ?? [];
    const [, policy, quota, window] = POLICY.exec(answer.headers.get('ratelimit-policy') ?? '') ?? [];
    expect(policy).toBeDefined();
    expect(name).toBe(policy);
    return {
      name,
      remaining: Number(remaining),
      reset: Number(reset),
      quota: Number(quota),
      window: Number(window),
    };
  }

  it('count down the failures of an account', async () => {
    const [email, address] = [await addAccount(), newAddress()];
    for (let left = 9; left >= 0; left--) {
      const limit = read(await logIn(email, WRONG, address));
      expect(limit).toMatchObject({ remaining: left, quota: 10 });
      expect(limit.reset).toBeGreaterThan(0);
    }
    const throttled = await logIn(email, WRONG, address);
    expect(read(throttled)).toMatchObject({ remaining: 0, quota: 10 });
    expect(read(throttled).reset).toBe(Number(throttled.headers.get('retry-after')));
  });

  it('name the counter that is nearest to its limit', async () => {
    const address = newAddress();
    const emails = await Promise.all(Array.from({ length: 11 }, () => addAccount()));
    await rush(95, (index, at) => logIn(emails[index % 10] ?? '', WRONG, address, at));
    const limit = read(await logIn(emails[10] ?? '', WRONG, address));
    expect(limit).toMatchObject({ remaining: 4, quota: 100, window: 3600 });
  });

  it('count down registrations and refreshes', async () => {
    const address = newAddress();
    for (const left of [19, 18]) {
      const body = { email: newEmail(), password: PASSWORD };
      const limit = read(await app.api.post('/register', body, from(address)));
      expect(limit).toMatchObject({ remaining: left, quota: 20, window: 3600 });
    }
    const { refresh } = await tokensOf(await addAccount(), address);
    for (const left of [59, 58]) {
      const limit = read(await app.api.as(refresh).post('/refresh', undefined, from(address)));
      expect(limit).toMatchObject({ remaining: left, quota: 60, window: 60 });
    }
  });

  it('never promise more time than the window has', async () => {
    const { refresh } = await tokensOf(await addAccount(), newAddress());
    for (let i = 0; i < 20; i++) {
      const answer = await app.api.as(refresh).post('/refresh', undefined, from(newAddress()));
      expect(read(answer).reset).toBeLessThanOrEqual(60);
    }
  });
});

describe('AUTH_THROTTLE=off', () => {
  it('counts nothing', async () => {
    const off = await startApp({ AUTH_THROTTLE: 'off' });
    try {
      const email = await addAccount(off);
      const answers = await Promise.all(
        Array.from({ length: 30 }, () => off.api.post('/login', { email, password: WRONG })),
      );
      expect(countByStatus(answers)).toEqual({ 401: 30 });
      const { body } = await off.api.post('/login', { email, password: PASSWORD });
      const refresh = off.api.as((body as { refresh_token: string }).refresh_token);
      const refreshed = await Promise.all(Array.from({ length: 65 }, () => refresh.post('/refresh')));
      expect(countByStatus(refreshed)).toEqual({ 200: 65 });
      const registered = await Promise.all(
        Array.from({ length: 22 }, () =>
          off.api.post('/register', { email: newEmail(), password: PASSWORD }),
        ),
      );
      expect(countByStatus(registered)).toEqual({ 201: 22 });
      for (const { headers } of [...answers, ...refreshed, ...registered]) {
        expect([...headers.keys()].filter((name) => name.startsWith('ratelimit'))).toEqual([]);
      }
      expect(await off.sql('SELECT * FROM throttles')).toEqual([]);
    } finally {
      await off.close();
    }
  });
});

/** All that a client can see of an answer, but for what differs each time; seconds are taken for one another. */
function comparable({ status, body, headers }: Answer): unknown {
  const seen = [...headers].filter(([name]) => !['date', 'x-request-id'].includes(name));
  return {
    status,
    body: { ...(body as object), request_id: '' },
    headers: seen.map(([name, value]) => [
      name,
      name === 'retry-after' || name === 'ratelimit' ? value.replace(/\d+$/, 'seconds') : value,
    ]),
  };
}

/** The seconds that `comparable` leaves out. */
function secondsOf({ headers }: Answer): number[] {
  return ['retry-after', 'ratelimit'].map((name) => Number(/\d+$/.exec(headers.get(name) ?? '0')?.[0]));
}

describe('nobody can tell whether an account exists', () => {
  async function expectAlike(known: Promise<Answer>, unknown: Promise<Answer>): Promise<number> {
    const [one, other] = [await known, await unknown];
    expect(comparable(other)).toEqual(comparable(one));
    secondsOf(other).forEach((seconds, index) => {
      expect(Math.abs(seconds - (secondsOf(one)[index] ?? 0))).toBeLessThan(15);
    });
    return one.status;
  }

  it('by a row of failures and its end', async () => {
    const [known, unknown] = [await addAccount(), newEmail()];
    const [here, there] = [newAddress(), newAddress()];
    const statuses: number[] = [];
    for (let i = 0; i < 12; i++) {
      statuses.push(await expectAlike(logIn(known, WRONG, here), logIn(unknown, WRONG, there)));
    }
    expect(statuses).toEqual([...Array<number>(10).fill(401), 429, 429]);
    expect(await expectAlike(logIn(known, PASSWORD, here), logIn(unknown, PASSWORD, there))).toBe(429);
  });

  it('by what an address has left', async () => {
    const [known, unknown] = [await addAccount(), newEmail()];
    const address = newAddress();
    const others = await Promise.all(Array.from({ length: 10 }, () => addAccount()));
    await rush(98, (index, at) => logIn(others[index % 10] ?? '', WRONG, address, at));
    const left = async (email: string) => (await logIn(email, WRONG, address)).headers.get('ratelimit');
    expect([await left(known), await left(unknown)].map((value) => value?.split(';t')[0])).toEqual([
      '"address";r=1',
      '"address";r=0',
    ]);
    expect(await expectAlike(logIn(known, PASSWORD, address), logIn(unknown, PASSWORD, address))).toBe(429);
  });

  it('by a hundred failures from everywhere', async () => {
    const [known, unknown] = [await addAccount(), newEmail()];
    for (const email of [known, unknown]) {
      const strangers = Array.from({ length: 10 }, newAddress);
      await rush(98, (index, at) => logIn(email, WRONG, strangers[index % 10] ?? '', at));
    }
    const statuses: number[] = [];
    for (let i = 0; i < 4; i++) {
      const [here, there] = [newAddress(), newAddress()];
      statuses.push(await expectAlike(logIn(known, WRONG, here), logIn(unknown, WRONG, there)));
    }
    expect(statuses).toEqual([401, 401, 429, 429]);
  });
});
