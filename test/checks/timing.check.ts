import { randomInt } from 'node:crypto';
import { hash } from '@node-rs/argon2';
import { startApp, type TestApp } from '../support/app';
import { createUser, PASSWORD, unique } from '../support/factories';

const LOGINS = 2000;
/** Below the ten failures that one account may have in a row. */
const PAIRS_BETWEEN_CLEARINGS = 8;

let app: TestApp;
beforeAll(async () => {
  // Throttling is on, as in production; its counters are cleared before they refuse anything.
  app = await startApp({ AUTH_THROTTLE: 'on' });
});
afterAll(() => app.close());

/** Milliseconds until a login with a wrong password is refused. */
async function timeLogin(email: string): Promise<number> {
  const begin = performance.now();
  const { status } = await app.api.post('/login', { email, password: 'not the password' });
  const duration = performance.now() - begin;
  expect(status).toBe(401);
  return duration;
}

/** The chance that a value of the one list is above a value of the other: 0.5 when they cannot be told apart. */
function areaUnderCurve(ones: number[], others: number[]): number {
  let above = 0;
  for (const one of ones) {
    for (const other of others) above += one > other ? 1 : one === other ? 0.5 : 0;
  }
  return above / (ones.length * others.length);
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}

it('the duration of a failed login does not tell whether the account exists', async () => {
  // The attacker's address has had no session of it.
  const { email: known } = await createUser(app);
  await app.sql('TRUNCATE login_addresses');
  const unknown = known.replace('user', 'none');
  const durations = { known: [] as number[], unknown: [] as number[] };
  for (let pair = 0; pair < LOGINS / 2 + 20; pair++) {
    if (pair % PAIRS_BETWEEN_CLEARINGS === 0) await app.sql('TRUNCATE throttles');
    // The first ones warm up.
    const target = pair < 20 ? { known: [], unknown: [] } : durations;
    const isKnownFirst = randomInt(2) === 0;
    if (isKnownFirst) target.known.push(await timeLogin(known));
    target.unknown.push(await timeLogin(unknown));
    if (!isKnownFirst) target.known.push(await timeLogin(known));
  }
  const area = areaUnderCurve(durations.known, durations.unknown);
  process.stdout.write(
    `${LOGINS} logins: AUC ${area.toFixed(4)}; ` +
      `medians: known ${median(durations.known).toFixed(2)} ms, unknown ${median(durations.unknown).toFixed(2)} ms\n`,
  );
  expect(area).toBeGreaterThan(0.45);
  expect(area).toBeLessThan(0.55);
});

it('neither does the duration of the first failure of each of many accounts', async () => {
  const passwordHash = await hash(PASSWORD, { memoryCost: 19_456, timeCost: 2, parallelism: 1 });
  const durations = { known: [] as number[], unknown: [] as number[] };
  for (let pair = 0; pair < LOGINS / 4; pair++) {
    if (pair % PAIRS_BETWEEN_CLEARINGS === 0) await app.sql('TRUNCATE throttles');
    const [known, unknown] = [`${unique('user')}@example.com`, `${unique('none')}@example.com`];
    await app.sql('INSERT INTO users (email, password_hash) VALUES ($1, $2)', [known, passwordHash]);
    const isKnownFirst = randomInt(2) === 0;
    if (isKnownFirst) durations.known.push(await timeLogin(known));
    durations.unknown.push(await timeLogin(unknown));
    if (!isKnownFirst) durations.known.push(await timeLogin(known));
  }
  const area = areaUnderCurve(durations.known, durations.unknown);
  process.stdout.write(`${LOGINS / 2} logins, each of another account: AUC ${area.toFixed(4)}\n`);
  expect(area).toBeGreaterThan(0.45);
  expect(area).toBeLessThan(0.55);
});
