import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { decode, type JwtPayload } from 'jsonwebtoken';
import { type Logger } from 'pino';
import { ADMIN_FILE, FirstAdminService } from '../src/auth/account/first-admin.service';
import { PasswordsService } from '../src/auth/passwords/passwords.service';
import { LOGGER } from '../src/common/logging';
import { Environment } from '../src/config/environment';
import { Database } from '../src/database/database';
import { UsersService } from '../src/users/users.service';
import { startApp, type TestApp } from './support/app';
import { type Answer } from './support/client';
import { withClient } from './support/database';
import { expectProblem } from './support/expect-problem';
import { PASSWORD, unique } from './support/factories';
import { after, anotherSession, newSession, type Session, together } from './support/races';

const SETTINGS = { TRUST_PROXY: '1' };
const ROUNDS = 12;
const NEW_PASSWORD = 'wrong pony accumulator';

let app: TestApp;
/** another instance on the same database */
let twin: TestApp;
let admin: Session;
beforeAll(async () => {
  app = await startApp(SETTINGS);
  twin = await startApp(SETTINGS, app.connection);
  admin = await newSession(app, { role: 'admin' });
});
afterAll(async () => {
  await twin.close();
  await app.close();
});

const at = (index: number) => (index % 2 ? app : twin).api;
const refresh = (token: string, index: number, headers: Record<string, string> = {}) =>
  at(index).as(token).post('/refresh', undefined, { headers });

const removeUser = ({ userId }: Session, index: number) =>
  at(index).as(admin.access).delete(`/users/${userId}`);

interface Tokens {
  access_token: string;
  refresh_token: string;
}

function expectNoFailure(answers: Answer[]): void {
  expect(answers.map(({ status }) => status).filter((status) => status >= 500)).toEqual([]);
}

/** No token of these answers is good for anything any more. */
async function expectDead(answers: Answer[], session: Session): Promise<void> {
  const tokens = answers.filter(({ status }) => status === 200).map(({ body }) => body as Tokens);
  for (const access of [session.access, ...tokens.map(({ access_token }) => access_token)]) {
    expect((await app.api.as(access).get('/me')).status).toBe(401);
  }
  for (const each of [session.refresh, ...tokens.map(({ refresh_token }) => refresh_token)]) {
    expect((await refresh(each, 0)).status).toBe(401);
  }
  expect(await app.sql('SELECT id FROM sessions WHERE id = $1', [session.id])).toEqual([]);
}

describe('50 simultaneous refreshes on two instances', () => {
  it('all get the same successor', async () => {
    for (let round = 0; round < 5; round++) {
      const session = await newSession(app);
      const answers = await Promise.all(
        Array.from({ length: 50 }, (_none, index) => refresh(session.refresh, index)),
      );
      expect(answers.map(({ status }) => status)).toEqual(Array(50).fill(200));
      const tokens = answers.map(({ body }) => body as Tokens);
      expect(new Set(tokens.map(({ refresh_token }) => refresh_token)).size).toBe(1);
      // Each has an access token of its own.
      expect(new Set(tokens.map(({ access_token }) => access_token)).size).toBe(50);
      const successor = tokens[0]?.refresh_token ?? '';
      expect((decode(successor) as JwtPayload & { sid: string }).sid).toBe(session.id);
      for (const { access_token } of tokens.slice(0, 5)) {
        expect((await app.api.as(access_token).get('/me')).status).toBe(200);
      }
      expect((await refresh(successor, round)).status).toBe(200);
    }
  });

  it('of a token and its successor mixed end in one chain, or in none', async () => {
    for (let round = 0; round < 10; round++) {
      const session = await newSession(app);
      const { refresh_token: second } = (await refresh(session.refresh, 0)).body as Tokens;
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_none, index) =>
          refresh(index % 2 ? session.refresh : second, index >> 1),
        ),
      );
      expectNoFailure(answers);
      const given = new Set(
        answers.flatMap(({ status, body }) => (status === 200 ? [(body as Tokens).refresh_token] : [])),
      );
      given.delete(second);
      expect(given.size).toBeLessThanOrEqual(1);
      // The first token came after its successor had been used: it was in strange hands.
      if (answers.some(({ status }) => status === 401)) await expectDead(answers, session);
    }
  });
});

