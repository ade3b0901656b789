import { setTimeout as sleep } from 'node:timers/promises';
import { Database } from '../src/database/database';
import { DatabaseClock } from '../src/database/database-clock';
import { HostClock } from '../src/database/host-clock';
import { startApp, type TestApp } from './support/app';
import { type Answer } from './support/client';
import { expectProblem } from './support/expect-problem';
import { createUser, type TestUser } from './support/factories';
import { forge } from './support/forge';

/** Seconds by which the host's clock is ahead of the database's. */
let hostAhead = 0;
beforeEach(() => {
  hostAhead = 0;
  jest.spyOn(HostClock.prototype, 'now').mockImplementation(() => Date.now() / 1000 + hostAhead);
});
afterEach(() => jest.restoreAllMocks());

/** Seconds since 1970. */
async function databaseTime({ sql }: TestApp): Promise<number> {
  const [row] = await sql<{ now: number }>('SELECT extract(epoch FROM clock_timestamp())::float8 AS now');
  return row?.now ?? 0;
}

const warnings = ({ logs }: TestApp) => logs.filter((line) => line.includes('clocks of this host'));

describe.each([
  ['ahead', 60],
  ['behind', -60],
])('a host whose clock is a minute %s', (_what, seconds) => {
  let app: TestApp;
  let user: TestUser;
  beforeEach(async () => {
    hostAhead = seconds;
    app = await startApp();
    user = await createUser(app);
  });
  afterEach(() => app.close());

  const use = (claims: object): Promise<Answer> =>
    app.api.as(forge(app, user.accessToken, claims)).get('/me');

  it('accepts the tokens of a login at once', async () => {
    expect((await user.api.get('/me')).status).toBe(200);
    const refreshed = await app.api.as(user.refreshToken).post('/refresh');
    expect(refreshed.status).toBe(200);
    const { access_token: token = '' } = refreshed.body as Record<string, string>;
    expect((await app.api.as(token).get('/me')).status).toBe(200);
  });

  it('lets tokens expire at the database’s time', async () => {
    const now = Math.floor(await databaseTime(app));
    expect((await use({ exp: now + 25 })).status).toBe(200);
    const answer = await use({ exp: now });
    expectProblem(answer, 401, 'unauthenticated');
    expect((answer.body as { detail: string }).detail).toMatch(/expired/);
    const refresh = forge(app, user.refreshToken, { exp: now });
    expectProblem(await app.api.as(refresh).post('/refresh'), 401, 'unauthenticated');
  });

  it('forgives tokens that are up to 30 s ahead of the database, and no more', async () => {
    const now = Math.floor(await databaseTime(app));
    expect((await use({ iat: now + 25, nbf: now + 25 })).status).toBe(200);
    expectProblem(await use({ iat: now + 55 }), 401, 'unauthenticated');
    expectProblem(await use({ nbf: now + 55 }), 401, 'unauthenticated');
  });

  it('warns once, and again only when the difference changes', async () => {
    const clock = app.app.get(DatabaseClock);
    expect(warnings(app)).toHaveLength(1);
    const [first = ''] = warnings(app);
    const { level, database_ahead_seconds: told } = JSON.parse(first) as Record<string, number>;
    expect(level).toBe(40);
    expect(Math.abs((told ?? 0) + seconds)).toBeLessThan(5);

    hostAhead += 2;
    await clock.measure(app.app.get(Database));
    expect(warnings(app)).toHaveLength(1);

    hostAhead = 3600;
    await clock.measure(app.app.get(Database));
    await clock.measure(app.app.get(Database));
    expect(warnings(app)).toHaveLength(2);

    hostAhead = 0;
    await clock.measure(app.app.get(Database));
    await clock.measure(app.app.get(Database));
    expect(warnings(app)).toHaveLength(3);
    expect(warnings(app)[2]).toContain('agree again');
  });
});

describe('the difference of the clocks', () => {
  let app: TestApp;
  beforeEach(async () => {
    app = await startApp();
  });
  afterEach(() => app.close());

  const off = async () => Math.abs(app.app.get(DatabaseClock).now() - (await databaseTime(app)));

  it('is nothing to speak of on one machine', () => {
    expect(warnings(app)).toEqual([]);
    const host = new HostClock();
    const [before, now, after] = [host.now(), app.app.get(DatabaseClock).now(), host.now()];
    // The host's clock counts whole milliseconds and the database's microseconds, so the two can differ by less than one.
    expect(now).toBeGreaterThan(before - 0.001);
    expect(now).toBeLessThan(after + 0.001);
  });

  it('is measured again and again', async () => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask', 'Date', 'performance'] });
    const later = await startApp({}, app.connection);
    hostAhead = 60;
    jest.advanceTimersByTime(30_000);
    jest.useRealTimers();
    while (warnings(later).length === 0) await sleep(10);
    await later.close();
  });

  it('is not spoilt by a slow answer', async () => {
    hostAhead = 60;
    const clock = app.app.get(DatabaseClock);
    await clock.measure(app.app.get(Database));
    expect(await off()).toBeLessThan(5);
    // The answer arrives a minute after the question, by a clock that is right otherwise.
    const times = [Date.now() / 1000 + 60, Date.now() / 1000 + 120];
    jest.spyOn(HostClock.prototype, 'now').mockImplementation(() => times.shift() ?? 0);
    await clock.measure(app.app.get(Database));
    jest.spyOn(HostClock.prototype, 'now').mockImplementation(() => Date.now() / 1000 + 60);
    expect(await off()).toBeLessThan(5);
  });

  it('stays what it was when the database does not answer', async () => {
    hostAhead = 60;
    const clock = app.app.get(DatabaseClock);
    await clock.measure(app.app.get(Database));
    jest.spyOn(app.app.get(Database), 'rows').mockRejectedValueOnce(new Error('no answer'));
    await expect(clock.measure(app.app.get(Database))).rejects.toThrow('no answer');
    expect(await off()).toBeLessThan(5);
  });
});
