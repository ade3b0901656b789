import { setTimeout as sleep } from 'node:timers/promises';
import { hash } from '@node-rs/argon2';
import { PasswordsService } from '../src/auth/passwords/passwords.service';
import { Problem, UNAVAILABLE } from '../src/common/problems/problem';
import { UsersService } from '../src/users/users.service';
import { startApp, type TestApp } from './support/app';
import { type Answer } from './support/client';
import { withClient } from './support/database';
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
import { takeTurns } from './support/take-turns';

const NEW_PASSWORD = 'wrong pony accumulator';
const WRONG = 'not the password';

let app: TestApp;
/** another instance on the same database */
let twin: TestApp;
beforeAll(async () => {
  app = await startApp();
  twin = await startApp({}, app.connection);
});
afterAll(async () => {
  await twin.close();
  await app.close();
});

const newEmail = () => `${unique('Ada')}@Example.com`;

async function statusOfLogin(email: string, password: string, at = twin): Promise<number> {
  return (await at.api.post('/login', { email, password })).status;
}

function refresh({ refreshToken }: TestUser, at: TestApp): Promise<Answer> {
  return at.api.as(refreshToken).post('/refresh');
}

/** A session is over on both instances, with both its tokens. */
async function expectDead(session: TestUser): Promise<void> {
  for (const at of [app, twin]) {
    expectProblem(await at.api.as(session.accessToken).get('/me'), 401, 'unauthenticated');
    expectProblem(await refresh(session, at), 401, 'unauthenticated');
  }
}

async function expectAlive(session: TestUser): Promise<void> {
  for (const at of [app, twin]) {
    expect((await at.api.as(session.accessToken).get('/me')).status).toBe(200);
  }
  expect((await refresh(session, twin)).status).toBe(200);
}

/** The account is as it was made: address, password and session. */
async function expectUntouched(user: TestUser): Promise<void> {
  expect((await user.api.get('/me')).body).toMatchObject({ id: user.id, email: user.email });
  expect(await statusOfLogin(user.email, PASSWORD)).toBe(200);
}