describe('a refresh, and at the same time', () => {
  it('a logout leave no token', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const session = await newSession(app);
      const [logout, ...answers] = await together(
        after(Math.random() * 5, () => at(round).as(session.access).post('/logout')),
        ...[0, 1, 2].map((index) => after(Math.random() * 5, () => refresh(session.refresh, index))),
      );
      expect(logout.status).toBe(204);
      expectNoFailure(answers);
      await expectDead(answers, session);
    }
  });

  it('DELETE /sessions from another session leave no token of the one, and all of the other', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const session = await newSession(app);
      const other = await anotherSession(app, session);
      const [ended, ...answers] = await together(
        after(Math.random() * 5, () => at(round).as(other.access).delete(`/sessions/${session.id}`)),
        ...[0, 1, 2].map((index) => after(Math.random() * 5, () => refresh(session.refresh, index))),
        refresh(other.refresh, round),
      );
      const kept = answers.pop();
      expect(ended.status).toBe(204);
      expect(kept?.status).toBe(200);
      expectNoFailure(answers);
      await expectDead(answers, session);
      expect((await refresh((kept?.body as Tokens).refresh_token, round)).status).toBe(200);
    }
  });

  it('a change of the password elsewhere leave no token but those of the session that changed it', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const session = await newSession(app);
      const other = await anotherSession(app, session);
      const body = { password: NEW_PASSWORD, current_password: PASSWORD };
      // Two hashes go by before the sessions end.
      const [change, own, ...answers] = await together(
        at(round).as(other.access).patch('/me', body),
        after(60 + (round % 8) * 5, () => refresh(other.refresh, round)),
        ...[0, 1, 2, 3, 4, 5].map((index) =>
          after(40 + index * 10 + (round % 10), () => refresh(session.refresh, index)),
        ),
      );
      expect(change.status).toBe(200);
      expect(own?.status).toBe(200);
      expectNoFailure(answers);
      await expectDead(answers, session);
      expect((await refresh((own?.body as Tokens).refresh_token, round)).status).toBe(200);
    }
  });

  it('the deletion of the account leave no token, and no waiting for each other', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const session = await newSession(app);
      const [removed, ...answers] = await together(
        after(Math.random() * 5, () => removeUser(session, round)),
        // From an address that the account has not had before.
        ...[0, 1, 2].map((index) =>
          refresh(session.refresh, index, { 'x-forwarded-for': `198.51.${round}.${index}` }),
        ),
      );
      expect(removed.status).toBe(204);
      expectNoFailure(answers);
      await expectDead(answers, session);
    }
  });
});

describe('a login with the old password, while it is being changed', () => {
  it('leaves no session', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const session = await newSession(app);
      const body = { password: NEW_PASSWORD, current_password: PASSWORD };
      const credentials = { email: session.email, password: PASSWORD };
      const [change, ...answers] = await together(
        at(0).as(session.access).patch('/me', body),
        after(round % 10, () => at(0).post('/login', credentials)),
        after(20 + (round % 20) * 2, () => at(1).post('/login', credentials)),
        after(50 + (round % 10) * 3, () => at(1).post('/login', credentials)),
      );
      expect(change.status).toBe(200);
      for (const { status } of answers) expect([200, 401]).toContain(status);
      for (const { status, body: tokens } of answers) {
        if (status !== 200) continue;
        expect((await app.api.as((tokens as Tokens).access_token).get('/me')).status).toBe(401);
        expect((await refresh((tokens as Tokens).refresh_token, 0)).status).toBe(401);
      }
      const left = await app.sql<{ id: string }>('SELECT id FROM sessions WHERE user_id = $1', [
        session.userId,
      ]);
      expect(left).toEqual([{ id: session.id }]);
      expect((await app.api.as(session.access).get('/me')).status).toBe(200);
    }
  });
});

