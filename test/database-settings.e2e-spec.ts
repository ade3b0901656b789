import pino from 'pino';
import { loadEnvironment } from '../src/config/environment';
import { addressOf, type DatabaseConnection } from '../src/database/connection';
import { Database } from '../src/database/database';
import { openDatabase } from '../src/database/open-database';
import { Statements } from '../src/reads/statements';
import { reasonOf } from '../src/server/startup-error';
import { startApp } from './support/app';
import { testServer, urlOf, withClient, withDatabase } from './support/database';
import { unique } from './support/factories';
import { useEverything } from './support/use-everything';

/** Settings of others, each of which would change an answer, or end in an error, if it had its way. */
const HOSTILE: Record<string, Record<string, string>> = {
  'how values are written': {
    DateStyle: "'German, DMY'",
    TimeZone: "'Asia/Kolkata'",
    IntervalStyle: "'sql_standard'",
    extra_float_digits: '-10',
    bytea_output: "'escape'",
    client_encoding: "'LATIN1'",
  },
  'how statements are read': {
    standard_conforming_strings: 'off',
    escape_string_warning: 'on',
    backslash_quote: 'off',
    array_nulls: 'off',
    transform_null_equals: 'on',
    search_path: 'decoy',
    gin_fuzzy_search_limit: '1',
    row_security: 'off',
  },
  'what transactions do': {
    default_transaction_isolation: "'serializable'",
    default_transaction_read_only: 'on',
    default_transaction_deferrable: 'on',
    exit_on_error: 'on',
  },
  'how long things take': {
    statement_timeout: '1',
    lock_timeout: '1',
    idle_in_transaction_session_timeout: '1',
    idle_session_timeout: '20',
  },
};

let name: string;
let database: DatabaseConnection;

/** Runs statements as the owner of the server, with none of the settings under test. */
const asOwner = (...statements: string[]) =>
  withClient(
    withDatabase(testServer(), name),
    async (client) => {
      for (const statement of statements) await client.query(statement);
    },
    '-c statement_timeout=0 -c lock_timeout=0 -c idle_in_transaction_session_timeout=0 -c idle_session_timeout=0 ' +
      '-c default_transaction_read_only=off -c search_path=public',
  );

const onServer = (statement: string) => withClient(testServer(), (client) => client.query(statement));

beforeEach(async () => {
  name = unique('emporium_test').replaceAll('-', '_');
  database = withDatabase(testServer(), name);
  await onServer(`CREATE DATABASE ${name} TEMPLATE template0 ENCODING 'UTF8'`);
});
afterEach(() => onServer(`DROP DATABASE ${name} WITH (FORCE)`));

/** `DATABASE_URL` with options for the server, whatever else it says. */
function withOptions(options: string): string {
  const url = urlOf(database);
  return `${url}${url.includes('?') ? '&' : '?'}options=${encodeURIComponent(options)}`;
}

/** Starts as the server does, and gives the reason why it cannot; undefined when it can. */
async function open(url = urlOf(database)): Promise<string | undefined> {
  const environment = loadEnvironment({ NODE_ENV: 'test', DATABASE_URL: url });
  try {
    await (await openDatabase(environment, pino({ level: 'silent' }))).close();
    return undefined;
  } catch (error) {
    return reasonOf(error);
  }
}

async function expectToServe(connection = database, max = '8', schema = 'public'): Promise<void> {
  const app = await startApp({ DATABASE_POOL_MAX: max }, connection);
  try {
    await useEverything(app, (id) => asOwner(`UPDATE ${schema}.users SET role = 'admin' WHERE id = ${id}`));
  } finally {
    await app.close();
  }
}

describe.each(Object.entries(HOSTILE))('settings of others for %s', (_what, settings) => {
  it.each([
    ['the database', (setting: string) => `ALTER DATABASE ${name} SET ${setting}`, '8'],
    ['the role', (setting: string) => `ALTER ROLE CURRENT_USER IN DATABASE ${name} SET ${setting}`, '4'],
  ])('change nothing when %s has them', async (_where, alter, max) => {
    await asOwner(
      'CREATE SCHEMA decoy; CREATE TABLE decoy.items (id bigint); CREATE TABLE decoy.migrations (id int)',
      ...Object.entries(settings).map(([setting, value]) => alter(`${setting} = ${value}`)),
    );
    expect(await open()).toBeUndefined();
    await expectToServe(database, max);
  });
});

it.each(['8', '3'])('none of %s connections has a limit for transactions', async (max) => {
  const { rows } = await onServer(`SELECT current_setting('transaction_timeout', true) AS found`);
  const [{ found }] = rows as [{ found: string | null }];
  // Before PostgreSQL 17 there is no such setting.
  if (found !== null) await asOwner(`ALTER DATABASE ${name} SET transaction_timeout = 10000`);
  expect(await open()).toBeUndefined();
  const app = await startApp({ DATABASE_POOL_MAX: max }, database);
  try {
    const text = `SELECT current_setting('transaction_timeout', true)`;
    const [pool, statements] = [app.app.get(Database), app.app.get(Statements)];
    const answers = await Promise.all([
      pool.rows(text),
      pool.transaction((executor) => executor.rows(text)),
      ...Array.from({ length: 10 }, () => statements.steady(text, [])),
    ]);
    expect(new Set(answers.flat(2))).toEqual(new Set([found && '0']));
  } finally {
    await app.close();
  }
});

