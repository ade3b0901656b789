import {
  createHmac,
  createSign,
  generateKeyPairSync,
  type JsonWebKeyInput,
  createPublicKey,
  randomUUID,
} from 'node:crypto';
import { type JwtPayload, decode, sign, verify } from 'jsonwebtoken';
import { KEY_RING, type KeyRing, type VerificationKey } from '../src/auth/tokens/key-ring';
import { startApp, type TestApp } from './support/app';
import { type Answer } from './support/client';
import { expectProblem } from './support/expect-problem';
import {
  createAdmin,
  createStore,
  createUser,
  logIn,
  PASSWORD,
  type TestUser,
  unique,
} from './support/factories';
import { forge } from './support/forge';
import { signingKey } from './support/signing-key';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

const newEmail = () => `${unique('Ada')}@Example.com`;

function refresh(user: Pick<TestUser, 'refreshToken'>): Promise<Answer> {
  return app.api.as(user.refreshToken).post('/refresh');
}

function claimsOf(token: string): JwtPayload {
  return decode(token) as JwtPayload;
}

describe('POST /register', () => {
  it('makes an account of role user, and shows no hash', async () => {
    const email = newEmail();
    const answer = await app.api.post('/register', { email: `  ${email} `, password: PASSWORD });
    expect(answer.status).toBe(201);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    const { id } = answer.body as { id: number };
    expect(answer.body).toEqual({
      id: expect.any(Number) as number,
      email,
      role: 'user',
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string,
    });
    expect(answer.headers.get('location')).toBe(`/users/${id}`);
    expect((await app.api.get(`/user/${id}`)).body).toEqual(answer.body);
    const [row] = await app.sql<{ password_hash: string }>('SELECT password_hash FROM users WHERE id = $1', [
      id,
    ]);
    expect(row?.password_hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  });

  it('refuses an address that is taken, without regard to case', async () => {
    const { email } = await createUser(app, newEmail());
    for (const taken of [email, email.toUpperCase(), email.toLowerCase()]) {
      expectProblem(
        await app.api.post('/register', { email: taken, password: PASSWORD }),
        409,
        'email_taken',
      );
    }
  });

  it('makes one account of many simultaneous requests for an address', async () => {
    const email = newEmail();
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => app.api.post('/register', { email, password: PASSWORD })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409, 409, 409, 409, 409]);
  });

  it.each([
    ['nothing', {}, ['/email', '/password']],
    ['null', { email: null, password: null }, ['/email', '/password']],
    ['numbers', { email: 1, password: 12345678 }, ['/email', '/password']],
    ['lists', { email: ['a@example.com'], password: [PASSWORD] }, ['/email', '/password']],
    ['an address without a domain', { email: 'ada', password: PASSWORD }, ['/email']],
    [
      'an address of 255 characters',
      { email: `${'a'.repeat(243)}@example.com`, password: PASSWORD },
      ['/email'],
    ],
    ['an address with a NUL', { email: 'a\u0000b@example.com', password: PASSWORD }, ['/email']],
    ['7 characters', { email: 'a@example.com', password: 'xK9#mq2' }, ['/password']],
    ['129 characters', { email: 'a@example.com', password: 'xK9#mq2!'.repeat(16) + 'x' }, ['/password']],
    ['a lone surrogate', { email: 'a@example.com', password: 'xK9#mq2!\ud800' }, ['/password']],
    ['a common password', { email: 'a@example.com', password: 'Password123' }, ['/password']],
    [
      'a common password in full-width letters',
      { email: 'a@example.com', password: 'ｐａｓｓｗｏｒｄ１' },
      ['/password'],
    ],
    [
      'the address as password',
      { email: 'ada.long@example.com', password: 'ADA.long@example.com' },
      ['/password'],
    ],
    ['a role', { email: 'a@example.com', password: PASSWORD, role: 'admin' }, ['/role']],
  ])('rejects %s', async (_what, body, faults) => {
    expectProblem(await app.api.post('/register', body), 400, 'invalid_input', faults);
  });

  it('counts code points, and takes any Unicode up to 128 of them', async () => {
    const email = newEmail();
    const password = '🦊🌲'.repeat(64);
    expect((await app.api.post('/register', { email, password })).status).toBe(201);
    expect((await app.api.post('/login', { email, password })).status).toBe(200);
    // Nothing is cut: the last character counts.
    const almost = '🦊🌲'.repeat(63) + '🦊🦊';
    expectProblem(await app.api.post('/login', { email, password: almost }), 401, 'bad_credentials');
  });

  it('does not trim passwords, and takes two spellings of the same characters as one', async () => {
    const email = newEmail();
    const register = await app.api.post('/register', { email, password: ' Cre\u0301me bru\u0302le\u0301e ' });
    expect(register.status).toBe(201);
    expect((await app.api.post('/login', { email, password: ' Cr\u00e9me br\u00fbl\u00e9e ' })).status).toBe(
      200,
    );
    expectProblem(
      await app.api.post('/login', { email, password: 'Cr\u00e9me br\u00fbl\u00e9e' }),
      401,
      'bad_credentials',
    );
  });
});

