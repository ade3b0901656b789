import { startApp, type TestApp } from './support/app';
import { expectProblem } from './support/expect-problem';
import { createUser, PASSWORD, unique } from './support/factories';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

const register = (email: string, at = app) => at.api.post('/register', { email, password: PASSWORD });
const logIn = (email: string, at = app) => at.api.post('/login', { email, password: PASSWORD });

/** The same mailbox, however it is written. */
const SPELLINGS = ['bücher.example', 'BÜCHER.example', 'bu\u0308cher.example', 'XN--BCHER-KVA.example'];
const ASCII = 'xn--bcher-kva.example';

describe('an address with a domain beyond ASCII', () => {
  it('is stored and shown in its ASCII form', async () => {
    const local = unique('ada');
    const answer = await register(`${local}@bücher.example`);
    expect(answer.status).toBe(201);
    expect(answer.body).toMatchObject({ email: `${local}@${ASCII}` });
  });

  it.each(SPELLINGS)('is one account, registered as %s', async (first) => {
    const local = unique('ada');
    expect((await register(`${local}@${first}`)).status).toBe(201);
    for (const spelling of SPELLINGS) {
      expectProblem(await register(`${local}@${spelling}`), 409, 'email_taken');
      expect((await logIn(`${local}@${spelling}`)).status).toBe(200);
    }
  });

  it('can be chosen later, and is taken then', async () => {
    const [user, other] = [await createUser(app), await createUser(app)];
    const local = unique('ada');
    const change = (email: string) => ({ email, current_password: PASSWORD });
    const changed = await user.api.patch('/me', change(`${local}@bücher.example`));
    expect(changed.body).toMatchObject({ email: `${local}@${ASCII}` });
    expectProblem(await other.api.patch('/me', change(`${local}@${ASCII}`)), 409, 'email_taken');
    expect((await user.api.patch('/me', change(`${local}@BÜCHER.example`))).status).toBe(200);
  });

  it('cannot be the password, in any spelling', async () => {
    const local = unique('ada');
    for (const spelling of SPELLINGS.slice(0, 3)) {
      const body = { email: `${local}@${ASCII}`, password: `${local}@${spelling}` };
      expectProblem(await app.api.post('/register', body), 400, 'invalid_input', ['/password']);
    }
  });

  it('has one row of failures', async () => {
    const own = await startApp({ AUTH_THROTTLE: 'on' });
    try {
      for (let index = 0; index < 10; index++) {
        const email = `ada@${SPELLINGS[index % SPELLINGS.length] ?? ''}`;
        expectProblem(await logIn(email, own), 401, 'bad_credentials');
      }
      expectProblem(await logIn(`ada@${ASCII}`, own), 429, 'too_many_requests');
    } finally {
      await own.close();
    }
  });

  it('may be that of the admin of the settings', async () => {
    const email = `${unique('admin')}@bücher.example`;
    const own = await startApp({ ADMIN_EMAIL: email, ADMIN_PASSWORD: PASSWORD });
    try {
      expect((await logIn(email, own)).status).toBe(200);
      const again = await startApp({ ADMIN_EMAIL: email, ADMIN_PASSWORD: PASSWORD }, own.connection);
      await again.close();
      expect(await own.sql('SELECT id FROM users')).toHaveLength(1);
    } finally {
      await own.close();
    }
  });
});

describe('an address that browsers accept', () => {
  it.each(['a..b@docomo.ne.jp', '.a.@docomo.ne.jp', 'ada@localhost', 'ädä@example.com', '用户@例子.广告'])(
    'registers and logs in: %s',
    async (email) => {
      expect((await register(email)).status).toBe(201);
      expect((await logIn(email)).status).toBe(200);
    },
  );

  it.each(['ada@exa mple.com', 'ada@b_d.example', 'ada@ü/b', 'ada@ü..example', 'ada', 'a b@example.com'])(
    'is not %s',
    async (email) => {
      expectProblem(await register(email), 400, 'invalid_input', ['/email']);
    },
  );

  it('has at most 254 characters in the form that is stored', async () => {
    const domain = `${'bücher.'.repeat(20)}example`;
    const email = `${'a'.repeat(60)}@${domain}`;
    expect(email.length).toBeLessThan(254);
    expectProblem(await register(email), 400, 'invalid_input', ['/email']);
  });
});

describe('accounts of a version that stored domains as they were typed', () => {
  async function addAccount(email: string): Promise<number> {
    const [row] = await app.sql<{ id: number }>(
      `INSERT INTO users (email, password_hash)
       SELECT $1, password_hash FROM users WHERE email = $2 RETURNING id::int AS id`,
      [email, (await createUser(app)).email],
    );
    return row?.id ?? 0;
  }

  async function emailOf(id: number): Promise<string | undefined> {
    const [row] = await app.sql<{ email: string }>('SELECT email FROM users WHERE id = $1', [id]);
    return row?.email;
  }

  async function restart(): Promise<string[]> {
    const next = await startApp({}, app.connection);
    await next.close();
    return next.logs;
  }

  it('log in again after the next start, in any spelling', async () => {
    const local = unique('Ada');
    const id = await addAccount(`${local}@BÜCHER.example`);
    const untouched = await addAccount(`${unique('Ädä')}@Example.com`);
    const before = await emailOf(untouched);
    await restart();
    expect(await emailOf(id)).toBe(`${local}@${ASCII}`);
    expect(await emailOf(untouched)).toBe(before);
    for (const spelling of SPELLINGS) expect((await logIn(`${local}@${spelling}`)).status).toBe(200);
  });

  it('stay as they are, and are told of, where the mailbox has another account', async () => {
    const local = unique('ada');
    const older = await addAccount(`${local}@bücher.example`);
    const newer = await addAccount(`${local}@${ASCII}`);
    const warning = `"user_id":${older},"other_user_id":${newer}`;
    expect((await restart()).join('')).toContain(warning);
    expect(await emailOf(older)).toBe(`${local}@bücher.example`);
    await app.sql('DELETE FROM users WHERE id = $1', [newer]);
    expect((await restart()).join('')).not.toContain(warning);
    expect(await emailOf(older)).toBe(`${local}@${ASCII}`);
  });

  it('stay as they are where the ASCII form is too long, and keep no server from starting', async () => {
    const email = `${'a'.repeat(60)}@${'bücher.'.repeat(20)}example`;
    const id = await addAccount(email);
    await restart();
    expect(await emailOf(id)).toBe(email);
  });
});
