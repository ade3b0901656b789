import { hash } from '@node-rs/argon2';
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
import { BAD_IDS, UNKNOWN_IDS } from './support/inputs';

/** Milliseconds after which PostgreSQL looks whether statements wait for each other. */
const DEADLOCK_TIMEOUT = 1000;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

interface UserRow {
  id: number;
  email: string;
  role: string;
  created_at: string;
}

let app: TestApp;
/** another instance on the same database */
let twin: TestApp;
let admin: TestUser;
beforeAll(async () => {
  app = await startApp();
  twin = await startApp({}, app.connection);
  // Two of them, so that neither is the last.
  admin = await createAdmin(app);
  await createAdmin(app);
});
afterAll(async () => {
  await twin.close();
  await app.close();
});

/** Accounts that nobody logs in to. */
async function addUsers(emails: string[], role = 'user'): Promise<UserRow[]> {
  return app.sql<UserRow>(
    `INSERT INTO users (email, password_hash, role) SELECT email, '', $2 FROM unnest($1::text[]) AS email
     RETURNING id::int, email, role, created_at`,
    [emails, role],
  );
}

async function list(query: string): Promise<UserRow[]> {
  const answer = await admin.api.get(`/users?${query}`);
  expect({ query, status: answer.status }).toEqual({ query, status: 200 });
  return answer.body as UserRow[];
}

/** The emails that a search finds. */
async function search(q: string): Promise<string[]> {
  const rows = await list(`limit=100&q=${encodeURIComponent(q)}`);
  return rows.map(({ email }) => email).sort();
}

function nextOf(answer: Answer): string | undefined {
  return /<([^<>]*)>; rel="next"/.exec(answer.headers.get('link') ?? '')?.[1];
}

/** All rows of a list, page by page to its end. */
async function walk(first: string): Promise<UserRow[]> {
  const rows: UserRow[] = [];
  for (let next: string | undefined = first; next !== undefined;) {
    const answer = await admin.api.get(next);
    expect(answer.status).toBe(200);
    rows.push(...(answer.body as UserRow[]));
    next = nextOf(answer);
    if (rows.length > 1000) throw new Error('the list does not end');
  }
  return rows;
}