describe('POST /login', () => {
  it('gives tokens with the claims of the contract', async () => {
    const user = await createUser(app, newEmail());
    const answer = await app.api.post('/login', { email: user.email.toUpperCase(), password: PASSWORD });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    const tokens = answer.body as { access_token: string; refresh_token: string };
    expect(answer.body).toEqual({
      access_token: expect.any(String) as string,
      refresh_token: expect.any(String) as string,
      token_type: 'Bearer',
      expires_in: 900,
    });
    const { keys } = (await app.api.get('/.well-known/jwks.json')).body as {
      keys: (JsonWebKeyInput['key'] & { kid: string })[];
    };
    const [jwk] = keys;
    const key = createPublicKey({ key: jwk as JsonWebKeyInput['key'], format: 'jwk' });
    for (const [use, token, seconds] of [
      ['access', tokens.access_token, 900],
      ['refresh', tokens.refresh_token, 2_592_000],
    ] as const) {
      const { header, payload } = verify(token, key, { complete: true, algorithms: ['RS256'] });
      expect(header).toEqual({ alg: 'RS256', typ: 'JWT', kid: jwk?.kid });
      const claims = payload as JwtPayload;
      expect(claims).toEqual({
        iss: 'emporium',
        aud: 'emporium',
        sub: String(user.id),
        sid: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
        jti: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
        iat: expect.any(Number) as number,
        exp: (claims.iat ?? 0) + seconds,
        token_use: use,
      });
    }
  });

  it('answers a wrong password and an unknown account alike', async () => {
    const { email } = await createUser(app);
    const wrong = await app.api.post('/login', { email, password: 'not the password' });
    const unknown = await app.api.post('/login', { email: newEmail(), password: 'not the password' });
    expectProblem(wrong, 401, 'bad_credentials');
    expectProblem(unknown, 401, 'bad_credentials');
    const without = ({ body, headers }: Answer) => {
      const varying = ['x-request-id', 'date'];
      return [
        { ...(body as object), request_id: '' },
        [...headers].filter(([name]) => !varying.includes(name)),
      ];
    };
    expect(without(unknown)).toEqual(without(wrong));
  });

  it('answers a failure no sooner than the next step of 25 ms', async () => {
    for (let tries = 0; tries < 5; tries++) {
      const begin = performance.now();
      await app.api.post('/login', { email: newEmail(), password: 'not the password' });
      // A timer may come up to a millisecond early.
      expect(performance.now() - begin).toBeGreaterThan(24);
    }
  });

  it.each([
    ['nothing', {}, ['/email', '/password']],
    ['null', { email: null, password: null }, ['/email', '/password']],
    ['wrong types', { email: 5, password: {} }, ['/email', '/password']],
    ['no address', { email: 'ada', password: 'x' }, ['/email']],
    ['an unknown member', { email: 'a@example.com', password: 'x', remember: true }, ['/remember']],
    ['an enormous password', { email: 'a@example.com', password: 'x'.repeat(1025) }, ['/password']],
  ])('rejects %s', async (_what, body, faults) => {
    expectProblem(await app.api.post('/login', body), 400, 'invalid_input', faults);
  });

  it('takes a password too short to be one for a wrong one', async () => {
    const { email } = await createUser(app);
    expectProblem(await app.api.post('/login', { email, password: 'x' }), 401, 'bad_credentials');
    expectProblem(await app.api.post('/login', { email, password: '' }), 401, 'bad_credentials');
  });
});

