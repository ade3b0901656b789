import { startApp, type TestApp } from './support/app';
import { type Answer } from './support/client';
import { expectProblem } from './support/expect-problem';
import { createItem, createStore, createUser, type TestStore, unique } from './support/factories';

let app: TestApp;
let store: TestStore;

beforeAll(async () => {
  app = await startApp();
  store = await createStore(await createUser(app));
});
beforeEach(() => {
  app.logs.length = 0;
});
afterEach(async () => {
  await app.sql('DROP TRIGGER IF EXISTS fail ON items');
  await app.sql('ALTER TABLE items DROP CONSTRAINT IF EXISTS odd');
});
afterAll(() => app.close());

interface LogLine {
  level: number;
  req?: unknown;
  error?: { code?: string; constraint?: string };
}

/** The errors that were logged, with what PostgreSQL said of them. */
function loggedErrors(): LogLine['error'][] {
  return app.logs
    .map((line) => JSON.parse(line) as LogLine)
    .filter(({ level, error }) => level >= 50 && error)
    .map(({ error }) => error);
}

/** A defect of ours: nothing of it is shown, and all of it is logged. */
function expectDefect(answer: Answer, code: string, hidden: string): void {
  expectProblem(answer, 500, 'internal_error');
  expect(answer.text).not.toContain(hidden);
  expect(loggedErrors()).toMatchObject([{ code }]);
}

/** Has every insertion of an item fail as PostgreSQL does with this code. */
const failWith = (code: string) =>
  app.sql(`CREATE OR REPLACE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN RAISE EXCEPTION 'hidden' USING ERRCODE = '${code}'; END $$;
    CREATE TRIGGER fail BEFORE INSERT ON items FOR EACH ROW EXECUTE FUNCTION fail();`);

const newItem = () => store.owner.api.post('/items', { name: unique('item'), price: 1, store_id: store.id });

describe('an error of our own SQL is logged, and not told as the fault of the client', () => {
  it.each([
    '22001',
    '22003',
    '22012',
    '22021',
    '22P02',
    '2200H',
    '23502',
    '23514',
    '23P01',
    '42703',
    'XX000',
  ])('with SQLSTATE %s', async (code) => {
    await failWith(code);
    expectDefect(await newItem(), code, 'hidden');
    await app.sql('DROP TRIGGER fail ON items');
    expect((await newItem()).status).toBe(201);
  });

  it.each<[string, () => Promise<Answer>]>([
    ['items', newItem],
    ['stores', () => store.owner.api.post('/stores', { name: unique('store') })],
    ['tags', () => store.owner.api.post(`/stores/${store.id}/tags`, { name: unique('tag') })],
    [
      'users',
      () => app.api.post('/register', { email: `${unique('user')}@example.com`, password: 'correct horse' }),
    ],
  ])('when the ids of %s are used up', async (table, create) => {
    await app.sql(`ALTER SEQUENCE ${table}_id_seq MAXVALUE 1000 RESTART 1000`);
    expect((await create()).status).toBe(201);
    expectDefect(await create(), '2200H', 'sequence');
    await app.sql(`ALTER SEQUENCE ${table}_id_seq NO MAXVALUE`);
  });

  it.each([
    ['a check', 'ADD CONSTRAINT odd CHECK (price <> 1)', '23514'],
    ['a unique rule', 'ADD CONSTRAINT odd UNIQUE (price)', '23505'],
    ['a foreign key', 'ADD CONSTRAINT odd FOREIGN KEY (price) REFERENCES prices', '23503'],
  ])('when a constraint that no feature knows refuses: %s', async (_what, constraint, code) => {
    await app.sql('DELETE FROM items');
    await app.sql('CREATE TABLE IF NOT EXISTS prices (price numeric PRIMARY KEY)');
    if (code === '23505') await createItem(store, { price: 1 });
    await app.sql(`ALTER TABLE items ${constraint}`);
    const answer = await newItem();
    expectDefect(answer, code, 'odd');
    expect(loggedErrors()).toMatchObject([{ constraint: 'odd' }]);
  });

  it('in a read over the connections that reads share, too', async () => {
    await createItem(store, { name: 'needle' });
    await app.sql('ALTER TABLE items RENAME price TO cost');
    for (const path of ['/items', '/items?q=needle', '/items/1']) {
      app.logs.length = 0;
      expectDefect(await app.api.get(path), '42703', 'price');
    }
    await app.sql('ALTER TABLE items RENAME cost TO price');
  });
});

describe('what others cause stays unavailable', () => {
  it.each(['40001', '40P01', '57014', '53300', '25006', '55P03'])('with SQLSTATE %s', async (code) => {
    await failWith(code);
    expectProblem(await newItem(), 503, 'unavailable');
    expect(loggedErrors()).toEqual([]);
  });
});