describe('GET /users', () => {
  it('shows accounts, without anything secret', async () => {
    const user = await createUser(app, `${unique('Ada')}@Example.com`);
    const answer = await admin.api.get(`/users?q=${user.email}`);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.body).toEqual([
      { id: user.id, email: user.email, role: 'user', created_at: expect.stringMatching(TIME) as string },
    ]);
    expect(answer.text).not.toMatch(/hash|argon/);
    expect((await admin.api.get(`/users/${user.id}`)).body).toEqual((answer.body as UserRow[])[0]);
    expect((await user.api.get('/me')).body).toEqual((answer.body as UserRow[])[0]);
  });

  it('shows 20 by id, and links to the rest', async () => {
    const mark = unique('page');
    const users = await addUsers(Array.from({ length: 25 }, (_none, n) => `${mark}-${n}@example.com`));
    const first = await admin.api.get(`/users?q=${mark}`);
    const ids = users.map(({ id }) => id).sort((a, b) => a - b);
    expect((first.body as UserRow[]).map(({ id }) => id)).toEqual(ids.slice(0, 20));
    expect(first.headers.get('link')).toMatch(
      /^<\/users\?[^<>]*cursor=[\w-]+>; rel="next", <\/users\?[^<>]*>; rel="first"$/,
    );
    const second = await admin.api.get(nextOf(first) ?? '');
    expect((second.body as UserRow[]).map(({ id }) => id)).toEqual(ids.slice(20));
    expect(nextOf(second)).toBeUndefined();
  });

  describe('searched by q', () => {
    const mark = unique('q');
    const [plain, percent, underscore, backslash, other] = [
      `ada.${mark}@example.com`,
      `100%.${mark}@example.com`,
      `a_da.${mark}@example.com`,
      `a\\da.${mark}@example.com`,
      `Bob.${mark}@Example.org`,
    ];
    beforeAll(() => addUsers([plain, percent, underscore, backslash, other]));

    it.each<[string, string, string[]]>([
      ['a part', mark, [percent, other, underscore, backslash, plain]],
      ['any case', mark.toUpperCase(), [percent, other, underscore, backslash, plain]],
      ['any case of what is stored', `bob.${mark}`, [other]],
      ['words in any order', `example.com ${mark} ADA.`, [plain]],
      ['words with white space around and between', `  ${mark}\u00a0 \u2003bob  `, [other]],
      ['the same word twice', `bob ${mark} bob`, [other]],
      ['a plain %', `% ${mark}`, [percent]],
      ['a plain _', `_ ${mark}`, [underscore]],
      ['a plain \\', `\\ ${mark}`, [backslash]],
      ['no pattern', `a%da ${mark}`, []],
      ['all words, and not one of them', `bob ada ${mark}`, []],
      ['text like SQL', `' OR 1=1 -- ${mark}`, []],
    ])('finds by %s', async (_what, q, emails) => {
      expect(await search(q)).toEqual([...emails].sort());
    });

    it('takes 10 words and 200 characters', async () => {
      expect(await search(`${mark} a b c d e f g h i`)).toEqual([]);
      expect(await search('x'.repeat(200))).toEqual([]);
    });

    it.each([
      ['11 words', 'a b c d e f g h i j k'],
      ['201 characters', 'x'.repeat(201)],
      ['nothing', ''],
      ['white space', '  '],
      ['NUL', 'a\u0000'],
      ['nothing visible', '\u200b'],
    ])('refuses %s', async (_what, q) => {
      const answer = await admin.api.get(`/users?q=${encodeURIComponent(q)}`);
      expectProblem(answer, 400, 'invalid_input', ['?q']);
    });

    it('finds by letters beyond ASCII in any case', async () => {
      const email = `j\u00f6rg.\u03b1\u03b8\u03ae\u03bd\u03b1.${mark}@example.com`;
      await addUsers([email]);
      expect(await search(`J\u00d6RG ${mark}`)).toEqual([email]);
      expect(await search(`jo\u0308rg ${mark}`)).toEqual([email]);
      expect(await search(`\u0391\u0398\u0389\u039d\u0391 ${mark}`)).toEqual([email]);
    });
  });

  it('narrows by role', async () => {
    const mark = unique('role');
    const [user] = await addUsers([`u.${mark}@example.com`]);
    const [boss] = await addUsers([`a.${mark}@example.com`], 'admin');
    expect((await list(`q=${mark}&role=user`)).map(({ id }) => id)).toEqual([user?.id]);
    expect((await list(`q=${mark}&role=admin`)).map(({ id }) => id)).toEqual([boss?.id]);
    expect(await list(`q=${mark}`)).toHaveLength(2);
    for (const row of await list('role=admin&limit=100')) expect(row.role).toBe('admin');
    await app.sql(`UPDATE users SET role = 'user' WHERE id = $1`, [boss?.id]);
  });

  describe('sorted', () => {
    const mark = unique('sort');
    let rows: UserRow[];
    beforeAll(async () => {
      const names = ['b', 'A', 'c', 'B2', 'a1', '\u00e4', 'z', 'Z1', 'e\u0301', '_', '0', 'C0', 'm'];
      await addUsers(names.map((name) => `${name}.${mark}@example.com`.normalize('NFC')));
      // Some share their moment, so that the id has to decide.
      await app.sql(
        `UPDATE users SET created_at = timestamptz '2026-01-31T09:00:00Z' + (id % 4) * interval '1 millisecond'
         WHERE email LIKE $1`,
        [`%${mark}%`],
      );
      rows = await list(`q=${mark}&limit=100`);
      expect(rows).toHaveLength(13);
    });

    const inDatabase = async (order: string) => {
      const found = await app.sql<{ id: number }>(
        `SELECT id::int FROM users WHERE email LIKE $1 ORDER BY ${order}`,
        [`%${mark}%`],
      );
      return found.map(({ id }) => id);
    };

    it.each([
      ['id', 'id'],
      ['-id', 'id DESC'],
      ['email', 'lower(email COLLATE "und-x-icu")'],
      ['-email', 'lower(email COLLATE "und-x-icu") DESC'],
      ['created_at', 'created_at, id'],
      ['-created_at', 'created_at DESC, id DESC'],
    ])('by %s gives each once, in pages of any size', async (sort, order) => {
      const expected = await inDatabase(order);
      for (const limit of [1, 2, 5, 12, 13, 100]) {
        const found = await walk(`/users?q=${mark}&sort=${sort}&limit=${limit}`);
        expect(found.map(({ id }) => id)).toEqual(expected);
      }
    });

    it('by e-mail takes no notice of case', async () => {
      const emails = (await list(`q=${mark}&sort=email&limit=100`)).map(({ email }) => email.split('.')[0]);
      expect(emails.indexOf('A')).toBeLessThan(emails.indexOf('b'));
      expect(emails.indexOf('b')).toBeLessThan(emails.indexOf('B2'));
      expect(emails.indexOf('z')).toBeLessThan(emails.indexOf('Z1'));
    });

    it.each(['email', '-created_at', 'id'])(
      'by %s neither skips nor repeats while others come and go',
      async (sort) => {
        const own = unique('moving');
        const users = await addUsers(Array.from({ length: 12 }, (_none, n) => `${n}.${own}@example.com`));
        const seen: number[] = [];
        const gone = new Set<number>();
        for (let next: string | undefined = `/users?q=${own}&sort=${sort}&limit=3`; next !== undefined;) {
          const answer: Answer = await admin.api.get(next);
          const page = (answer.body as UserRow[]).map(({ id }) => id);
          seen.push(...page);
          // The row that the cursor stands on goes.
          const last = page.at(-1) ?? 0;
          gone.add(last);
          await app.sql('DELETE FROM users WHERE id = $1', [last]);
          next = nextOf(answer);
        }
        expect(new Set(seen).size).toBe(seen.length);
        expect(users.filter(({ id }) => !gone.has(id) && !seen.includes(id))).toEqual([]);
      },
    );

    it('refuses a cursor of another sort, another filter or another list', async () => {
      const cursorOf = async (path: string) => {
        const next = nextOf(await admin.api.get(path)) ?? '';
        return new URL(next, app.url).searchParams.get('cursor') ?? '';
      };
      const base = `q=${mark}&sort=email&limit=2`;
      const cursor = await cursorOf(`/users?${base}`);
      expect((await admin.api.get(`/users?${base}&cursor=${cursor}`)).status).toBe(200);
      // Another limit is no other list.
      expect((await admin.api.get(`/users?q=${mark}&sort=email&limit=5&cursor=${cursor}`)).status).toBe(200);
      for (const other of [
        `q=${mark}&sort=-email`,
        `q=${mark}&sort=created_at`,
        `q=${mark}`,
        'sort=email',
        `q=${mark}&sort=email&role=user`,
        `q=${mark}x&sort=email`,
      ]) {
        const answer = await admin.api.get(`/users?${other}&cursor=${cursor}`);
        expectProblem(answer, 400, 'invalid_input', ['?cursor']);
      }
      const owner = await createUser(app);
      await createStore(owner);
      await createStore(owner);
      const ofStores = await cursorOf(`/stores?limit=1`);
      expectProblem(await admin.api.get(`/users?cursor=${ofStores}`), 400, 'invalid_input', ['?cursor']);
    });
  });

  it.each([
    ['limit=0', ['?limit']],
    ['limit=101', ['?limit']],
    ['limit=5&limit=5', ['?limit']],
    ['sort=role', ['?sort']],
    ['sort=password_hash', ['?sort']],
    ['sort=Email', ['?sort']],
    ['sort=email,id', ['?sort']],
    ['sort=id&sort=id', ['?sort']],
    ['role=owner', ['?role']],
    ['role=Admin', ['?role']],
    ['role=', ['?role']],
    ['role=user&role=admin', ['?role']],
    ['q=a&q=b', ['?q']],
    ['q=%ff', ['?q']],
    ['email=a@example.com', ['?email']],
    ['constructor=1', ['?constructor']],
    ['cursor=1', ['?cursor']],
    ['limit=0&role=x&name=y', ['?limit', '?role', '?name']],
  ])('refuses %s', async (query, faults) => {
    expectProblem(await admin.api.get(`/users?${query}`), 400, 'invalid_input', faults);
  });
});