it('settings in the options of DATABASE_URL change nothing either', async () => {
  const options = Object.values(HOSTILE)
    .flatMap((settings) => Object.entries(settings))
    .filter(([setting]) => setting !== 'search_path')
    .map(([setting, value]) => `-c ${setting}=${value.replaceAll("'", '').replaceAll(' ', '\\ ')}`)
    .join(' ');
  const url = withOptions(options);
  expect(await open(url)).toBeUndefined();
  await expectToServe({ url });
});

describe('the schema of the tables', () => {
  const tablesIn = async (schema: string) =>
    withClient(database, async (client) => {
      const { rows } = await client.query<{ tablename: string }>(
        `SELECT tablename FROM pg_tables WHERE schemaname = $1 AND tablename IN ('items', 'migrations')`,
        [schema],
      );
      return rows.length;
    });

  it('is public, whatever the search path of the database is', async () => {
    await asOwner('CREATE SCHEMA shop', `ALTER DATABASE ${name} SET search_path = shop`);
    expect(await open()).toBeUndefined();
    expect([await tablesIn('public'), await tablesIn('shop')]).toEqual([2, 0]);
  });

  it('is the one that the options of DATABASE_URL name', async () => {
    await asOwner('CREATE SCHEMA shop');
    const url = withOptions('-c search_path=shop');
    expect(await open(url)).toBeUndefined();
    expect([await tablesIn('public'), await tablesIn('shop')]).toEqual([0, 2]);
    await expectToServe({ url }, '8', 'shop');
    expect(await open(url)).toBeUndefined();
  });

  it('has to be there', async () => {
    const reason = await open(withOptions('-c search_path=nowhere'));
    expect(reason).toMatch(/^The database has no schema of the search path nowhere/);
  });
});

describe('the extension pg_trgm', () => {
  it.each(['extensions', '"Of Others"'])('may be in the schema %s', async (schema) => {
    await asOwner(`CREATE SCHEMA ${schema}; CREATE EXTENSION pg_trgm SCHEMA ${schema}`);
    expect(await open()).toBeUndefined();
    await expectToServe();
    expect(await open()).toBeUndefined();
  });
});

describe('a role with few rights', () => {
  let role: string;
  let url: string;

  beforeEach(async () => {
    role = unique('emporium_role').replaceAll('-', '_');
    await onServer(`CREATE ROLE ${role} LOGIN PASSWORD 'secret'`);
    url = urlOf({ ...addressOf(database), user: role, password: 'secret' });
    await asOwner('REVOKE CREATE ON SCHEMA public FROM PUBLIC');
  });
  afterEach(async () => {
    await asOwner(`DROP OWNED BY ${role}`, `DROP ROLE ${role}`);
  });

  const countRelations = () =>
    withClient(database, async (client) => {
      const { rows } = await client.query<{ count: number }>(
        `SELECT count(*)::int FROM pg_class WHERE relnamespace NOT IN
           (SELECT oid FROM pg_namespace WHERE nspname IN ('pg_catalog', 'information_schema', 'pg_toast'))`,
      );
      return rows[0]?.count;
    });

  it('is told in a sentence what it lacks, before anything was made, and serves with it', async () => {
    expect(await open(url)).toMatch(
      new RegExp(`^The role ${role} may not create tables in the schema public\\. .*GRANT CREATE ON SCHEMA`),
    );
    await asOwner(`GRANT CREATE ON SCHEMA public TO ${role}`);
    expect(await open(url)).toMatch(
      /^Search needs the extension pg_trgm, and it cannot be created: permission denied.* CREATE EXTENSION pg_trgm\.$/,
    );
    await asOwner('CREATE SCHEMA extensions; CREATE EXTENSION pg_trgm SCHEMA extensions');
    expect(await open(url)).toMatch(
      new RegExp(`^The extension pg_trgm is in the schema extensions, which the role ${role} may not use\\.`),
    );
    expect(await countRelations()).toBe(0);
    await asOwner(`GRANT USAGE ON SCHEMA extensions TO ${role}`);
    expect(await open(url)).toBeUndefined();
    // Once all is there, it needs none of these rights any more.
    await asOwner(
      `REVOKE CREATE ON SCHEMA public FROM ${role}; REVOKE USAGE ON SCHEMA extensions FROM ${role}`,
    );
    expect(await open(url)).toBeUndefined();
  });

  it('that owns the database makes the extension itself', async () => {
    await onServer(`ALTER DATABASE ${name} OWNER TO ${role}`);
    await asOwner(`GRANT CREATE ON SCHEMA public TO ${role}`);
    expect(await open(url)).toBeUndefined();
    await onServer(`ALTER DATABASE ${name} OWNER TO CURRENT_USER`);
  });
});
