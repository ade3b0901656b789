import { randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { decode, type JwtPayload } from 'jsonwebtoken';
import { CleanupService } from '../src/auth/cleanup.service';
import { startApp, type TestApp } from './support/app';
import { type Answer } from './support/client';
import { withClient } from './support/database';
import { expectProblem } from './support/expect-problem';
import { createUser, logIn, PASSWORD, type TestUser, unique } from './support/factories';

const SETTINGS = { TRUST_PROXY: '1' };

let app: TestApp;
/** another instance on the same database */
let twin: TestApp;
beforeAll(async () => {
  app = await startApp(SETTINGS);
  twin = await startApp(SETTINGS, app.connection);
});
afterAll(async () => {
  await twin.close();
  await app.close();
});

interface SessionRow {
  id: string;
  created_at: string;
  last_used_at: string;
  user_agent: string | null;
  ip: string;
  current: boolean;
}

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** A text as fetch takes it for a header that is sent in UTF-8. */
function asHeader(text: string): string {
  return Buffer.from(text).toString('latin1');
}

function sessionIdOf({ accessToken }: TestUser): string {
  return (decode(accessToken) as JwtPayload & { sid: string }).sid;
}

async function listOf(user: TestUser, at = app): Promise<SessionRow[]> {
  const answer = await at.api.as(user.accessToken).get('/sessions');
  expect(answer.status).toBe(200);
  expect(answer.headers.get('cache-control')).toBe('no-store');
  return answer.body as SessionRow[];
}

async function idsOf(user: TestUser, at = app): Promise<string[]> {
  return (await listOf(user, at)).map(({ id }) => id).sort();
}

function refresh({ refreshToken }: TestUser, at = app, headers: Record<string, string> = {}) {
  return at.api.as(refreshToken).post('/refresh', undefined, { headers });
}

/** A session of a user who comes from elsewhere with another program. */
async function logInFrom(user: TestUser, headers: Record<string, string>): Promise<TestUser> {
  const { status, body } = await app.api.post(
    '/login',
    { email: user.email, password: PASSWORD },
    { headers },
  );
  expect(status).toBe(200);
  const { access_token: accessToken = '', refresh_token: refreshToken = '' } = body as Record<string, string>;
  return { ...user, accessToken, refreshToken, api: app.api.as(accessToken) };
}

/** Over on both instances, with both tokens. */
async function expectDead(session: TestUser): Promise<void> {
  for (const at of [twin, app]) {
    expectProblem(await at.api.as(session.accessToken).get('/me'), 401, 'unauthenticated');
    expectProblem(await refresh(session, at), 401, 'unauthenticated');
  }
}

describe('a login beyond 100 sessions', () => {
  /** So many sessions, the first of them used an hour ago and each other an hour earlier. */
  async function addSessions({ id }: TestUser, count: number): Promise<string[]> {
    const rows = await app.sql<{ id: string }>(
      `INSERT INTO sessions (user_id, ip, last_used_at, expires_at)
       SELECT $1, '127.0.0.1', now() - n * interval '1 hour', now() + interval '30 days'
       FROM generate_series(1, $2::int) AS n RETURNING id`,
      [id, count],
    );
    return rows.map((row) => row.id);
  }

  it('ends those used longest ago, and no others', async () => {
    const [user, stranger] = [await createUser(app), await createUser(app)];
    const old = await addSessions(user, 99);
    const theirs = await addSessions(stranger, 99);
    expect(await idsOf(user)).toEqual([...old, sessionIdOf(user)].sort());
    const sessions = [];
    for (let count = 0; count < 3; count++) sessions.push(await logIn(twin.api, user.email, user.id));
    const left = [user, ...sessions].map(sessionIdOf).concat(old.slice(0, 96));
    expect(await idsOf(user)).toEqual(left.sort());
    expect(await idsOf(stranger)).toEqual([...theirs, sessionIdOf(stranger)].sort());
  });

  it('keeps an old one that is used', async () => {
    const user = await createUser(app);
    await addSessions(user, 99);
    await app.sql(`UPDATE sessions SET last_used_at = now() - interval '1 year' WHERE id = $1`, [
      sessionIdOf(user),
    ]);
    expect((await refresh(user)).status).toBe(200);
    await logIn(app.api, user.email, user.id);
    expect((await user.api.get('/me')).status).toBe(200);
    await app.sql(`UPDATE sessions SET last_used_at = now() - interval '1 year' WHERE id = $1`, [
      sessionIdOf(user),
    ]);
    await logIn(app.api, user.email, user.id);
    await expectDead(user);
  });

  it('waits for nobody, with any number of others', async () => {
    // Whoever is in no statistics is planned for as if there were one session.
    for (let count = 0; count < 20; count++) await addSessions(await createUser(app), 100);
    await app.sql('ANALYZE users, sessions');
    const user = await createUser(app);
    await addSessions(user, 5000);
    await Promise.all(
      Array.from({ length: 10 }, (_none, index) => logIn((index % 2 ? app : twin).api, user.email, user.id)),
    );
    const last = await logIn(app.api, user.email, user.id);
    expect(await idsOf(last)).toHaveLength(100);
  });

  it('with a wrong password ends none', async () => {
    const user = await createUser(app);
    const old = await addSessions(user, 120);
    const credentials = { email: user.email, password: 'not the password' };
    expect((await app.api.post('/login', credentials)).status).toBe(401);
    expect(await idsOf(user)).toEqual([...old, sessionIdOf(user)].sort());
  });
});

describe('GET /sessions', () => {
  it('shows the members of the contract', async () => {
    const user = await createUser(app);
    const agent = 'Mozilla/5.0 (X11; Linux x86_64)';
    const session = await logInFrom(user, { 'user-agent': agent, 'x-forwarded-for': '203.0.113.7' });
    const sessions = await listOf(session);
    expect(sessions).toHaveLength(2);
    const [own] = sessions.filter(({ current }) => current);
    expect(Object.keys(own ?? {})).toEqual([
      'id',
      'created_at',
      'last_used_at',
      'user_agent',
      'ip',
      'current',
    ]);
    expect(own).toEqual({
      id: expect.stringMatching(UUID) as string,
      created_at: expect.stringMatching(TIME) as string,
      last_used_at: own?.created_at,
      user_agent: agent,
      ip: '203.0.113.7',
      current: true,
    });
    expect(own?.id).toBe(sessionIdOf(session));
  });

  it('marks the session that asks, whichever it is and wherever', async () => {
    const user = await createUser(app);
    const other = await logIn(twin.api, user.email, user.id);
    for (const at of [app, twin]) {
      for (const session of [user, other]) {
        const current = (await listOf(session, at)).filter((row) => row.current);
        expect(current.map(({ id }) => id)).toEqual([sessionIdOf(session)]);
      }
    }
  });

  it('shows only own ones', async () => {
    const [user, stranger] = [await createUser(app), await createUser(app)];
    expect(await idsOf(user)).toEqual([sessionIdOf(user)]);
    expect(await idsOf(stranger)).toEqual([sessionIdOf(stranger)]);
  });

  it('shows only live ones', async () => {
    const user = await createUser(app);
    const [expired, ended, live] = [
      await logIn(app.api, user.email, user.id),
      await logIn(app.api, user.email, user.id),
      await logIn(app.api, user.email, user.id),
    ];
    await app.sql('UPDATE sessions SET expires_at = now() WHERE id = $1', [sessionIdOf(expired)]);
    await ended.api.post('/logout');
    for (const at of [app, twin]) {
      expect(await idsOf(user, at)).toEqual([sessionIdOf(user), sessionIdOf(live)].sort());
    }
  });

  it('shows when a session was refreshed last, and where it was begun', async () => {
    const user = await createUser(app);
    const session = await logInFrom(user, { 'user-agent': 'first', 'x-forwarded-for': '203.0.113.8' });
    await app.sql(
      `UPDATE sessions SET created_at = '2026-01-01T00:00:00Z', last_used_at = '2026-01-02T00:00:00Z' WHERE id = $1`,
      [sessionIdOf(session)],
    );
    const find = async () => (await listOf(user)).find(({ id }) => id === sessionIdOf(session));
    const before = await find();
    expect(before).toMatchObject({
      created_at: '2026-01-01T00:00:00.000Z',
      last_used_at: '2026-01-02T00:00:00.000Z',
    });
    const elsewhere = { 'user-agent': 'second', 'x-forwarded-for': '203.0.113.9' };
    expect((await refresh(session, twin, elsewhere)).status).toBe(200);
    const after = await find();
    expect(after).toEqual({ ...before, last_used_at: expect.stringMatching(TIME) as string });
    expect(Date.now() - new Date(after?.last_used_at ?? 0).getTime()).toBeLessThan(60_000);
  });

  it.each<[string, Record<string, string>, string]>([
    ['long', { 'user-agent': 'x'.repeat(5000) }, 'x'.repeat(512)],
    ['in Latin 1', { 'user-agent': 'Caf\u00e9' }, 'Caf\u00e9'],
    ['in UTF-8', { 'user-agent': asHeader('Café 🛒 Ёлка') }, 'Café 🛒 Ёлка'],
    ['in UTF-8 with controls', { 'user-agent': asHeader('a\u0085b\u009f') }, 'ab'],
    ['in UTF-8, and long', { 'user-agent': asHeader('x' + '🛒'.repeat(400)) }, 'x' + '🛒'.repeat(255)],
    ['partly in UTF-8', { 'user-agent': `${asHeader('é')}\xe9` }, '\u00c3\u00a9\u00e9'],
    ['empty', { 'user-agent': '' }, ''],
  ])('keeps a user agent that is %s', async (_what, headers, shown) => {
    const session = await logInFrom(await createUser(app), headers);
    expect((await listOf(session)).find(({ current }) => current)?.user_agent).toBe(shown);
  });

  it.each([
    ['203.0.113.7:17085', '203.0.113.7'],
    ['"203.0.113.7:17085"', '203.0.113.7'],
    ['"203.0.113.7"', '203.0.113.7'],
    ['[2001:db8::1]', '2001:db8::1'],
    ['[2001:db8::1]:443', '2001:db8::1'],
    ['"[2001:db8::1]:443"', '2001:db8::1'],
    ['2001:db8::1', '2001:db8::1'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['unknown', 'unknown'],
    ['x'.repeat(5000), 'x'.repeat(64)],
  ])('shows nothing but the address where a proxy reports %.30s', async (reported, ip) => {
    const session = await logInFrom(await createUser(app), { 'x-forwarded-for': `10.0.0.1, ${reported}` });
    expect((await listOf(session)).find(({ current }) => current)?.ip).toBe(ip);
    expect((await refresh(session, app, { 'x-forwarded-for': reported })).status).toBe(200);
    const [row] = await app.sql<{ ip: string }>('SELECT ip FROM sessions WHERE id = $1', [
      sessionIdOf(session),
    ]);
    expect(row?.ip).toBe(ip);
  });

  it('shows no user agent where there is none', async () => {
    const user = await createUser(app);
    // Node's own client sends none by itself.
    const body = JSON.stringify({ email: user.email, password: PASSWORD });
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const status = await new Promise((resolve, reject) => {
      const login = request(`${app.url}/login`, { method: 'POST', headers }, (response) => {
        response.resume().on('end', () => {
          resolve(response.statusCode);
        });
      });
      login.on('error', reject).end(body);
    });
    expect(status).toBe(200);
    expect((await listOf(user)).find(({ current }) => !current)?.user_agent).toBeNull();
  });

  it('takes no parameters', async () => {
    const user = await createUser(app);
    expectProblem(await user.api.get('/sessions?limit=5'), 400, 'invalid_input', ['?limit']);
  });

  it('needs an access token', async () => {
    const user = await createUser(app);
    expectProblem(await app.api.get('/sessions'), 401, 'unauthenticated');
    expectProblem(await app.api.as(user.refreshToken).get('/sessions'), 401, 'unauthenticated');
  });
});

describe('DELETE /sessions/:id', () => {
  it('ends another session of the own, at once and everywhere', async () => {
    const user = await createUser(app);
    const [other, third] = [
      await logIn(app.api, user.email, user.id),
      await logIn(app.api, user.email, user.id),
    ];
    const answer = await twin.api.as(user.accessToken).delete(`/sessions/${sessionIdOf(other)}`);
    expect([answer.status, answer.text]).toEqual([204, '']);
    await expectDead(other);
    expect(await idsOf(user)).toEqual([sessionIdOf(user), sessionIdOf(third)].sort());
    expect((await refresh(third)).status).toBe(200);
    expectProblem(await user.api.delete(`/sessions/${sessionIdOf(other)}`), 404, 'session_not_found');
  });

  it('ends the current session', async () => {
    const user = await createUser(app);
    const other = await logIn(app.api, user.email, user.id);
    expect((await user.api.delete(`/sessions/${sessionIdOf(user)}`)).status).toBe(204);
    await expectDead(user);
    expect(await idsOf(other, twin)).toEqual([sessionIdOf(other)]);
  });

  it('ends a session with the successors of its refresh token', async () => {
    const user = await createUser(app);
    const other = await logIn(app.api, user.email, user.id);
    const { access_token: accessToken = '', refresh_token: refreshToken = '' } = (await refresh(other))
      .body as Record<string, string>;
    expect((await user.api.delete(`/sessions/${sessionIdOf(other)}`)).status).toBe(204);
    await expectDead({ ...other, accessToken, refreshToken });
    await expectDead(other);
  });

  it('takes an id in capitals for the same', async () => {
    const user = await createUser(app);
    expect((await user.api.delete(`/sessions/${sessionIdOf(user).toUpperCase()}`)).status).toBe(204);
    await expectDead(user);
  });

  it('does not find the session of somebody else', async () => {
    const [user, stranger] = [await createUser(app), await createUser(app)];
    const theirs = await stranger.api.delete(`/sessions/${sessionIdOf(user)}`);
    const none = await stranger.api.delete(`/sessions/${randomUUID()}`);
    expectProblem(theirs, 404, 'session_not_found');
    expectProblem(none, 404, 'session_not_found');
    expect({ ...(theirs.body as object), request_id: '' }).toEqual({
      ...(none.body as object),
      request_id: '',
    });
    expect(await idsOf(user)).toEqual([sessionIdOf(user)]);
  });

  it.each([
    '1',
    'current',
    '%00',
    'null',
    '00000000000000000000000000000000',
    '00000000-0000-0000-0000-00000000000g',
    '{00000000-0000-0000-0000-000000000000}',
    '00000000-0000-0000-0000-0000000000000',
    '%2000000000-0000-0000-0000-000000000000',
    '00000000-0000-0000-0000-000000000000%0a',
    "'%20OR%20true%20--",
    'x'.repeat(100),
  ])('rejects the id "%s"', async (id) => {
    const user = await createUser(app);
    expectProblem(await user.api.delete(`/sessions/${id}`), 400, 'invalid_input', ['?id']);
    expect((await user.api.get('/me')).status).toBe(200);
  });

  it('needs an access token', async () => {
    const user = await createUser(app);
    const path = `/sessions/${sessionIdOf(user)}`;
    expectProblem(await app.api.delete(path), 401, 'unauthenticated');
    expectProblem(await app.api.as(user.refreshToken).delete(path), 401, 'unauthenticated');
    expectProblem(await app.api.delete('/sessions/x'), 401, 'unauthenticated');
    expect((await user.api.get('/me')).status).toBe(200);
  });
});

describe('the cleanup', () => {
  const run = (at = app) => at.app.get(CleanupService).run();
  const keys = async (prefix: string) => {
    const rows = await app.sql<{ key: string }>('SELECT key FROM throttles WHERE key LIKE $1 ORDER BY key', [
      `${prefix}%`,
    ]);
    return rows.map(({ key }) => key.slice(prefix.length));
  };

  /** Counters and addresses that have run out, and some that have not. */
  async function leave(prefix: string, user: TestUser): Promise<void> {
    await app.sql(
      `INSERT INTO throttles (key, count, resets_at) VALUES
         ($1 || 'over', 3, now() - interval '1 second'), ($1 || 'long over', 0, now() - interval '1 year'),
         ($1 || 'running', 3, now() + interval '1 minute'), ($1 || 'nothing yet', 0, now() + interval '1 day')`,
      [prefix],
    );
    await app.sql(
      `INSERT INTO login_addresses (user_id, address, last_used_at) VALUES
         ($1, 'forgotten', now() - interval '31 days'), ($1, 'old', now() - interval '29 days'), ($1, 'new', now())`,
      [user.id],
    );
  }

  async function addressesOf({ id }: TestUser): Promise<string[]> {
    const rows = await app.sql<{ address: string }>(
      'SELECT address FROM login_addresses WHERE user_id = $1 ORDER BY address',
      [id],
    );
    return rows.map(({ address }) => address);
  }

  async function isStored(session: TestUser): Promise<boolean> {
    return (await app.sql('SELECT id FROM sessions WHERE id = $1', [sessionIdOf(session)])).length === 1;
  }

  it('removes what has run out, and nothing else', async () => {
    const user = await createUser(app);
    const expired = await logIn(app.api, user.email, user.id);
    await app.sql(`UPDATE sessions SET expires_at = now() - interval '1 second' WHERE id = $1`, [
      sessionIdOf(expired),
    ]);
    const prefix = unique('cleanup');
    await leave(prefix, user);
    await run();
    expect(await isStored(expired)).toBe(false);
    expect(await isStored(user)).toBe(true);
    expect((await refresh(user)).status).toBe(200);
    expect(await keys(prefix)).toEqual(['nothing yet', 'running']);
    expect(await addressesOf(user)).toEqual(['127.0.0.1', 'new', 'old']);
    expect((await user.api.get('/me')).status).toBe(200);
  });

  it('removes thousands, on two instances at once', async () => {
    const prefix = unique('cleanup');
    await app.sql(
      `INSERT INTO throttles (key, count, resets_at)
       SELECT $1 || n, 1, now() - n * interval '1 second' FROM generate_series(1, 2500) AS n`,
      [prefix],
    );
    await Promise.all([run(), run(twin)]);
    // What the one found locked by the other is gone with the other's end.
    expect(await keys(prefix)).toEqual([]);
  });

  it('does not wait for rows that somebody holds', async () => {
    const user = await createUser(app);
    const [held, free] = [
      await logIn(app.api, user.email, user.id),
      await logIn(app.api, user.email, user.id),
    ];
    await app.sql(
      `UPDATE sessions SET expires_at = now() - interval '1 second' WHERE id = ANY ($1::uuid[])`,
      [[sessionIdOf(held), sessionIdOf(free)]],
    );
    const prefix = unique('cleanup');
    await leave(prefix, user);
    await withClient(app.connection, async (client) => {
      await client.query('BEGIN');
      await client.query('SELECT FROM sessions WHERE id = $1 FOR UPDATE', [sessionIdOf(held)]);
      await client.query('SELECT FROM throttles WHERE key = $1 FOR UPDATE', [`${prefix}over`]);
      await client.query(
        `SELECT FROM login_addresses WHERE user_id = $1 AND address = 'forgotten' FOR UPDATE`,
        [user.id],
      );
      const before = Date.now();
      await run();
      // It would wait for the locks until they are given up.
      expect(Date.now() - before).toBeLessThan(15_000);
      await client.query('ROLLBACK');
    });
    expect(await isStored(held)).toBe(true);
    expect(await isStored(free)).toBe(false);
    expect(await keys(prefix)).toEqual(['nothing yet', 'over', 'running']);
    expect(await addressesOf(user)).toEqual(['127.0.0.1', 'forgotten', 'new', 'old']);
    await run();
    expect(await isStored(held)).toBe(false);
    expect(await keys(prefix)).toEqual(['nothing yet', 'running']);
    expect(await addressesOf(user)).toEqual(['127.0.0.1', 'new', 'old']);
  });
});

describe('sessions that end twice at once', () => {
  const statuses = (answers: Answer[]) => answers.map(({ status }) => status).sort();

  it('by two logouts answer 204 and 401, or 204 both', async () => {
    const seen = new Set<number>();
    for (let round = 0; round < 20; round++) {
      const user = await createUser(app);
      const answers = await Promise.all(
        [app, twin, app, twin].map((at) => at.api.as(user.accessToken).post('/logout')),
      );
      expect(statuses(answers)).toContain(204);
      for (const status of statuses(answers)) seen.add(status);
    }
    expect([...seen].filter((status) => status !== 204 && status !== 401)).toEqual([]);
  });

  it('by two deletions answer 204 once', async () => {
    for (let round = 0; round < 10; round++) {
      const user = await createUser(app);
      const answers = await Promise.all(
        [app, twin].map((at) => at.api.as(user.accessToken).delete(`/sessions/${sessionIdOf(user)}`)),
      );
      expect(statuses(answers)[0]).toBe(204);
      expect([401, 404]).toContain(statuses(answers)[1]);
    }
  });
});