describe('GET /users/:id', () => {
  it('shows an account', async () => {
    const user = await createUser(app);
    const answer = await admin.api.get(`/users/${user.id}`);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.body).toEqual((await user.api.get('/me')).body);
    expect((await admin.api.get(`/users/${admin.id}`)).body).toMatchObject({ role: 'admin' });
  });

  it('refuses a query', async () => {
    expectProblem(await admin.api.get(`/users/${admin.id}?x=1`), 400, 'invalid_input', ['?x']);
  });
});

describe('PATCH /users/:id', () => {
  it('takes effect at the next request, on every instance and in both directions', async () => {
    const user = await createUser(app);
    const there = twin.api.as(user.accessToken);
    expectProblem(await there.get('/users'), 403, 'forbidden');
    for (let round = 0; round < 3; round++) {
      const raised = await admin.api.patch(`/users/${user.id}`, { role: 'admin' });
      expect(raised.status).toBe(200);
      expect(raised.body).toMatchObject({ id: user.id, email: user.email, role: 'admin' });
      expect((await there.get('/users')).status).toBe(200);
      expect((await there.get('/me')).body).toEqual(raised.body);
      const lowered = await twin.api.as(admin.accessToken).patch(`/users/${user.id}`, { role: 'user' });
      expect(lowered.body).toMatchObject({ id: user.id, role: 'user' });
      expectProblem(await user.api.get('/users'), 403, 'forbidden');
      expectProblem(await there.get('/users'), 403, 'forbidden');
      expect((await admin.api.get(`/users/${user.id}`)).body).toEqual(lowered.body);
    }
    // Its sessions live on.
    expect((await app.api.as(user.refreshToken).post('/refresh')).status).toBe(200);
  });

  it('gives the rights of an admin over the stores of others, and takes them', async () => {
    const [owner, user] = [await createUser(app), await createUser(app)];
    const store = await createStore(owner);
    const rename = () => user.api.patch(`/stores/${store.id}`, { name: unique('store') });
    expectProblem(await rename(), 403, 'forbidden');
    await admin.api.patch(`/users/${user.id}`, { role: 'admin' });
    expect((await rename()).status).toBe(200);
    await admin.api.patch(`/users/${user.id}`, { role: 'user' });
    expectProblem(await rename(), 403, 'forbidden');
  });

  it('may change nothing', async () => {
    const user = await createUser(app);
    const answer = await admin.api.patch(`/users/${user.id}`, { role: 'user' });
    expect(answer.status).toBe(200);
    expect((await admin.api.patch(`/users/${admin.id}`, { role: 'admin' })).status).toBe(200);
  });

  it('lets an admin step down while there is another, who must stay', async () => {
    const own = await startApp();
    try {
      const [first, last] = [await createAdmin(own), await createAdmin(own)];
      expect((await first.api.patch(`/users/${first.id}`, { role: 'user' })).body).toMatchObject({
        role: 'user',
      });
      expectProblem(await first.api.get('/users'), 403, 'forbidden');
      expectProblem(await first.api.patch(`/users/${first.id}`, { role: 'admin' }), 403, 'forbidden');
      expectProblem(await last.api.patch(`/users/${last.id}`, { role: 'user' }), 409, 'last_admin');
      expectProblem(await last.api.delete(`/users/${last.id}`), 409, 'last_admin');
      expect((await last.api.get('/me')).body).toMatchObject({ role: 'admin' });
      // To make the last one an admin is no harm.
      expect((await last.api.patch(`/users/${last.id}`, { role: 'admin' })).status).toBe(200);
    } finally {
      await own.close();
    }
  });

  it.each<[string, unknown, string[]]>([
    ['nothing at all', undefined, ['']],
    ['an empty object', {}, ['/role']],
    ['null', { role: null }, ['/role']],
    ['an unknown role', { role: 'owner' }, ['/role']],
    ['another case', { role: 'Admin' }, ['/role']],
    ['white space', { role: 'admin ' }, ['/role']],
    ['a list', { role: ['admin'] }, ['/role']],
    ['a boolean', { role: true }, ['/role']],
    ['an address', { role: 'admin', email: 'a@example.com' }, ['/email']],
    ['a hash', { password_hash: 'x' }, ['/password_hash', '/role']],
  ])('rejects %s', async (_what, body, faults) => {
    const user = await createUser(app);
    expectProblem(await admin.api.patch(`/users/${user.id}`, body), 400, 'invalid_input', faults);
    expect((await user.api.get('/me')).body).toMatchObject({ role: 'user' });
  });
});

