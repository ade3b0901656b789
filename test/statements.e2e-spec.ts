import { Database } from '../src/database/database';
import { statementName } from '../src/database/statement-name';
import { Statements } from '../src/reads/statements';
import { startApp, type TestApp } from './support/app';
import { createTestDatabase, type TestDatabase, urlOf } from './support/database';
import {
  createItem,
  createStore,
  createTag,
  createUser,
  linkTags,
  type TestStore,
} from './support/factories';

const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

let database: TestDatabase;
let app: TestApp;
let store: TestStore;

async function start(settings: Record<string, string>, options = ''): Promise<void> {
  database = await createTestDatabase();
  const url = new URL(urlOf(database.connection));
  if (options !== '') url.searchParams.set('options', options);
  app = await startApp(settings, { url: url.href });
  store = await createStore(await createUser(app));
}

afterEach(async () => {
  await app.close();
  await database.drop();
});

const CONNECTIONS = `SELECT count(*)::int FROM pg_stat_activity
  WHERE datname = current_database() AND application_name = 'emporium'`;

it.each([1, 3, 5, 6, 10])('all connections of a process together are not more than %i', async (max) => {
  // On a busy machine the last of so many waits for longer than the usual limit.
  await start({ DATABASE_POOL_MAX: String(max), REQUEST_TIMEOUT: '60000' });
  const { id } = await createItem(store);
  const counted = { most: 0, isOver: false };
  const watching = (async () => {
    while (!counted.isOver) {
      const [row] = await app.sql<{ count: number }>(CONNECTIONS);
      counted.most = Math.max(counted.most, row?.count ?? 0);
    }
  })();
  const paths = [`/items/${id}`, '/items', '/items?page=1', `/stores/${store.id}`, '/items?q=x&count=true'];
  const answers = await Promise.all([
    ...times(200, (index) => app.api.get(paths[index % paths.length] ?? '')),
    ...times(20, () => createItem(store).then(() => ({ status: 200 }))),
  ]);
  counted.isOver = true;
  await watching;
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  expect(counted.most).toBeLessThanOrEqual(max);
  expect(counted.most).toBeGreaterThan(0);
});

describe.each([
  ['shared by reads', '6'],
  ['of the pool', '2'],
])('on the connections %s', (_which, max) => {
  const COUNT = 'SELECT count(*), pg_backend_pid() FROM pg_prepared_statements';
  const odd = (number: number) => `SELECT $1::int + ${number}`;
  let statements: Statements;

  beforeEach(async () => {
    await start({ DATABASE_POOL_MAX: max, REQUEST_TIMEOUT: '60000' });
    statements = app.app.get(Statements);
  });

  const run = (from: number, count: number) =>
    Promise.all(times(count, (index) => statements.steady(odd(from + index), [1])));

  it('no more than five hundred statements have a name, and all are answered', async () => {
    for (let round = 0; round < 2; round++) {
      for (let number = 0; number < 1200; number += 50) {
        const answers = await run(number, 50);
        expect(answers.map(([row]) => row?.[0])).toEqual(times(50, (index) => String(number + index + 1)));
      }
    }
    const rows = (await Promise.all(times(20, () => statements.steady(COUNT, [])))).flat();
    const counts = new Map(rows.map(([count, pid]) => [pid, Number(count)]));
    expect(counts.size).toBe(2);
    for (const count of counts.values()) {
      expect(count).toBeGreaterThan(400);
      expect(count).toBeLessThanOrEqual(500);
    }
    expect(await app.app.get(Database).rows('SELECT $1::int', [7])).toEqual([['7']]);
  });

  it('a list that comes after many odd ones has its name like any other, and keeps it', async () => {
    const HOT = `SELECT $1::int, 'asked again and again', (SELECT count(*) FROM pg_prepared_statements WHERE name = $2)`;
    const name = statementName(HOT);
    for (let number = 0; number < 2000; number += 50) await run(number, 50);
    for (let number = 2000; number < 3500; number += 25) {
      await run(number, 25);
      // Both connections, so that it is in use on each of them.
      const answers = await Promise.all(times(10, () => statements.steady(HOT, [number, name])));
      expect(answers.map(([row]) => row)).toEqual(
        times(10, () => [String(number), 'asked again and again', '1']),
      );
    }
  });

  it('what is closed while it is under way is answered all the same', async () => {
    const texts = times(1600, (index) => index % 800);
    for (let round = 0; round < 3; round++) {
      const answers = await Promise.all(texts.map((number) => statements.steady(odd(number), [round])));
      expect(answers.map(([row]) => row?.[0])).toEqual(texts.map((number) => String(number + round)));
    }
  });

  it('a statement that fails does not keep its name', async () => {
    const FAULTY = 'SELECT 1 / $1::int';
    for (let number = 0; number < 600; number += 50) {
      await run(number, 50);
      await expect(statements.steady(`${FAULTY} -- ${number}`, [0])).rejects.toMatchObject({ code: '22012' });
      await expect(statements.steady(`SELECT nothing -- ${number}`, [])).rejects.toMatchObject({
        code: '42703',
      });
    }
    expect(await statements.steady(`${FAULTY} -- 0`, [1])).toEqual([['1']]);
    const rows = (await Promise.all(times(20, () => statements.steady(COUNT, [])))).flat();
    for (const [count] of rows) expect(Number(count)).toBeLessThanOrEqual(500);
  });
});