describe('POST /logout', () => {
  it('ends the session at once, with both its tokens, and no other', async () => {
    const user = await createUser(app);
    const elsewhere = await logIn(app.api, user.email, user.id);
    const answer = await user.api.post('/logout');
    expect([answer.status, answer.text]).toEqual([204, '']);
    expectProblem(await user.api.get('/me'), 401, 'unauthenticated');
    expectProblem(await user.api.post('/logout'), 401, 'unauthenticated');
    expectProblem(await refresh(user), 401, 'unauthenticated');
    expect((await elsewhere.api.get('/me')).status).toBe(200);
    expect((await refresh(elsewhere)).status).toBe(200);
  });

  it('needs an access token', async () => {
    const user = await createUser(app);
    expectProblem(await app.api.post('/logout'), 401, 'unauthenticated');
    expectProblem(await app.api.as(user.refreshToken).post('/logout'), 401, 'unauthenticated');
    expect((await user.api.get('/me')).status).toBe(200);
  });
});

describe('POST /refresh', () => {
  it('rotates: a new pair of the same session, which works', async () => {
    const user = await createUser(app);
    const answer = await refresh(user);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    const tokens = answer.body as { access_token: string; refresh_token: string };
    expect(tokens.refresh_token).not.toBe(user.refreshToken);
    expect(claimsOf(tokens.refresh_token).sid).toBe(claimsOf(user.refreshToken).sid);
    expect((await app.api.as(tokens.access_token).get('/me')).status).toBe(200);
    expect((await refresh({ refreshToken: tokens.refresh_token })).status).toBe(200);
    // Access tokens live out their time; only the refresh token is used up.
    expect((await user.api.get('/me')).status).toBe(200);
  });

  it('answers the token just used up with the same successor, byte for byte', async () => {
    const user = await createUser(app);
    const first = await refresh(user);
    const second = await refresh(user);
    const [a, b] = [first, second].map(({ body }) => body as Record<string, string>);
    expect(second.status).toBe(200);
    expect(b?.refresh_token).toBe(a?.refresh_token);
    expect(b?.access_token).not.toBe(a?.access_token);
  });

  it('gives many simultaneous refreshes one successor', async () => {
    const user = await createUser(app);
    const answers = await Promise.all(Array.from({ length: 30 }, () => refresh(user)));
    expect(answers.map(({ status }) => status)).toEqual(Array(30).fill(200));
    expect(new Set(answers.map(({ body }) => (body as { refresh_token: string }).refresh_token)).size).toBe(
      1,
    );
  });

  it('ends the session when the token before last comes again', async () => {
    const user = await createUser(app);
    const { refresh_token: second } = (await refresh(user)).body as { refresh_token: string };
    const { refresh_token: third, access_token: access } = (await refresh({ refreshToken: second }))
      .body as Record<string, string>;
    expectProblem(await refresh(user), 401, 'token_reused');
    expectProblem(await refresh({ refreshToken: third ?? '' }), 401, 'unauthenticated');
    expectProblem(await app.api.as(access ?? '').get('/me'), 401, 'unauthenticated');
    expectProblem(await user.api.get('/me'), 401, 'unauthenticated');
  });

  it('ends the session when the token used up comes after the interval', async () => {
    const user = await createUser(app);
    await refresh(user);
    const { sid } = claimsOf(user.refreshToken) as { sid: string };
    await app.sql(`UPDATE sessions SET refreshed_at = now() - interval '11 seconds' WHERE id = $1`, [sid]);
    expectProblem(await refresh(user), 401, 'token_reused');
    expectProblem(await user.api.get('/me'), 401, 'unauthenticated');
  });

  it('moves the end of the session', async () => {
    const user = await createUser(app);
    const { sid } = claimsOf(user.refreshToken) as { sid: string };
    await app.sql(`UPDATE sessions SET expires_at = now() + interval '1 minute' WHERE id = $1`, [sid]);
    await refresh(user);
    const [row] = await app.sql<{ days: number }>(
      `SELECT extract(day FROM expires_at - now())::int AS days FROM sessions WHERE id = $1`,
      [sid],
    );
    expect(row?.days).toBe(29);
  });

  it('is over, with the access token, when the session has run out', async () => {
    const user = await createUser(app);
    const { sid } = claimsOf(user.refreshToken) as { sid: string };
    await app.sql(`UPDATE sessions SET expires_at = now() WHERE id = $1`, [sid]);
    expectProblem(await user.api.get('/me'), 401, 'unauthenticated');
    expect((await refresh(user)).status).toBe(401);
  });

  it('needs a refresh token', async () => {
    const user = await createUser(app);
    expectProblem(await app.api.post('/refresh'), 401, 'unauthenticated');
    expectProblem(await user.api.post('/refresh'), 401, 'unauthenticated');
  });
});