describe('PATCH /me', () => {
  it('changes the address, and nothing else', async () => {
    const user = await createUser(app, newEmail());
    const elsewhere = await logIn(app.api, user.email, user.id);
    const before = (await user.api.get('/me')).body as object;
    const email = newEmail();
    const answer = await user.api.patch('/me', { email: ` ${email} `, current_password: PASSWORD });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.body).toEqual({ ...before, email });
    expect((await twin.api.as(user.accessToken).get('/me')).body).toEqual(answer.body);
    expect(await statusOfLogin(email.toLowerCase(), PASSWORD)).toBe(200);
    expectProblem(
      await app.api.post('/login', { email: user.email, password: PASSWORD }),
      401,
      'bad_credentials',
    );
    await expectAlive(elsewhere);
    await expectAlive(user);
  });

  it('frees the address that was', async () => {
    const user = await createUser(app);
    await user.api.patch('/me', { email: newEmail(), current_password: PASSWORD });
    expect((await app.api.post('/register', { email: user.email, password: PASSWORD })).status).toBe(201);
  });

  it('changes the password, and ends every other session at once', async () => {
    const user = await createUser(app, newEmail());
    const others = [
      await logIn(app.api, user.email, user.id),
      await logIn(twin.api, user.email, user.id),
      await logIn(app.api, user.email, user.id),
    ];
    const stranger = await createUser(app);
    const before: unknown = (await user.api.get('/me')).body;
    const answer = await user.api.patch('/me', { password: NEW_PASSWORD, current_password: PASSWORD });
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual(before);
    for (const other of others) await expectDead(other);
    await expectAlive(user);
    await expectAlive(stranger);
    for (const at of [app, twin]) {
      expect(await statusOfLogin(user.email, NEW_PASSWORD, at)).toBe(200);
      expect(await statusOfLogin(user.email, PASSWORD, at)).toBe(401);
    }
  });

  it('keeps a session that was refreshed, and its successor', async () => {
    const user = await createUser(app);
    const { refresh_token: successor } = (await refresh(user, twin)).body as { refresh_token: string };
    expect((await user.api.patch('/me', { password: NEW_PASSWORD, current_password: PASSWORD })).status).toBe(
      200,
    );
    expect((await twin.api.as(successor).post('/refresh')).status).toBe(200);
    expect((await user.api.get('/me')).status).toBe(200);
  });

  it('changes both', async () => {
    const user = await createUser(app);
    const elsewhere = await logIn(app.api, user.email, user.id);
    const email = newEmail();
    const body = { email, password: NEW_PASSWORD, current_password: PASSWORD };
    const answer = await user.api.patch('/me', body);
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ id: user.id, email, role: 'user' });
    expect(answer.text).not.toMatch(/hash|argon/);
    expect(await statusOfLogin(email, NEW_PASSWORD)).toBe(200);
    expect(await statusOfLogin(email, PASSWORD)).toBe(401);
    expect(await statusOfLogin(user.email, NEW_PASSWORD)).toBe(401);
    await expectDead(elsewhere);
    await expectAlive(user);
  });

  it('takes the own address in another case, and the very same one', async () => {
    const user = await createUser(app, newEmail());
    for (const email of [user.email.toUpperCase(), user.email.toUpperCase(), user.email]) {
      const answer = await user.api.patch('/me', { email, current_password: PASSWORD });
      expect(answer.status).toBe(200);
      expect(answer.body).toMatchObject({ email });
    }
  });

  it('takes any Unicode for a password, as registration does', async () => {
    const user = await createUser(app);
    const password = ' Cre\u0301me 🦊 \u0000 ';
    expect((await user.api.patch('/me', { password, current_password: PASSWORD })).status).toBe(200);
    expect(await statusOfLogin(user.email, password)).toBe(200);
    expect(await statusOfLogin(user.email, password.trim())).toBe(401);
    const composed = password.normalize('NFC');
    const answer = await user.api.patch('/me', { password: NEW_PASSWORD, current_password: composed });
    expect(answer.status).toBe(200);
  });

  describe('with bad input', () => {
    let user: TestUser;
    beforeAll(async () => {
      user = await createUser(app, 'Ada.Long.Name@Example.com');
    });
    afterAll(() => expectUntouched(user));

    const current = { current_password: PASSWORD };
    it.each<[string, unknown, string[]]>([
      ['nothing at all', undefined, ['']],
      ['an empty object', {}, ['', '/current_password']],
      ['a list', [current], ['']],
      ['nothing to change', current, ['']],
      ['an address without the current password', { email: 'a@example.com' }, ['/current_password']],
      ['a password without the current one', { password: NEW_PASSWORD }, ['/current_password']],
      ['null for the address', { email: null, ...current }, ['/email']],
      ['null for the password', { password: null, ...current }, ['/password']],
      [
        'null for the current password',
        { email: 'a@example.com', current_password: null },
        ['/current_password'],
      ],
      [
        'wrong types',
        { email: 1, password: {}, current_password: [] },
        ['/current_password', '/email', '/password'],
      ],
      ['no address', { email: 'ada', ...current }, ['/email']],
      ['an address of 255 characters', { email: `${'a'.repeat(243)}@example.com`, ...current }, ['/email']],
      ['an address with a NUL', { email: 'a\u0000@example.com', ...current }, ['/email']],
      ['7 characters', { password: 'xK9#mq2', ...current }, ['/password']],
      ['129 characters', { password: 'xK9#mq2!'.repeat(16) + 'x', ...current }, ['/password']],
      ['a lone surrogate', { password: 'xK9#mq2!\ud800', ...current }, ['/password']],
      ['a common password', { password: 'Password123', ...current }, ['/password']],
      [
        'a common password in full-width letters',
        { password: 'ｐａｓｓｗｏｒｄ１', ...current },
        ['/password'],
      ],
      [
        'the current address as password',
        { password: 'ADA.long.name@example.com', ...current },
        ['/password'],
      ],
      [
        'the new address as password',
        { email: 'Eva.Long@example.com', password: 'eva.long@EXAMPLE.com', ...current },
        ['/password'],
      ],
      [
        'an enormous current password',
        { email: 'a@example.com', current_password: 'x'.repeat(1025) },
        ['/current_password'],
      ],
      ['a role', { email: 'a@example.com', role: 'admin', ...current }, ['/role']],
      ['an id', { email: 'a@example.com', id: 1, ...current }, ['/id']],
      ['constructor', { constructor: {}, ...current }, ['/constructor']],
      [
        'a camel-case name',
        { email: 'a@example.com', currentPassword: PASSWORD },
        ['/current_password', '/currentPassword'],
      ],
    ])('rejects %s', async (_what, body, faults) => {
      expectProblem(await user.api.patch('/me', body), 400, 'invalid_input', faults);
    });

    it('rejects __proto__', async () => {
      const raw = `{"__proto__": {}, "email": "a@example.com", "current_password": "${PASSWORD}"}`;
      const answer = await user.api.call('PATCH', '/me', { raw });
      expectProblem(answer, 400, 'invalid_input', ['/__proto__']);
    });

    it('rejects a query', async () => {
      const answer = await user.api.patch('/me?x=1', { email: newEmail(), ...current });
      expectProblem(answer, 400, 'invalid_input', ['?x']);
    });
  });

  it('rejects an address that is the password', async () => {
    const email = `${unique('ada')}@example.com`;
    const user = await createUser(app);
    const first = { password: email.toUpperCase(), current_password: PASSWORD };
    expect((await user.api.patch('/me', first)).status).toBe(200);
    const answer = await user.api.patch('/me', { email, current_password: email.toUpperCase() });
    expectProblem(answer, 400, 'invalid_input', ['/email']);
    expect((await user.api.get('/me')).body).toMatchObject({ email: user.email });
    const both = { email, password: NEW_PASSWORD, current_password: email.toUpperCase() };
    expect((await user.api.patch('/me', both)).status).toBe(200);
  });

  it('looks at the input before the current password', async () => {
    const user = await createUser(app);
    const changes = { password: user.email.toUpperCase(), current_password: WRONG };
    expectProblem(await user.api.patch('/me', changes), 400, 'invalid_input', ['/password']);
  });

  it.each([WRONG, '', 'x', PASSWORD.toUpperCase(), `${PASSWORD} `])(
    'refuses the wrong current password "%s"',
    async (wrong) => {
      const user = await createUser(app);
      const elsewhere = await logIn(app.api, user.email, user.id);
      const { email: taken } = await createUser(app);
      for (const changes of [
        { email: newEmail() },
        { password: NEW_PASSWORD },
        { email: taken },
        { email: newEmail(), password: NEW_PASSWORD },
      ]) {
        const answer = await user.api.patch('/me', { ...changes, current_password: wrong });
        expectProblem(answer, 403, 'wrong_password');
      }
      await expectUntouched(user);
      await expectAlive(elsewhere);
    },
  );

  it('refuses the password of somebody else', async () => {
    const [user, other] = [await createUser(app), await createUser(app)];
    const theirs = 'another good password';
    await other.api.patch('/me', { password: theirs, current_password: PASSWORD });
    const answer = await user.api.patch('/me', { email: newEmail(), current_password: theirs });
    expectProblem(answer, 403, 'wrong_password');
  });

  it('refuses an address that is taken, in any case, and changes nothing of the rest', async () => {
    const [user, { email: taken }] = [await createUser(app), await createUser(app, newEmail())];
    const elsewhere = await logIn(app.api, user.email, user.id);
    for (const email of [taken, taken.toUpperCase(), taken.toLowerCase()]) {
      for (const extra of [{}, { password: NEW_PASSWORD }]) {
        const answer = await user.api.patch('/me', { email, ...extra, current_password: PASSWORD });
        expectProblem(answer, 409, 'email_taken');
      }
    }
    await expectUntouched(user);
    await expectAlive(elsewhere);
  });

  it('gives an address to one of many who want it at once', async () => {
    const users = await Promise.all(Array.from({ length: 6 }, () => createUser(app)));
    const email = newEmail();
    const answers = await Promise.all(
      users.map(({ accessToken }, index) =>
        (index % 2 ? app : twin).api
          .as(accessToken)
          .patch('/me', { email: index % 3 ? email : email.toUpperCase(), current_password: PASSWORD }),
      ),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409, 409, 409]);
    for (const answer of answers) if (answer.status === 409) expectProblem(answer, 409, 'email_taken');
  });

  it('needs an access token', async () => {
    const user = await createUser(app);
    const body = { email: newEmail(), current_password: PASSWORD };
    expectProblem(await app.api.patch('/me', body), 401, 'unauthenticated');
    expectProblem(await app.api.as(user.refreshToken).patch('/me', body), 401, 'unauthenticated');
    // Before the input is looked at.
    expectProblem(await app.api.patch('/me', {}), 401, 'unauthenticated');
    await expectUntouched(user);
  });
});

