import { generateKeyPairSync } from 'node:crypto';
import { decode, type JwtPayload } from 'jsonwebtoken';
import passport from 'passport';
import { startApp, type TestApp } from './support/app';
import { type Answer, type CallOptions } from './support/client';
import { expectProblem } from './support/expect-problem';
import { createUser, logIn, PASSWORD, type TestUser } from './support/factories';
import { forge } from './support/forge';

let app: TestApp;
let user: TestUser;
beforeAll(async () => {
  app = await startApp();
  user = await createUser(app);
});
afterAll(() => app.close());

function newKey(): string {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
}

const bearer = (token: string): CallOptions => ({ headers: { authorization: `Bearer ${token}` } });
const PAST = 1_000_000_000;
const FUTURE = 100_000_000_000;

type Use = 'access' | 'refresh';
const ROUTES: Readonly<Record<Use, [method: string, path: string]>> = {
  access: ['GET', '/me'],
  refresh: ['POST', '/refresh'],
};

function call(use: Use, options?: CallOptions, at = app): Promise<Answer> {
  return at.api.call(...ROUTES[use], options);
}

function tokenOf({ accessToken, refreshToken }: TestUser, use: Use): string {
  return use === 'access' ? accessToken : refreshToken;
}

function expectReason(answer: Answer, challenge: string, detail: string): void {
  expectProblem(answer, 401, 'unauthenticated');
  expect((answer.body as { detail: string }).detail).toBe(detail);
  expect(answer.headers.get('www-authenticate')).toBe(challenge);
}

describe.each<Use>(['access', 'refresh'])('a route that needs a token of use %s', (use) => {
  const required = `A valid ${use} token is required;`;

  it.each<[string, CallOptions | undefined]>([
    ['no header', undefined],
    ['another scheme', { headers: { authorization: 'Basic YWRhOnNlY3JldA==' } }],
    ['no token after the scheme', { headers: { authorization: 'Bearer' } }],
    ['nothing in the header', { headers: { authorization: '' } }],
  ])('tells that there is no token: %s', async (_what, options) => {
    expectReason(await call(use, options), 'Bearer', `${required} this request has none.`);
  });

  it.each<[string, string, () => string | Promise<string>]>([
    ['noise', 'this is not a token of this service.', () => 'x.y.z'],
    ['an API key', 'this is not a token of this service.', () => 'sk_live_0123456789'],
    ['words', 'this is not a token of this service.', () => 'two words'],
    [
      'a token for another audience',
      'this is not a token of this service.',
      () => forge(app, tokenOf(user, use), { aud: 'shop' }),
    ],
    [
      'a token with no session',
      'this is not a token of this service.',
      () => forge(app, tokenOf(user, use), { sid: undefined }),
    ],
    [
      'the token of the other use',
      use === 'access' ? 'this is a refresh token.' : 'this is an access token.',
      () => tokenOf(user, use === 'access' ? 'refresh' : 'access'),
    ],
    [
      'the token of the other use, even when it has expired',
      use === 'access' ? 'this is a refresh token.' : 'this is an access token.',
      () => forge(app, tokenOf(user, use === 'access' ? 'refresh' : 'access'), { exp: PAST }),
    ],
    [
      'a token that is not valid yet',
      'this one is not valid yet.',
      () => forge(app, tokenOf(user, use), { nbf: FUTURE }),
    ],
    [
      'an expired token',
      'this one has expired.',
      () => forge(app, tokenOf(user, use), { iat: PAST, exp: PAST }),
    ],
    [
      'a token of a session that was ended',
      'the session of this one has ended.',
      async () => {
        const session = await logIn(app.api, user.email, user.id);
        expect((await session.api.post('/logout')).status).toBe(204);
        return tokenOf(session, use);
      },
    ],
    [
      'a token of an account that was deleted',
      'the session of this one has ended.',
      async () => {
        const gone = await createUser(app);
        expect((await gone.api.post('/me/deletion', { current_password: PASSWORD })).status).toBe(204);
        return tokenOf(gone, use);
      },
    ],
  ])('tells the reason: %s', async (_what, reason, token) => {
    const options = bearer(await token());
    expectReason(await call(use, options), 'Bearer error="invalid_token"', `${required} ${reason}`);
    // The second time the signature is not verified again.
    expectReason(await call(use, options), 'Bearer error="invalid_token"', `${required} ${reason}`);
  });
});

describe('the challenge', () => {
  it('of a token that was used before names the error', async () => {
    const session = await logIn(app.api, user.email, user.id);
    expect((await call('refresh', bearer(session.refreshToken))).status).toBe(200);
    const { sid } = decode(session.refreshToken) as JwtPayload & { sid: string };
    await app.sql(`UPDATE sessions SET refreshed_at = now() - interval '1 hour' WHERE id = $1`, [sid]);
    const answer = await call('refresh', bearer(session.refreshToken));
    expectProblem(answer, 401, 'token_reused');
    expect(answer.headers.get('www-authenticate')).toBe('Bearer error="invalid_token"');
  });

  it('of a wrong password names no error, as no token was looked at', async () => {
    const credentials = { email: user.email, password: 'not the password' };
    const answer = await app.api.as('x.y.z').post('/login', credentials);
    expectProblem(answer, 401, 'bad_credentials');
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
  });
});

describe('the strategies of passport', () => {
  it('tell many simultaneous callers apart', async () => {
    const users = await Promise.all(Array.from({ length: 10 }, () => createUser(app)));
    const callers = Array.from({ length: 100 }, (_none, index) => users[index % users.length] as TestUser);
    const answers = await Promise.all(callers.map(({ api }) => api.get('/me')));
    expect(answers.map(({ body }) => (body as { id: number }).id)).toEqual(callers.map(({ id }) => id));
  });

  it('are an application’s own: two in a process do not use each other’s keys', async () => {
    // On one database, so that only the key tells their tokens apart.
    const other = await startApp({ JWT_PRIVATE_KEY: newKey() }, app.connection);
    try {
      const there = await logIn(other.api, user.email, user.id);
      const notOurs = 'A valid access token is required; this is not a token of this service.';
      for (let round = 0; round < 2; round++) {
        const [here, crossed, crossedBack, own] = await Promise.all([
          call('access', bearer(user.accessToken)),
          call('access', bearer(there.accessToken)),
          call('access', bearer(user.accessToken), other),
          call('access', bearer(there.accessToken), other),
        ]);
        expect([here.status, own.status]).toEqual([200, 200]);
        expectReason(crossed, 'Bearer error="invalid_token"', notOurs);
        expectReason(crossedBack, 'Bearer error="invalid_token"', notOurs);
      }
    } finally {
      await other.close();
    }
    expect((await user.api.get('/me')).status).toBe(200);
  });

  it('leave passport’s registry with their application', async () => {
    const { _strategies: registered } = passport as unknown as { _strategies: object };
    const before = Object.keys(registered);
    const other = await startApp({}, app.connection);
    expect(Object.keys(registered)).toHaveLength(before.length + 2);
    await other.close();
    expect(Object.keys(registered)).toEqual(before);
  });

  it('do not take a token for a known one because it begins like it', async () => {
    expect((await call('access', bearer(user.accessToken))).status).toBe(200);
    const longer = `${user.accessToken}A`;
    expectReason(
      await call('access', bearer(longer)),
      'Bearer error="invalid_token"',
      'A valid access token is required; this is not a token of this service.',
    );
    expect((await call('access', bearer(`${user.accessToken}  `))).status).toBe(200);
  });
});
