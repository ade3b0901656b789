import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { AuthService } from '../src/auth/account/auth.service';
import { HashQueue } from '../src/auth/passwords/hash-queue';
import { TokensService } from '../src/auth/tokens/tokens.service';
import { startApp, type TestApp } from './support/app';
import { withClient } from './support/database';
import { expectProblem } from './support/expect-problem';
import { createUser, PASSWORD, type TestUser, unique } from './support/factories';
import { takeTurns } from './support/take-turns';

const TIMEOUT = 6000;
const NEW_PASSWORD = 'wrong pony accumulator';

let app: TestApp;
let user: TestUser;
beforeAll(async () => {
  app = await startApp({ REQUEST_TIMEOUT: String(TIMEOUT), AUTH_THROTTLE: 'on' });
});
beforeEach(async () => {
  user = await createUser(app);
  await app.sql('TRUNCATE throttles');
});
afterAll(() => app.close());

async function countSessions({ id }: TestUser): Promise<number> {
  return (await app.sql('SELECT id FROM sessions WHERE user_id = $1', [id])).length;
}

describe('a request that is told 503 while it waits for its turn', () => {
  it('is not carried out afterwards, is not counted, and is logged once', async () => {
    const email = `${unique('late')}@example.com`;
    const release = takeTurns(app);
    const logged = app.logs.length;
    const answers = await Promise.all([
      app.api.post('/register', { email, password: PASSWORD }),
      app.api.post('/login', { email: user.email, password: PASSWORD }),
      user.api.patch('/me', { password: NEW_PASSWORD, current_password: PASSWORD }),
      user.api.post('/me/deletion', { current_password: PASSWORD }),
    ]);
    for (const answer of answers) expectProblem(answer, 503, 'unavailable');
    await release();
    await app.app.get(HashQueue).run(() => sleep(50));

    const warnings = app.logs.slice(logged).filter((line) => /"level":"?(warn|40)/.test(line));
    expect(warnings).toHaveLength(answers.length);
    expect(warnings.join('')).not.toContain('stack');
    const counted = await app.sql<{ key: string }>('SELECT key FROM throttles WHERE count > 0');
    expect(counted.map(({ key }) => key.split(' ')[0])).toEqual(['registrations']);
    expect(await app.sql('SELECT id FROM users WHERE email = $1', [email])).toEqual([]);
    expect(await countSessions(user)).toBe(1);
    expect((await app.api.post('/login', { email: user.email, password: PASSWORD })).status).toBe(200);
  });
});

describe('while too many wait', () => {
  it.each(['/login', '/register'])(
    '%s is 503 before its body is looked at, other routes go on',
    async (path) => {
      const queue = app.app.get(HashQueue);
      const release = takeTurns(app);
      const waiting: Promise<void>[] = [];
      while (!queue.refusal) waiting.push(queue.run(() => Promise.resolve()));
      const refused = await app.api.post(path, {});
      expectProblem(refused, 503, 'unavailable');
      expect(refused.headers.get('retry-after')).toBe('1');
      expect((await user.api.get('/me')).status).toBe(200);
      await release();
      await Promise.all(waiting);
      expect((await app.api.post(path, {})).status).toBe(400);
    },
  );
});

describe('a login that is told 503 when it has begun', () => {
  /** Two of its statements hang, each for less than its own limit: first for a counter, then for what `then` locks. */
  it.each([
    ['before its password is checked', '', 'LOCK TABLE users IN ACCESS EXCLUSIVE MODE'],
    ['when only its session is missing', 'LOCK TABLE sessions IN ACCESS EXCLUSIVE MODE', ''],
  ])('leaves no session, %s', async (_when, before, then) => {
    const { mock } = jest.spyOn(app.app.get(AuthService), 'login');
    await withClient(app.connection, async (first) => {
      await withClient(app.connection, async (second) => {
        await first.query('BEGIN; LOCK TABLE throttles IN ACCESS EXCLUSIVE MODE');
        await second.query(`BEGIN; ${before}`);
        const freed = sleep(0.5 * TIMEOUT).then(() =>
          Promise.all([first.query('COMMIT'), second.query(then)]),
        );
        const answer = await app.api.post('/login', { email: user.email, password: PASSWORD });
        expectProblem(answer, 503, 'unavailable');
        await freed;
        await second.query('COMMIT');
      });
    });
    const [ended] = await Promise.allSettled(mock.results.map(({ value }) => value as Promise<unknown>));
    expect(ended?.status).toBe('rejected');
    expect(await countSessions(user)).toBe(1);
  });
});

describe('a login that fails when it has begun', () => {
  it('leaves no session', async () => {
    jest.spyOn(app.app.get(TokensService), 'issue').mockRejectedValueOnce(new Error('no key'));
    const answer = await app.api.post('/login', { email: user.email, password: PASSWORD });
    expectProblem(answer, 500, 'internal_error');
    expect(await countSessions(user)).toBe(1);
  });
});

describe('logins that wait for the database', () => {
  it('hold up no lists', async () => {
    await withClient(app.connection, async (client) => {
      await client.query('BEGIN; LOCK TABLE throttles IN ACCESS EXCLUSIVE MODE');
      const body = { email: user.email, password: PASSWORD };
      const logins = Promise.all([1, 2, 3].map(() => app.api.post('/login', body)));
      await sleep(100);
      const lists = await Promise.all(
        ['/items', '/stores', '/items?sort=price'].map((path) => app.api.get(path)),
      );
      expect(lists.map(({ status }) => status)).toEqual([200, 200, 200]);
      await client.query('COMMIT');
      expect((await logins).map(({ status }) => status)).toEqual([200, 200, 200]);
    });
  });
});

describe('logins whose clients have gone away', () => {
  /** its deadline is far away */
  let patient: TestApp;
  beforeAll(async () => {
    patient = await startApp({ AUTH_THROTTLE: 'on' });
  });
  afterAll(() => patient.close());

  /** Sends this many logins on one connection, and waits for no answer. */
  function sendLogins(count: number): Socket {
    const body = JSON.stringify({ email: user.email, password: 'not the password' });
    const head = 'POST /login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json';
    const socket = connect(Number(new URL(patient.url).port), '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(`${head}\r\nContent-Length: ${body.length}\r\n\r\n${body}`.repeat(count));
    return socket;
  }

  it('leave their places in the queue, and are not counted', async () => {
    const { email } = await createUser(patient);
    await patient.sql('TRUNCATE throttles');
    const release = takeTurns(patient);
    const { mock } = jest.spyOn(patient.app.get(HashQueue), 'run');
    const sockets = [...Array.from({ length: 40 }, () => sendLogins(1)), sendLogins(30), sendLogins(30)];
    while (mock.calls.length < 100) await sleep(10);
    const gone = performance.now();
    for (const socket of sockets) socket.destroy();
    await Promise.allSettled(mock.results.map(({ value }) => value as Promise<unknown>));
    expect(performance.now() - gone).toBeLessThan(3000);

    const login = patient.api.post('/login', { email, password: PASSWORD });
    while (mock.calls.length < 101) await sleep(10);
    await release();
    expect((await login).status).toBe(200);
    expect(await patient.sql('SELECT key FROM throttles WHERE count > 0')).toEqual([]);
  });

  it('are not taken for those that have only said all they have to say', async () => {
    const socket = sendLogins(1);
    socket.end();
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 401/);
  });
});