describe('POST /me/deletion', () => {
  it('deletes the account, with all its sessions at once', async () => {
    const user = await createUser(app, newEmail());
    const elsewhere = await logIn(twin.api, user.email, user.id);
    const stranger = await createUser(app);
    const answer = await user.api.post('/me/deletion', { current_password: PASSWORD });
    expect([answer.status, answer.text]).toEqual([204, '']);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    await expectDead(user);
    await expectDead(elsewhere);
    await expectAlive(stranger);
    expectProblem(await app.api.get(`/user/${user.id}`), 404, 'user_not_found');
    expectProblem(
      await twin.api.post('/login', { email: user.email, password: PASSWORD }),
      401,
      'bad_credentials',
    );
    expect(await app.sql('SELECT * FROM sessions WHERE user_id = $1', [user.id])).toEqual([]);
    expect(await app.sql('SELECT * FROM login_addresses WHERE user_id = $1', [user.id])).toEqual([]);
  });

  it('lets the address register again, as another account', async () => {
    const user = await createUser(app, newEmail());
    await user.api.post('/me/deletion', { current_password: PASSWORD });
    const again = await createUser(app, user.email.toUpperCase());
    expect(again.id).not.toBe(user.id);
    await expectDead(user);
    expect((await again.api.get('/me')).body).toMatchObject({ id: again.id, role: 'user' });
  });

  it.each([WRONG, '', PASSWORD.toUpperCase()])('refuses the wrong password "%s"', async (wrong) => {
    const user = await createUser(app);
    expectProblem(await user.api.post('/me/deletion', { current_password: wrong }), 403, 'wrong_password');
    await expectUntouched(user);
  });

  it('refuses an owner of stores, until there are none', async () => {
    const owner = await createUser(app);
    const store = await createStore(owner);
    const refused = await owner.api.post('/me/deletion', { current_password: PASSWORD });
    expectProblem(refused, 409, 'owns_stores');
    expect((refused.body as { detail: string }).detail).toBe(
      `The user still owns a store: “${store.name}” (id ${store.id}). Delete it or have an admin give it to ` +
        `another user first; GET /stores?owner_id=${owner.id} lists it.`,
    );
    await expectUntouched(owner);
    expect((await app.api.get(`/stores/${store.id}`)).status).toBe(200);
    // The password first: who does not know it learns nothing.
    expectProblem(await owner.api.post('/me/deletion', { current_password: WRONG }), 403, 'wrong_password');
    await owner.api.delete(`/stores/${store.id}`);
    expect((await owner.api.post('/me/deletion', { current_password: PASSWORD })).status).toBe(204);
  });

  it('refuses the last admin, and nobody before', async () => {
    const own = await startApp();
    try {
      const [first, second] = [await createAdmin(own), await createAdmin(own)];
      const body = { current_password: PASSWORD };
      expect((await first.api.post('/me/deletion', body)).status).toBe(204);
      expectProblem(await second.api.post('/me/deletion', body), 409, 'last_admin');
      expect((await second.api.get('/me')).body).toMatchObject({ role: 'admin' });
      const user = await createUser(own);
      expect((await user.api.post('/me/deletion', body)).status).toBe(204);
    } finally {
      await own.close();
    }
  });

  it('takes no password that was changed while it waited for its turn', async () => {
    const user = await createUser(app);
    const elsewhere = await logIn(app.api, user.email, user.id);
    const release = takeTurns(app);
    const fromElsewhere = elsewhere.api.post('/me/deletion', { current_password: PASSWORD });
    const fromHere = user.api.post('/me/deletion', { current_password: PASSWORD });
    await sleep(100);
    const change = { password: NEW_PASSWORD, current_password: PASSWORD };
    expect((await twin.api.as(user.accessToken).patch('/me', change)).status).toBe(200);
    await release();
    expectProblem(await fromElsewhere, 401, 'unauthenticated');
    expectProblem(await fromHere, 403, 'wrong_password');
    expect(await statusOfLogin(user.email, NEW_PASSWORD)).toBe(200);
  });

  it('takes no password that is changed while the account is being deleted', async () => {
    const user = await createUser(app);
    const newHash = await hash(NEW_PASSWORD, { memoryCost: 8, timeCost: 1, parallelism: 1 });
    await withClient(app.connection, async (client) => {
      await client.query('BEGIN');
      await client.query('UPDATE users SET password_hash = $2 WHERE id = $1', [user.id, newHash]);
      const deletion = user.api.post('/me/deletion', { current_password: PASSWORD });
      await sleep(400);
      await client.query('COMMIT');
      expectProblem(await deletion, 403, 'wrong_password');
    });
    expect(await statusOfLogin(user.email, NEW_PASSWORD)).toBe(200);
  });

  it('is not kept from it by a login that renews the hash meanwhile', async () => {
    const user = await createUser(app);
    const renewed = await hash(PASSWORD, { memoryCost: 8, timeCost: 1, parallelism: 1 });
    await withClient(app.connection, async (client) => {
      await client.query('BEGIN');
      await client.query('UPDATE users SET password_hash = $2 WHERE id = $1', [user.id, renewed]);
      const deletion = user.api.post('/me/deletion', { current_password: PASSWORD });
      await sleep(400);
      await client.query('COMMIT');
      expect((await deletion).status).toBe(204);
    });
  });

  it.each<[string, unknown, string[]]>([
    ['nothing at all', undefined, ['']],
    ['an empty object', {}, ['/current_password']],
    ['text', 'x', ['']],
    ['null', { current_password: null }, ['/current_password']],
    ['a number', { current_password: 1 }, ['/current_password']],
    ['a lone surrogate', { current_password: 'x\ud800' }, ['/current_password']],
    ['an enormous password', { current_password: 'x'.repeat(1025) }, ['/current_password']],
    ['an unknown member', { current_password: PASSWORD, really: true }, ['/really']],
  ])('rejects %s', async (_what, body, faults) => {
    const user = await createUser(app);
    expectProblem(await user.api.post('/me/deletion', body), 400, 'invalid_input', faults);
    expect((await user.api.get('/me')).status).toBe(200);
  });

  it('needs an access token', async () => {
    const user = await createUser(app);
    const body = { current_password: PASSWORD };
    expectProblem(await app.api.post('/me/deletion', body), 401, 'unauthenticated');
    expectProblem(await app.api.as(user.refreshToken).post('/me/deletion', body), 401, 'unauthenticated');
    await expectUntouched(user);
  });
});