describe('DELETE /users/:id', () => {
  it('deletes an account, with all its sessions at once', async () => {
    const user = await createUser(app);
    const elsewhere = await logIn(twin.api, user.email, user.id);
    const answer = await admin.api.delete(`/users/${user.id}`);
    expect([answer.status, answer.text]).toEqual([204, '']);
    for (const session of [user, elsewhere]) {
      for (const at of [twin, app]) {
        expectProblem(await at.api.as(session.accessToken).get('/me'), 401, 'unauthenticated');
        expectProblem(await at.api.as(session.refreshToken).post('/refresh'), 401, 'unauthenticated');
      }
    }
    expectProblem(await admin.api.get(`/users/${user.id}`), 404, 'user_not_found');
    expectProblem(await admin.api.delete(`/users/${user.id}`), 404, 'user_not_found');
    expect(await search(user.email)).toEqual([]);
    const again = await app.api.post('/register', { email: user.email, password: PASSWORD });
    expect(again.status).toBe(201);
  });

  it('keeps an owner of stores', async () => {
    const owner = await createUser(app);
    const store = await createStore(owner);
    expectProblem(await admin.api.delete(`/users/${owner.id}`), 409, 'owns_stores');
    expect((await owner.api.get('/me')).status).toBe(200);
    expect((await app.api.get(`/stores/${store.id}`)).body).toMatchObject({ owner_id: owner.id });
    await owner.api.delete(`/stores/${store.id}`);
    expect((await admin.api.delete(`/users/${owner.id}`)).status).toBe(204);
  });

  it('says how many stores keep an owner, which are the first, and how to see all', async () => {
    const owner = await createUser(app);
    const stores = [];
    for (let count = 0; count < 5; count++) stores.push(await createStore(owner));
    const named = stores.slice(0, 3).map(({ id, name }) => `“${name}” (id ${id})`);
    const refused = await admin.api.delete(`/users/${owner.id}`);
    expectProblem(refused, 409, 'owns_stores');
    expect((refused.body as { detail: string }).detail).toBe(
      `The user still owns 5 stores: ${named.join(', ')} and 2 more. Delete them or have an admin give them to ` +
        `another user first; GET /stores?owner_id=${owner.id} lists them.`,
    );
    const listed = await app.api.get(`/stores?owner_id=${owner.id}`);
    expect((listed.body as { id: number }[]).map(({ id }) => id)).toEqual(stores.map(({ id }) => id));
  });

  it('lets an admin delete another, and themselves', async () => {
    const [one, other] = [await createAdmin(app), await createAdmin(app)];
    expect((await one.api.delete(`/users/${other.id}`)).status).toBe(204);
    expectProblem(await other.api.get('/users'), 401, 'unauthenticated');
    expect((await one.api.delete(`/users/${one.id}`)).status).toBe(204);
    expectProblem(await one.api.get('/users'), 401, 'unauthenticated');
  });
});