describe('a statement whose prepared statement is not the one that it needs', () => {
  const TEXT = 'SELECT $1::int + 1, (SELECT count(*) FROM pg_prepared_statements WHERE name = $2)';
  const name = statementName(TEXT);
  const PREPARED = [['2', '1']];
  let pool: Database;

  beforeEach(async () => {
    // With one connection each statement meets what the one before has left.
    await start({ DATABASE_POOL_MAX: '1', REQUEST_TIMEOUT: '60000' });
    pool = app.app.get(Database);
  });

  it('and is gone is run all the same, and prepared again', async () => {
    expect(await pool.rows(TEXT, [1, name])).toEqual(PREPARED);
    await pool.manager.query('DEALLOCATE ALL');
    expect(await pool.rows(TEXT, [1, name])).toEqual([['2', '0']]);
    for (let round = 0; round < 3; round++) expect(await pool.rows(TEXT, [1, name])).toEqual(PREPARED);
  });

  it('and is there already is run all the same, and prepared again', async () => {
    await pool.manager.query(`PREPARE ${name} AS SELECT 'of others'`);
    expect(await pool.rows(TEXT, [1, name])).toEqual([['2', '0']]);
    for (let round = 0; round < 3; round++) expect(await pool.rows(TEXT, [1, name])).toEqual(PREPARED);
  });

  it('and is gone is run all the same in a transaction, which begins again', async () => {
    await pool.rows(TEXT, [1, name]);
    await pool.manager.query('DEALLOCATE ALL');
    let attempts = 0;
    const rows = await pool.transaction((tx) => {
      attempts++;
      return tx.rows(TEXT, [1, name]);
    });
    expect({ rows, attempts }).toEqual({ rows: PREPARED, attempts: 2 });
  });

  it('because the schema has changed is run all the same', async () => {
    const ALL = 'SELECT * FROM things WHERE $1::int > 0';
    await app.sql('CREATE TABLE things AS SELECT 1 AS a');
    expect(await pool.rows(ALL, [1])).toEqual([['1']]);
    await app.sql('ALTER TABLE things ADD b int DEFAULT 2');
    expect(await pool.rows(ALL, [1])).toEqual([['1', '2']]);
    await app.sql('ALTER TABLE things ADD c int DEFAULT 3');
    expect(await pool.transaction((tx) => tx.rows(ALL, [1]))).toEqual([['1', '2', '3']]);
  });
});

describe.each(['4', '10'])('with %s connections, times are in UTC and as the contract writes them', (max) => {
  it.each([
    '-c TimeZone=Asia/Kolkata',
    '-c TimeZone=America/St_Johns -c DateStyle=German,DMY',
    '-c DateStyle=SQL,MDY -c IntervalStyle=sql_standard',
  ])('though the database is asked for %s', async (options) => {
    await start({ DATABASE_POOL_MAX: max }, options);
    const item = await createItem(store);
    const tag = await createTag(store);
    await linkTags(store, item.id, tag.id);
    await app.sql(
      `UPDATE items SET created_at = '2026-03-08T09:05:06.070Z', updated_at = '2026-12-31T23:59:59.999Z'`,
    );
    await app.sql(
      `UPDATE stores SET created_at = '2026-01-01T00:00:00Z', updated_at = '2026-10-25T01:30:00.5Z'`,
    );
    const itemTimes = { created_at: '2026-03-08T09:05:06.070Z', updated_at: '2026-12-31T23:59:59.999Z' };
    const storeTimes = { created_at: '2026-01-01T00:00:00.000Z', updated_at: '2026-10-25T01:30:00.500Z' };
    expect((await app.api.get(`/items/${item.id}`)).body).toMatchObject(itemTimes);
    expect((await app.api.get(`/stores/${store.id}`)).body).toMatchObject(storeTimes);
    for (const query of [
      '',
      '?page=1',
      '?sort=-updated_at',
      '?q=item',
      `?tag_id=${tag.id}&sort=created_at`,
    ]) {
      expect((await app.api.get(`/items${query}`)).body).toMatchObject([itemTimes]);
    }
    const { body, headers } = await store.owner.api.post('/items', {
      name: 'second',
      price: 1,
      store_id: store.id,
    });
    const { created_at: created } = body as { created_at: string };
    expect(created).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(Math.abs(Date.parse(created) - Date.now())).toBeLessThan(60_000);
    expect((await app.api.get(headers.get('location') ?? '')).body).toEqual(body);
    // A cursor holds such a time, too.
    const first = await app.api.get('/items?sort=created_at&limit=1');
    const next = /<([^>]*)>; rel="next"/.exec(first.headers.get('link') ?? '')?.[1] ?? '';
    expect((await app.api.get(next)).body).toEqual([body]);
  });
});
