import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { addressOf, driverOptions } from '../src/database/connection';
import { startApp } from './support/app';
import { createTestDatabase, type TestDatabase, urlOf, withClient } from './support/database';
import { createItem, createStore, createUser } from './support/factories';
import { EmporiumProcess, temporaryDirectory } from './support/process';
import { signingKey } from './support/signing-key';

/** What the driver, libpq and PostgreSQL's own programs read from the environment. Each of them leads nowhere. */
const VARIABLES: Record<string, string> = {
  PGHOST: '/nowhere',
  PGHOSTADDR: '192.0.2.1',
  PGPORT: '1',
  PGDATABASE: 'nothing',
  PGUSER: 'nobody',
  USER: 'nobody',
  PGPASSWORD: 'wrong',
  PGPASSFILE: '/nowhere/pgpass',
  PGSSLMODE: 'require',
  PGSSLROOTCERT: '/nowhere/root.crt',
  PGSSLNEGOTIATION: 'direct',
  PGREQUIRESSL: '1',
  PGOPTIONS: '-c search_path=nowhere -c default_transaction_read_only=on',
  PGAPPNAME: 'somebody else',
  PGREPLICATION: 'database',
  PGBINARY: 'true',
  PGCLIENTENCODING: 'LATIN1',
  PGCLIENT_ENCODING: 'latin1',
  PGCONNECT_TIMEOUT: '1',
  PGDATESTYLE: 'German',
  PGTZ: 'Asia/Kolkata',
  PGSERVICE: 'nowhere',
  PGDATA: '/nowhere',
  NODE_PG_FORCE_NATIVE: '1',
  NODE_TLS_REJECT_UNAUTHORIZED: '0',
};

let database: TestDatabase;

beforeEach(async () => {
  database = await createTestDatabase();
});
afterEach(() => database.drop());

describe('variables of PostgreSQL in the environment', () => {
  const before = { ...process.env };

  beforeEach(() => {
    Object.assign(process.env, VARIABLES);
  });
  afterEach(() => {
    for (const variable of Object.keys(VARIABLES)) {
      const value = before[variable];
      if (value === undefined) Reflect.deleteProperty(process.env, variable);
      else process.env[variable] = value;
    }
  });

  it.each(['8', '3'])(
    'change nothing for an application with %s connections, nor for its tests',
    async (max) => {
      const app = await startApp({ DATABASE_POOL_MAX: max }, database.connection);
      try {
        const item = await createItem(await createStore(await createUser(app)), { name: 'Straße' });
        expect((await app.api.get('/items?q=stra')).body).toEqual([item]);
        expect((await app.api.get(`/items/${item.id}`)).body).toEqual(item);
        const names = await app.sql<{ name: string }>(
          'SELECT DISTINCT application_name AS name FROM pg_stat_activity WHERE datname = current_database()',
        );
        expect(names.map(({ name }) => name).sort()).toEqual(['emporium', 'emporium tools']);
      } finally {
        await app.close();
      }
    },
  );

  it('do not fill in what a URL leaves out', () => {
    const { host, port, user } = new pg.Client(driverOptions({ url: 'postgres:///shop' }));
    expect([host, port]).toEqual(['localhost', 5432]);
    expect(user).not.toBe('nobody');
    const client = new pg.Client(driverOptions({ url: 'postgres://ada@db.example/shop?application_name=' }));
    const parameters = (client as unknown as { connectionParameters: Record<string, unknown> })
      .connectionParameters;
    expect(parameters).toMatchObject({
      host: 'db.example',
      port: 5432,
      user: 'ada',
      database: 'shop',
      ssl: false,
      sslnegotiation: 'postgres',
      options: ' ',
      application_name: 'emporium tools',
      replication: 'false',
    });
    expect(parameters.password).toEqual(expect.any(Function));
  });

  it('do not find a password in a file', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'emporium-pgpass-'));
    const { password = '', ...address } = addressOf(database.connection);
    try {
      process.env.PGPASSFILE = path.join(folder, 'pgpass');
      await writeFile(process.env.PGPASSFILE, `*:*:*:*:${password}\n`, { mode: 0o600 });
      delete process.env.PGPASSWORD;
      const client = new pg.Client(driverOptions({ ...address, password: '' }));
      const { password: read } = client as unknown as { password: () => string };
      expect(read).toThrow('the server asks for a password, and none is given');
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('a process with all of them in its environment', () => {
  let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
  const started: EmporiumProcess[] = [];

  beforeEach(async () => {
    folder = await temporaryDirectory();
  });
  afterEach(async () => {
    await Promise.all(started.splice(0).map((each) => each.kill('SIGTERM')));
    await folder.remove();
  });

  function start(settings: Record<string, string>, args?: string[], input?: string): EmporiumProcess {
    const emporium = EmporiumProcess.spawn({ ...VARIABLES, DATA_DIR: folder.path, ...settings }, args, input);
    started.push(emporium);
    return emporium;
  }

  it('serves on its embedded database, and so does a command beside it', async () => {
    const server = start({});
    expect((await (await server.api()).get('/health/ready')).status).toBe(200);
    const command = start({}, ['dist/cli.js', 'users', 'add', 'ada@example.com'], 'correct horse battery\n');
    expect({ status: await command.exited, output: command.output }).toMatchObject({ status: 0 });
    expect((await (await server.api()).get('/items')).status).toBe(200);
  });

  it('serves with workers on the database of DATABASE_URL', async () => {
    const settings = { DATABASE_URL: urlOf(database.connection), JWT_PRIVATE_KEY: signingKey() };
    const server = start({ ...settings, WEB_CONCURRENCY: '2' });
    const api = await server.api();
    expect((await api.get('/health/ready')).status).toBe(200);
    expect((await api.get('/items')).status).toBe(200);
    await withClient(database.connection, (client) =>
      client.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public'),
    );
    const migration = start(settings, ['dist/cli.js', 'migrate']);
    expect({ status: await migration.exited, output: migration.output }).toMatchObject({ status: 0 });
  });
});