describe('a right password, while the account changes each time that it was checked', () => {
  const busy = 'The account was changed by others at the same time; try again shortly.';

  /** Lets the next `times` checks of a password be followed by what `change` does. */
  function afterChecks(times: number, change: () => Promise<unknown>): jest.SpyInstance {
    const passwords = app.app.get(PasswordsService);
    const verify = passwords.verify.bind(passwords);
    let left = times;
    return jest.spyOn(passwords, 'verify').mockImplementation(async (...args) => {
      const matches = await verify(...args);
      if (left-- > 0) await change();
      return matches;
    });
  }

  /** What a login does that renews the hash. */
  async function renewHash({ id }: TestUser): Promise<void> {
    const renewed = await hash(PASSWORD, { memoryCost: 8, timeCost: 1, parallelism: 1 });
    await app.sql('UPDATE users SET password_hash = $2 WHERE id = $1', [id, renewed]);
  }

  const acts: [string, (user: TestUser) => Promise<Answer>, number][] = [
    ['PATCH /me', ({ api }) => api.patch('/me', { email: newEmail(), current_password: PASSWORD }), 200],
    ['POST /me/deletion', ({ api }) => api.post('/me/deletion', { current_password: PASSWORD }), 204],
    ['POST /login', ({ email }) => app.api.post('/login', { email, password: PASSWORD }), 200],
  ];

  it.each(acts)('is right for %s after four times', async (_route, act, status) => {
    const user = await createUser(app);
    const spy = afterChecks(4, () => renewHash(user));
    try {
      expect((await act(user)).status).toBe(status);
      expect(spy).toHaveBeenCalledTimes(5);
    } finally {
      spy.mockRestore();
    }
  });

  it.each(acts)('is not called wrong by %s however often that is', async (_route, act) => {
    const user = await createUser(app);
    const spy = afterChecks(Infinity, () => renewHash(user));
    try {
      const answer = await act(user);
      expectProblem(answer, 503, 'unavailable');
      expect((answer.body as { detail: string }).detail).toBe(busy);
    } finally {
      spy.mockRestore();
    }
    await expectUntouched(user);
  });

  it('is right for a new password while the address changes', async () => {
    const user = await createUser(app);
    let count = 0;
    const spy = afterChecks(3, () =>
      app.sql('UPDATE users SET email = $2 WHERE id = $1', [user.id, `${++count}-${user.email}`]),
    );
    try {
      const change = { password: NEW_PASSWORD, current_password: PASSWORD };
      expect((await user.api.patch('/me', change)).status).toBe(200);
    } finally {
      spy.mockRestore();
    }
    expect(await statusOfLogin(`3-${user.email}`, NEW_PASSWORD)).toBe(200);
  });

  it('is wrong once it is no longer the password', async () => {
    const user = await createUser(app);
    const other = await hash(NEW_PASSWORD, { memoryCost: 8, timeCost: 1, parallelism: 1 });
    const spy = afterChecks(1, () =>
      app.sql('UPDATE users SET password_hash = $2 WHERE id = $1', [user.id, other]),
    );
    try {
      const body = { current_password: PASSWORD };
      expectProblem(await user.api.post('/me/deletion', body), 403, 'wrong_password');
    } finally {
      spy.mockRestore();
    }
  });
});

