import { startApp, type TestApp } from './support/app';
import { type Client } from './support/client';
import { expectProblem } from './support/expect-problem';
import { logIn, PASSWORD, unique } from './support/factories';
import { takeTurns } from './support/take-turns';

const ADMIN = 'admin@example.com';

const newAccount = () => ({ email: `${unique('ada')}@example.com`, password: PASSWORD });

describe('POST /register with REGISTRATION=closed', () => {
  let app: TestApp;
  let admin: Client;
  beforeAll(async () => {
    app = await startApp({
      REGISTRATION: 'closed',
      AUTH_THROTTLE: 'on',
      ADMIN_EMAIL: ADMIN,
      ADMIN_PASSWORD: PASSWORD,
    });
    admin = (await logIn(app.api, ADMIN, 0)).api;
  });
  afterAll(() => app.close());

  it('is refused, and makes no account', async () => {
    const account = newAccount();
    const answer = await app.api.post('/register', account);
    expectProblem(answer, 403, 'registration_closed');
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(await app.sql('SELECT FROM users WHERE email = $1', [account.email])).toEqual([]);
  });

  it('is refused before the input is looked at, and after a body that cannot be read', async () => {
    expectProblem(await app.api.post('/register', { email: 1 }), 403, 'registration_closed');
    expectProblem(
      await app.api.post('/register', { email: ADMIN, password: PASSWORD }),
      403,
      'registration_closed',
    );
    expectProblem(await app.api.call('POST', '/register', { raw: '{' }), 400, 'invalid_input', ['']);
    const headers = { 'content-type': 'text/plain' };
    expectProblem(
      await app.api.call('POST', '/register', { raw: 'x', headers }),
      415,
      'unsupported_media_type',
    );
  });

  it('counts for nothing, and waits for no hash', async () => {
    await app.sql('DELETE FROM throttles');
    const release = takeTurns(app);
    try {
      for (let tries = 0; tries < 25; tries++) {
        expectProblem(await app.api.post('/register', newAccount()), 403, 'registration_closed');
      }
    } finally {
      await release();
    }
    expect(await app.sql('SELECT FROM throttles')).toEqual([]);
  });

  it('lets an admin make an account of role user, who can log in', async () => {
    const account = newAccount();
    const answer = await admin.post('/register', account);
    expect(answer.status).toBe(201);
    expect(answer.body).toMatchObject({ email: account.email, role: 'user' });
    const { id } = answer.body as { id: number };
    expect(answer.headers.get('location')).toBe(`/users/${id}`);
    expectProblem(await admin.post('/register', account), 409, 'email_taken');
    expectProblem(await admin.post('/register', {}), 400, 'invalid_input', ['/email', '/password']);

    const user = await logIn(app.api, account.email, id);
    expectProblem(await user.api.post('/register', newAccount()), 403, 'registration_closed');
    await app.sql(`UPDATE users SET role = 'admin' WHERE id = $1`, [id]);
    expect((await user.api.post('/register', newAccount())).status).toBe(201);
  });

  it('tells who sends a token that is not valid so', async () => {
    const answer = await app.api.as('x.y.z').post('/register', newAccount());
    expectProblem(answer, 401, 'unauthenticated');
    expect(answer.headers.get('www-authenticate')).toBe('Bearer error="invalid_token"');
  });
});

describe('POST /register with REGISTRATION=open', () => {
  it('is for everybody, and ignores a token', async () => {
    const app = await startApp();
    try {
      expect((await app.api.post('/register', newAccount())).status).toBe(201);
      expect((await app.api.as('x.y.z').post('/register', newAccount())).status).toBe(201);
    } finally {
      await app.close();
    }
  });
});