describe.each<[string, string, unknown]>([
  ['GET', '/users/', undefined],
  ['PATCH', '/users/', { role: 'user' }],
  ['DELETE', '/users/', undefined],
])('%s %s:id', (method, path, body) => {
  const call = (client: TestUser['api'], id: string | number) =>
    client.call(method, path + String(id), body === undefined ? {} : { body });

  it.each(BAD_IDS)('rejects the id "%s"', async (id) => {
    expectProblem(await call(admin.api, id), 400, 'invalid_input', ['?id']);
  });

  it.each(UNKNOWN_IDS)('does not find %.20s', async (id) => {
    expectProblem(await call(admin.api, id), 404, 'user_not_found');
  });

  it('is for admins', async () => {
    const user = await createUser(app);
    expectProblem(await call(app.api, user.id), 401, 'unauthenticated');
    expectProblem(await call(app.api.as(admin.refreshToken), user.id), 401, 'unauthenticated');
    expectProblem(await call(user.api, user.id), 403, 'forbidden');
    expectProblem(await call(user.api, admin.id), 403, 'forbidden');
    // Before the id and the body are looked at.
    expectProblem(await call(user.api, 'x'), 403, 'forbidden');
    expectProblem(await call(app.api, 'x'), 401, 'unauthenticated');
    expect((await user.api.get('/me')).body).toMatchObject({ id: user.id, role: 'user' });
  });
});

describe('the list of users', () => {
  it('is for admins', async () => {
    const user = await createUser(app);
    expectProblem(await app.api.get('/users'), 401, 'unauthenticated');
    expectProblem(await user.api.get('/users'), 403, 'forbidden');
    expectProblem(await user.api.get('/users?nonsense=1'), 403, 'forbidden');
  });
});