describe('a hash made with less effort', () => {
  const PARAMETERS = /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/;

  async function weaken({ id }: TestUser, password = PASSWORD): Promise<string> {
    const weak = await hash(password, { memoryCost: 4096, timeCost: 1, parallelism: 1 });
    await app.sql('UPDATE users SET password_hash = $2 WHERE id = $1', [id, weak]);
    return weak;
  }

  async function hashOf({ id }: TestUser): Promise<string> {
    const [row] = await app.sql<{ hash: string }>('SELECT password_hash AS hash FROM users WHERE id = $1', [
      id,
    ]);
    return row?.hash ?? '';
  }

  it('is renewed by a login, and by nothing else', async () => {
    const user = await createUser(app);
    const weak = await weaken(user);
    expect(await statusOfLogin(user.email, WRONG)).toBe(401);
    await user.api.patch('/me', { email: user.email, current_password: PASSWORD });
    expect((await refresh(user, app)).status).toBe(200);
    expect(await hashOf(user)).toBe(weak);

    const { status, body } = await app.api.post('/login', { email: user.email, password: PASSWORD });
    expect(status).toBe(200);
    const renewed = await hashOf(user);
    expect(renewed).toMatch(PARAMETERS);
    expect((await app.api.as((body as { access_token: string }).access_token).get('/me')).status).toBe(200);
    // The other sessions are not ended by it.
    expect((await user.api.get('/me')).status).toBe(200);
    expect(await statusOfLogin(user.email, PASSWORD)).toBe(200);
    expect(await statusOfLogin(user.email, WRONG)).toBe(401);
    expect(await hashOf(user)).toBe(renewed);
  });

  it('is renewed by the next login when this one finds no time for it', async () => {
    const user = await createUser(app);
    const weak = await weaken(user);
    const busy = new Problem(UNAVAILABLE);
    jest.spyOn(twin.app.get(PasswordsService), 'hash').mockRejectedValueOnce(busy);
    expect(await statusOfLogin(user.email, PASSWORD)).toBe(200);
    expect(await hashOf(user)).toBe(weak);
    expect(await statusOfLogin(user.email, PASSWORD)).toBe(200);
    expect(await hashOf(user)).toMatch(PARAMETERS);
  });

  it('is no reason to refuse the login when the database finds no time for it', async () => {
    const user = await createUser(app);
    const weak = await weaken(user);
    const cancelled = Object.assign(new Error('canceling statement due to statement timeout'), {
      code: '57014',
    });
    jest.spyOn(twin.app.get(UsersService), 'changeCredentials').mockRejectedValueOnce(cancelled);
    expect(await statusOfLogin(user.email, PASSWORD)).toBe(200);
    expect(await hashOf(user)).toBe(weak);
  });

  it('keeps the password in its one spelling', async () => {
    const user = await createUser(app);
    await weaken(user, 'Cr\u00e9me br\u00fbl\u00e9e');
    expect(await statusOfLogin(user.email, 'Cre\u0301me bru\u0302le\u0301e')).toBe(200);
    expect(await hashOf(user)).toMatch(PARAMETERS);
    expect(await statusOfLogin(user.email, 'Cr\u00e9me br\u00fbl\u00e9e')).toBe(200);
  });

  it('is renewed under many logins at once, all of which succeed and stay', async () => {
    for (let round = 0; round < 5; round++) {
      const user = await createUser(app);
      await weaken(user);
      const answers = await Promise.all(
        Array.from({ length: 12 }, (_none, index) =>
          (index % 2 ? app : twin).api.post('/login', { email: user.email, password: PASSWORD }),
        ),
      );
      expect(answers.map(({ status }) => status)).toEqual(Array(12).fill(200));
      for (const { body } of answers) {
        const { access_token: token } = body as { access_token: string };
        expect((await twin.api.as(token).get('/me')).status).toBe(200);
      }
      expect(await hashOf(user)).toMatch(PARAMETERS);
    }
  });
});