describe('two changes of the password at once', () => {
  it('are one change, and the current session of the one who made it', async () => {
    for (let round = 0; round < 8; round++) {
      const session = await newSession(app);
      const other = await anotherSession(app, session);
      const change = (by: Session, password: string, index: number) =>
        at(index).as(by.access).patch('/me', { password, current_password: PASSWORD });
      const answers = await Promise.all([
        change(session, 'the first new password', 0),
        change(other, 'the second new password', 1),
      ]);
      const statuses = answers.map(({ status }) => status);
      expect(statuses.filter((status) => status === 200)).toHaveLength(1);
      expect([401, 403]).toContain(statuses.find((status) => status !== 200));
      const [won, lost] = statuses[0] === 200 ? [session, other] : [other, session];
      expect((await app.api.as(won.access).get('/me')).status).toBe(200);
      expect((await app.api.as(lost.access).get('/me')).status).toBe(401);
    }
  });
});

describe('an address and a password that change at once', () => {
  it('never become the same', async () => {
    for (let round = 0; round < 6; round++) {
      const session = await newSession(app);
      const same = `${unique('same')}@example.com`;
      const [address, password] = await together(
        at(0).as(session.access).patch('/me', { email: same, current_password: PASSWORD }),
        at(1).as(session.access).patch('/me', { password: same.toUpperCase(), current_password: PASSWORD }),
      );
      expect([address.status, password?.status].filter((status) => status === 200)).toHaveLength(1);
      // Whoever came second was checked again: against the new address, or the new password.
      if (password?.status !== 200) expectProblem(password as Answer, 400, 'invalid_input', ['/password']);
      else expectProblem(address, 403, 'wrong_password');
    }
  });

  it('both change where they may', async () => {
    const session = await newSession(app);
    const email = `${unique('new')}@example.com`;
    const change = at(0)
      .as(session.access)
      .patch('/me', { password: NEW_PASSWORD, current_password: PASSWORD });
    // The new password is being hashed.
    await after(5, () => app.sql('UPDATE users SET email = $2 WHERE id = $1', [session.userId, email]));
    expect((await change).body).toMatchObject({ email });
    expect((await app.api.post('/login', { email, password: NEW_PASSWORD })).status).toBe(200);
  });
});