describe('GET /me', () => {
  it('tells the caller who they are', async () => {
    const user = await createUser(app);
    const answer = await user.api.get('/me');
    expect(answer.status).toBe(200);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.body).toMatchObject({ id: user.id, email: user.email, role: 'user' });
    expect(Object.keys(answer.body as object)).toEqual(['id', 'email', 'role', 'created_at']);
  });

  it('shows a change of role at the next request', async () => {
    const admin = await createAdmin(app);
    expect((await admin.api.get('/me')).body).toMatchObject({ role: 'admin' });
  });
});

describe('access tokens', () => {
  const { privateKey: strangeKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  let user: TestUser;
  let key: KeyRing & VerificationKey;
  beforeAll(async () => {
    user = await createUser(app);
    const keys = app.app.get<KeyRing>(KEY_RING);
    key = { ...keys, ...(keys.verificationKeys.get(keys.kid) as VerificationKey) };
  });

  const forged = (claims: object, header?: object) => forge(app, user.accessToken, claims, header);
  /** Signs any text with our own key. */
  function signed(claims: string): string {
    const text = `${base64({ alg: 'RS256', typ: 'JWT', kid: key.kid })}.${Buffer.from(claims).toString('base64url')}`;
    return `${text}.${createSign('RSA-SHA256').update(text).sign(key.privateKey, 'base64url')}`;
  }
  const now = () => Math.floor(Date.now() / 1000);
  const base64 = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

  it('takes the very same forgery kit when nothing is forged', async () => {
    expect((await app.api.as(forged({})).get('/me')).status).toBe(200);
    expect((await app.api.as(forged({ iat: now() + 20, nbf: now() + 20 })).get('/me')).status).toBe(200);
    expect((await app.api.as(signed(JSON.stringify(claimsOf(user.accessToken)))).get('/me')).status).toBe(
      200,
    );
  });

  it.each<[string, () => string]>([
    ['nothing but noise', () => 'x.y.z'],
    ['an empty one', () => ''],
    [
      'alg none',
      () => `${base64({ alg: 'none', typ: 'JWT', kid: key.kid })}.${base64(claimsOf(user.accessToken))}.`,
    ],
    [
      'HS256 with the public key as secret',
      () => {
        const pem = key.publicKey.export({ type: 'spki', format: 'pem' });
        const body = `${base64({ alg: 'HS256', typ: 'JWT', kid: key.kid })}.${base64(claimsOf(user.accessToken))}`;
        return `${body}.${createHmac('sha256', pem).update(body).digest('base64url')}`;
      },
    ],
    ['RS512', () => sign(claimsOf(user.accessToken), key.privateKey, { algorithm: 'RS512', keyid: key.kid })],
    ['PS256', () => sign(claimsOf(user.accessToken), key.privateKey, { algorithm: 'PS256', keyid: key.kid })],
    [
      'a strange key under our kid',
      () => sign(claimsOf(user.accessToken), strangeKey, { algorithm: 'RS256', keyid: key.kid }),
    ],
    ['an unknown kid', () => forged({}, { kid: 'another' })],
    ['no kid', () => sign(claimsOf(user.accessToken), key.privateKey, { algorithm: 'RS256' })],
    ['a key in its header', () => forged({}, { jwk: key.jwk })],
    ['a key address in its header', () => forged({}, { jku: 'http://127.0.0.1/keys' })],
    ['a certificate address in its header', () => forged({}, { x5u: 'http://127.0.0.1/cert' })],
    ['a wrong issuer', () => forged({ iss: 'somebody' })],
    ['a wrong audience', () => forged({ aud: 'something' })],
    ['another token_use', () => forged({ token_use: 'refresh' })],
    ['no token_use', () => forged({ token_use: undefined })],
    ['no sid', () => forged({ sid: undefined })],
    ['an unknown sid', () => forged({ sid: randomUUID() })],
    ['a sid that is no UUID', () => forged({ sid: "' OR 1=1 --" })],
    ['no jti', () => forged({ jti: undefined })],
    ['another user than the session', () => forged({ sub: '1000000' })],
    ['a sub that is no number', () => forged({ sub: 'ada' })],
    ['a sub that is a number', () => forged({ sub: user.id })],
    ['a sub with a zero before it', () => forged({ sub: `0${user.id}` })],
    ['a sub in another spelling', () => forged({ sub: ` ${user.id}.0` })],
    ['a sub that is a list', () => forged({ sub: [String(user.id)] })],
    ['a sub beyond all numbers', () => forged({ sub: '9'.repeat(400) })],
    ['a sid that is a list', () => forged({ sid: [claimsOf(user.accessToken).sid] })],
    ['a jti that is a list', () => forged({ jti: [randomUUID()] })],
    ['an exp that is text', () => forged({ exp: String(now() + 60) })],
    [
      'an exp without end',
      () => signed(JSON.stringify(claimsOf(user.accessToken)).replace(/("exp":)\d+/, '$11e400')),
    ],
    [
      'an iat before all time',
      () => signed(JSON.stringify(claimsOf(user.accessToken)).replace(/("iat":)\d+/, '$1-1e400')),
    ],
    ['an nbf that is null', () => forged({ nbf: null })],
    ['an nbf that is text', () => forged({ nbf: '1' })],
    ['null for claims', () => signed('null')],
    ['a list for claims', () => signed('[]')],
    ['text for claims', () => signed('"x"')],
    ['a number for claims', () => signed('1')],
    ['nothing for claims', () => signed('')],
    ['noise for claims', () => signed('{"')],
    ['no exp', () => forged({ exp: undefined })],
    ['an exp that has passed', () => forged({ exp: now() - 1 })],
    ['an iat 31 s ahead', () => forged({ iat: now() + 33 })],
    ['an nbf 31 s ahead', () => forged({ nbf: now() + 33 })],
    [
      'a changed payload',
      () => user.accessToken.replace(/\.(.)/, (_all, first: string) => `.${first === 'e' ? 'f' : 'e'}`),
    ],
    ['a changed signature', () => user.accessToken.slice(0, -8) + 'AAAAAAAA'],
    ['the refresh token', () => user.refreshToken],
  ])('rejects %s', async (_what, token) => {
    expectProblem(await app.api.as(token()).get('/me'), 401, 'unauthenticated');
  });

  it('is for its own user only, a refresh token too', async () => {
    const other = await createUser(app);
    const claims = { ...claimsOf(user.refreshToken), sub: String(other.id) };
    for (let round = 0; round < 2; round++) {
      expectProblem(
        await app.api.as(signed(JSON.stringify(claims))).post('/refresh'),
        401,
        'unauthenticated',
      );
    }
    expect((await refresh(user)).status).toBe(200);
    // The token before, whose successor only its own user gets, and whose reuse only its own user can be told of.
    for (let round = 0; round < 2; round++) {
      expectProblem(
        await app.api.as(signed(JSON.stringify(claims))).post('/refresh'),
        401,
        'unauthenticated',
      );
    }
    expect((await refresh(user)).status).toBe(200);
  });

  it.each(['Basic', 'bearertoken', ''])('rejects the scheme "%s"', async (scheme) => {
    const headers = { authorization: `${scheme} ${user.accessToken}` };
    expectProblem(await app.api.get('/me', { headers }), 401, 'unauthenticated');
  });

  it('is not looked at where everybody may read', async () => {
    expect((await app.api.as('x.y.z').get('/items')).status).toBe(200);
    expect((await app.api.as(forged({ exp: now() - 1 })).get('/stores')).status).toBe(200);
  });
});

describe('GET /.well-known/jwks.json', () => {
  it('shows the public key and nothing of the private one', async () => {
    const answer = await app.api.get('/.well-known/jwks.json');
    expect(answer.status).toBe(200);
    const { keys } = answer.body as { keys: object[] };
    expect(keys.map((key) => Object.keys(key).sort())).toEqual([['alg', 'e', 'kid', 'kty', 'n', 'use']]);
  });
});

describe('GET /.well-known/openid-configuration', () => {
  const PATH = '/.well-known/openid-configuration';

  it.each([
    ['https://shop.example/api', 'https://shop.example/api'],
    ['https://login.example/', 'https://shop.example/api'],
  ])('leads from the issuer %s to the public keys', async (issuer, publicUrl) => {
    const other = await startApp({ JWT_ISSUER: issuer, PUBLIC_URL: publicUrl }, app.connection);
    try {
      const answer = await other.api.get(PATH);
      expect(answer.status).toBe(200);
      expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
      expect(answer.headers.get('cache-control')).toBe('public, max-age=0, must-revalidate');
      expect(answer.body).toEqual({
        issuer,
        jwks_uri: 'https://shop.example/api/.well-known/jwks.json',
        id_token_signing_alg_values_supported: ['RS256'],
        subject_types_supported: ['public'],
      });
      const { accessToken } = await createUser(other);
      const [, claims = ''] = accessToken.split('.');
      expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toMatchObject({ iss: issuer });
    } finally {
      await other.close();
    }
  });

  it('takes the issuer as the public address where there is no other', async () => {
    const other = await startApp({ JWT_ISSUER: 'https://shop.example/' }, app.connection);
    try {
      const { body } = await other.api.get(PATH);
      expect(body).toMatchObject({ jwks_uri: 'https://shop.example/.well-known/jwks.json' });
    } finally {
      await other.close();
    }
  });

  it('does not exist where the issuer is a name', async () => {
    expectProblem(await app.api.get(PATH), 404, 'no_issuer_url');
  });
});

describe('two applications in a process', () => {
  it('each know their own key', async () => {
    const other = await startApp();
    try {
      const [here, there] = [await createUser(app), await createUser(other)];
      expect((await here.api.get('/me')).status).toBe(200);
      expect((await there.api.get('/me')).status).toBe(200);
      expectProblem(await other.api.as(here.accessToken).get('/me'), 401, 'unauthenticated');
    } finally {
      await other.close();
    }
  });
});

describe('the development-only routes', () => {
  it('get and delete an account without a token', async () => {
    const user = await createUser(app);
    expect((await app.api.get(`/user/${user.id}`)).body).toMatchObject({ id: user.id, email: user.email });
    expect((await app.api.delete(`/user/${user.id}`)).status).toBe(204);
    expectProblem(await app.api.get(`/user/${user.id}`), 404, 'user_not_found');
    expectProblem(await app.api.delete(`/user/${user.id}`), 404, 'user_not_found');
    expectProblem(await user.api.get('/me'), 401, 'unauthenticated');
    expectProblem(await refresh(user), 401, 'unauthenticated');
  });

  it('keep an owner of stores, and the last admin', async () => {
    const owner = await createUser(app);
    await createStore(owner);
    expectProblem(await app.api.delete(`/user/${owner.id}`), 409, 'owns_stores');

    const own = await startApp();
    try {
      const admins = [await createAdmin(own), await createAdmin(own)];
      const answers = await Promise.all(admins.map(({ id }) => own.api.delete(`/user/${id}`)));
      expect(answers.map(({ status }) => status).sort()).toEqual([204, 409]);
      const refused = answers.find(({ status }) => status === 409);
      expectProblem(refused as Answer, 409, 'last_admin');
    } finally {
      await own.close();
    }
  });

  it.each(['0', '01', '1e3', '-1', 'abc', '1.5', '%20 1'])('reject the id "%s"', async (id) => {
    expectProblem(await app.api.get(`/user/${id}`), 400, 'invalid_input', ['?user_id']);
    expectProblem(await app.api.delete(`/user/${id}`), 400, 'invalid_input', ['?user_id']);
  });

  it('answer no web page of another origin, no other name than loopback, and no proxy', async () => {
    const { id } = await createUser(app);
    const own = app.url.slice('http://'.length);
    for (const headers of [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { origin: 'http://127.0.0.1:1' },
      { 'x-forwarded-for': '127.0.0.1' },
    ]) {
      expectProblem(await app.api.delete(`/user/${id}`, { headers }), 403, 'forbidden');
      expectProblem(await app.api.get(`/user/${id}`, { headers }), 403, 'forbidden');
    }
    for (const site of ['cross-site', 'same-site']) {
      const { statusCode } = await app.app.inject({
        method: 'DELETE',
        url: `/user/${id}`,
        headers: { host: own, 'sec-fetch-site': site },
      });
      expect(statusCode).toBe(403);
    }
    const rebound = await app.app.inject({
      method: 'DELETE',
      url: `/user/${id}`,
      headers: { host: 'evil.example' },
    });
    expect(rebound.statusCode).toBe(403);
    const answer = await app.api.get(`/user/${id}`, { headers: { origin: `http://${own}` } });
    expect(answer.status).toBe(200);
    expect([...answer.headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([]);
  });

  it('answer nobody behind a proxy', async () => {
    const behind = await startApp({ TRUST_PROXY: '1' }, app.connection);
    try {
      const { id } = await createUser(app);
      expectProblem(await behind.api.get(`/user/${id}`), 403, 'forbidden');
      expectProblem(await behind.api.delete(`/user/${id}`), 403, 'forbidden');
      expect((await app.api.get(`/user/${id}`)).status).toBe(200);
    } finally {
      await behind.close();
    }
  });

  it('do not exist in production', async () => {
    const production = await startApp({ NODE_ENV: 'production', JWT_PRIVATE_KEY: signingKey() });
    try {
      const { id } = await createUser(production);
      expectProblem(await production.api.get(`/user/${id}`), 404, 'not_found');
      expectProblem(await production.api.delete(`/user/${id}`), 404, 'not_found');
    } finally {
      await production.close();
    }
  });
});

describe('the first admin', () => {
  const account = { ADMIN_EMAIL: 'boss@example.com', ADMIN_PASSWORD: PASSWORD };

  it('is made from ADMIN_EMAIL and ADMIN_PASSWORD, once', async () => {
    const first = await startApp(account);
    try {
      const { access_token: token } = (
        await first.api.post('/login', { email: 'Boss@example.com', password: PASSWORD })
      ).body as Record<string, string>;
      expect((await first.api.as(token ?? '').get('/me')).body).toMatchObject({
        email: 'boss@example.com',
        role: 'admin',
      });
      const again = await startApp({ ...account, ADMIN_PASSWORD: 'another fine password' }, first.connection);
      await again.close();
      expect((await first.api.post('/login', { email: 'boss@example.com', password: PASSWORD })).status).toBe(
        200,
      );
      expect(await first.sql('SELECT id FROM users')).toHaveLength(1);
      expect(first.logs.join('')).not.toContain(PASSWORD);
    } finally {
      await first.close();
    }
  });

  it('is refused with a password that nobody may choose', async () => {
    await expect(startApp({ ...account, ADMIN_PASSWORD: 'password123' })).rejects.toThrow(
      /ADMIN_PASSWORD must not be/,
    );
  });
});