describe('admins who turn on each other at once', () => {
  let arena: TestApp;
  let arenaTwin: TestApp;
  let passwordHash: string;
  beforeAll(async () => {
    arena = await startApp();
    arenaTwin = await startApp({}, arena.connection);
    passwordHash = await hash(PASSWORD, { memoryCost: 19_456, timeCost: 2, parallelism: 1 });
  });
  afterAll(async () => {
    await arenaTwin.close();
    await arena.close();
  });

  async function newAdmins(count: number): Promise<TestUser[]> {
    await arena.sql(`UPDATE users SET role = 'user'`);
    return Promise.all(
      Array.from({ length: count }, async () => {
        const email = `${unique('admin')}@example.com`;
        const [row] = await arena.sql<{ id: number }>(
          `INSERT INTO users (email, password_hash, role) VALUES ($1, $2, 'admin') RETURNING id::int`,
          [email, passwordHash],
        );
        return logIn(arena.api, email, row?.id ?? 0);
      }),
    );
  }

  type Act = (as: TestUser['api'], id: number) => Promise<Answer>;
  const demote: Act = (as, id) => as.patch(`/users/${id}`, { role: 'user' });
  const remove: Act = (as, id) => as.delete(`/users/${id}`);
  const leave: Act = (as) => as.post('/me/deletion', { current_password: PASSWORD });

  const at = (index: number) => (index % 2 ? arena : arenaTwin).api;

  it.each<[string, Act, Act, boolean]>([
    ['demote each other', demote, demote, false],
    ['delete each other', remove, remove, false],
    ['demote and delete each other', demote, remove, false],
    ['step down', demote, demote, true],
    ['delete themselves', remove, remove, true],
    ['demote themselves and leave', demote, leave, true],
  ])('and %s leave one', async (_what, one, other, themselves) => {
    for (let round = 0; round < 10; round++) {
      const [a, b] = (await newAdmins(2)) as [TestUser, TestUser];
      const answers = await Promise.all([
        one(at(round).as(a.accessToken), themselves ? a.id : b.id),
        other(at(round + 1).as(b.accessToken), themselves ? b.id : a.id),
      ]);
      const left = await arena.sql<{ id: number }>(`SELECT id::int FROM users WHERE role = 'admin'`);
      expect(left).toHaveLength(1);
      const statuses = answers.map(({ status }) => status).sort();
      expect([200, 204]).toContain(statuses[0]);
      // Who was too late had lost the role or the session, or would have been the last.
      expect([401, 403, 409]).toContain(statuses[1]);
      const refused = answers.find(({ status }) => status === 409);
      if (refused) expectProblem(refused, 409, 'last_admin');
    }
  });

  it('leave one of five who all step down', async () => {
    for (let round = 0; round < 5; round++) {
      const admins = await newAdmins(5);
      const answers = await Promise.all(
        admins.map(({ accessToken, id }, index) =>
          (index % 2 ? demote : remove)(at(index).as(accessToken), id),
        ),
      );
      const statuses = answers.map(({ status }) => status);
      expect(statuses.filter((status) => status === 409)).toHaveLength(1);
      expect(statuses.filter((status) => status === 200 || status === 204)).toHaveLength(4);
      expect(await arena.sql(`SELECT id FROM users WHERE role = 'admin'`)).toHaveLength(1);
    }
  });

  it('never wait in a circle', async () => {
    const [a, b, boss] = (await newAdmins(3)) as [TestUser, TestUser, TestUser];
    let slow = 0;
    for (let round = 0; round < 20; round++) {
      await arena.sql(`UPDATE users SET role = 'admin' WHERE id = ANY ($1)`, [[a.id, b.id]]);
      const started = Date.now();
      const answers = await Promise.all(
        [a, b, a, a, b, a, b, a].map(({ id }, index) => demote(at(index).as(boss.accessToken), id)),
      );
      expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(200));
      if (Date.now() - started >= DEADLOCK_TIMEOUT) slow++;
    }
    // A busy machine may have its moment.
    expect(slow).toBeLessThan(2);
  });

  it('do not keep others from leaving', async () => {
    const [boss] = (await newAdmins(1)) as [TestUser];
    const user = await createUser(arena);
    await withClient(arena.connection, async (client) => {
      await client.query('BEGIN');
      await client.query('SELECT FROM users WHERE id = $1 FOR UPDATE', [boss.id]);
      expect((await remove(boss.api, user.id)).status).toBe(204);
      await client.query('ROLLBACK');
    });
  });

  it('keep one, whoever is raised meanwhile', async () => {
    for (let round = 0; round < 10; round++) {
      const [a, b] = (await newAdmins(2)) as [TestUser, TestUser];
      await arena.sql(`UPDATE users SET role = 'user' WHERE id = $1`, [b.id]);
      const answers = await Promise.all([
        at(round).as(a.accessToken).patch(`/users/${b.id}`, { role: 'admin' }),
        at(round).delete(`/user/${b.id}`),
        at(round + 1).delete(`/user/${a.id}`),
      ]);
      for (const { status } of answers) expect(status).toBeLessThan(500);
      expect((await arena.sql(`SELECT id FROM users WHERE role = 'admin'`)).length).toBeGreaterThan(0);
    }
  });
});