describe('an account that is being deleted', () => {
  /** What the contract lets a caller hear whose account or session is gone. */
  const GONE = 401;

  it('is deleted once, by whomever', async () => {
    const seen = new Set<number>();
    for (let round = 0; round < 8; round++) {
      const session = await newSession(app);
      const other = await anotherSession(app, session);
      const answers = await Promise.all(
        [session, other].map(({ access }, index) =>
          at(index).as(access).post('/me/deletion', { current_password: PASSWORD }),
        ),
      );
      const statuses = answers.map(({ status }) => status);
      expect(statuses.filter((status) => status === 204)).toHaveLength(1);
      for (const status of statuses) seen.add(status);
    }
    expect([...seen].filter((status) => status !== 204)).toEqual([GONE]);
  });

  it('is gone for a change that was under way', async () => {
    const seen = new Set<number>();
    for (let round = 0; round < 10; round++) {
      const session = await newSession(app);
      const body = { email: `${unique('new')}@example.com`, current_password: PASSWORD };
      const [change] = await Promise.all([
        at(round).as(session.access).patch('/me', body),
        after(2 + 3 * round, () => removeUser(session, round + 1)),
      ]);
      if (change.status !== 200) seen.add(change.status);
    }
    expect([...seen].filter((status) => status !== GONE)).toEqual([]);
  });

  it('owns no store that was made meanwhile', async () => {
    for (let round = 0; round < 20; round++) {
      const session = await newSession(app);
      const [removed, ...stores] = await together(
        after(Math.random() * 5, () => removeUser(session, round)),
        ...[0, 1, 2].map((index) =>
          at(index)
            .as(session.access)
            .post('/stores', { name: unique('store') }),
        ),
      );
      const made = stores.filter(({ status }) => status === 201);
      expect(removed.status).toBe(made.length > 0 ? 409 : 204);
      expectNoFailure(stores);
    }
  });

  /** Runs a request while a deletion of the account has begun, and then lets the deletion end. */
  async function duringDeletion({ userId }: Session, call: () => Promise<Answer>): Promise<Answer> {
    return withClient(app.connection, async (client) => {
      await client.query('BEGIN');
      // As the deletion does: the account first, then what hangs on it.
      await client.query('SELECT FROM users WHERE id = $1 FOR UPDATE', [userId]);
      const answer = call();
      await new Promise((resolve) => setTimeout(resolve, 200));
      await client.query('DELETE FROM users WHERE id = $1', [userId]);
      await client.query('COMMIT');
      return answer;
    });
  }

  it('takes no store', async () => {
    const session = await newSession(app);
    const store = { name: unique('store') };
    const answer = await duringDeletion(session, () => app.api.as(session.access).post('/stores', store));
    expectProblem(answer, GONE, 'unauthenticated');
  });

  it('does not lock with a refresh from a new address', async () => {
    const session = await newSession(app);
    const answer = await duringDeletion(session, () =>
      refresh(session.refresh, 0, { 'x-forwarded-for': '203.0.113.77' }),
    );
    expectProblem(answer, GONE, 'unauthenticated');
  });

  it('takes no login', async () => {
    const session = await newSession(app);
    const credentials = { email: session.email, password: PASSWORD };
    const answer = await duringDeletion(session, () => app.api.post('/login', credentials));
    expectProblem(answer, 401, 'bad_credentials');
  });

  it('has no session that was begun meanwhile', async () => {
    for (let round = 0; round < 10; round++) {
      const session = await newSession(app);
      const [removed, ...logins] = await together(
        after(20 + round * 4, () => removeUser(session, round)),
        ...[0, 1].map((index) => at(index).post('/login', { email: session.email, password: PASSWORD })),
      );
      expect(removed.status).toBe(204);
      for (const { status } of logins) expect([200, 401]).toContain(status);
      for (const { status, body } of logins) {
        if (status !== 200) continue;
        expect((await app.api.as((body as Tokens).access_token).get('/me')).status).toBe(401);
      }
    }
  });
});

describe('the first admin, of processes that start at once', () => {
  it('is one, and its password is in the file', async () => {
    const fresh = await startApp();
    try {
      // Somebody who is no admin has the usual address.
      await fresh.api.post('/register', { email: 'admin@emporium.example', password: PASSWORD });
      const services = Array.from(
        { length: 5 },
        () =>
          new FirstAdminService(
            fresh.app.get(Environment),
            fresh.app.get(UsersService),
            fresh.app.get(PasswordsService),
            true,
            fresh.app.get<Logger>(LOGGER),
            fresh.app.get(Database),
          ),
      );
      await Promise.all(services.map((service) => service.ensure()));
      const admins = await fresh.sql<{ email: string }>(`SELECT email FROM users WHERE role = 'admin'`);
      expect(admins).toEqual([{ email: 'admin-2@emporium.example' }]);
      const file = await readFile(path.join(fresh.app.get(Environment).dataDir, ADMIN_FILE), 'utf8');
      const [, email, password] = /^email: (.*)\npassword: (.*)\n$/.exec(file) ?? [];
      expect((await fresh.api.post('/login', { email, password })).status).toBe(200);
    } finally {
      await fresh.close();
    }
  });
});
