import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { HashQueue } from '../src/auth/hash-queue';
import { startApp, type TestApp } from './support/app';
import { withClient } from './support/database';
import { expectProblem } from './support/expect-problem';
import { createUser, PASSWORD, type TestUser, unique } from './support/factories';
import { takeTurns } from './support/take-turns';

const TIMEOUT = 2000;
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

describe('a login that is told 503 during its turn', () => {
  it('begins no session afterwards', async () => {
    await withClient(app.connection, async (client) => {
      await client.query('BEGIN; LOCK TABLE throttles IN ACCESS EXCLUSIVE MODE');
      // Two statements hang, each for less than its own limit.
      const freed = sleep(0.5 * TIMEOUT).then(() =>
        client.query('COMMIT; BEGIN; LOCK TABLE users IN ACCESS EXCLUSIVE MODE'),
      );
      const answer = await app.api.post('/login', { email: user.email, password: PASSWORD });
      expectProblem(answer, 503, 'unavailable');
      await freed;
      await client.query('COMMIT');
    });
    await app.app.get(HashQueue).run(() => sleep(50));
    expect(await countSessions(user)).toBe(1);
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
    const sockets = [...Array.from({ length: 60 }, () => sendLogins(1)), sendLogins(45), sendLogins(45)];
    while (mock.calls.length < 150) await sleep(10);
    const gone = performance.now();
    for (const socket of sockets) socket.destroy();
    await Promise.allSettled(mock.results.map(({ value }) => value as Promise<unknown>));
    expect(performance.now() - gone).toBeLessThan(3000);

    const login = patient.api.post('/login', { email, password: PASSWORD });
    while (mock.calls.length < 151) await sleep(10);
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
