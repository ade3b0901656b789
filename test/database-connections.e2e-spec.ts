import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pino from 'pino';
import { loadEnvironment } from '../src/config/environment';
import { addressOf } from '../src/database/connection';
import { openDatabase } from '../src/database/open-database';
import { reasonOf } from '../src/server/startup-error';
import { startApp, type TestApp } from './support/app';
import { type Answer } from './support/client';
import { type Certificate, makeCertificate } from './support/certificate';
import {
  createTestDatabase,
  type TestDatabase,
  testServer,
  urlOf,
  withClient,
  withDatabase,
} from './support/database';
import { expectProblem } from './support/expect-problem';
import { createItem, createStore, createUser, type TestStore, unique } from './support/factories';
import { type Greeting, TlsProxy } from './support/tls-proxy';

const CERTIFICATE = makeCertificate('localhost');
const YESTERDAY = new Date(Date.now() - 3_600_000);

/** Answers to a client that asks for TLS which end in no connection. */
const WRONG: [string, Greeting][] = [
  ['another certificate', makeCertificate('localhost')],
  ['a certificate that has run out', makeCertificate('localhost', YESTERDAY)],
  ['the certificate of another host', makeCertificate('database.example')],
  ['no TLS any more', 'no TLS'],
  ['something that is no PostgreSQL', Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')],
  ['TLS that is none', Buffer.from('Sno TLS follows, but this is long enough for a record of it')],
];

let folder: string;
let rootFile: string;
let database: TestDatabase;
let proxy: TlsProxy;

const trust = ({ cert }: Certificate) => writeFile(rootFile, cert);

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'emporium-tls-'));
  rootFile = path.join(folder, 'root.pem');
  await trust(CERTIFICATE);
  database = await createTestDatabase();
  proxy = new TlsProxy(CERTIFICATE);
  await proxy.listen();
});
afterEach(async () => {
  await proxy.close();
  await database.drop();
  await rm(folder, { recursive: true });
});

const url = () => proxy.urlOf(database.connection, { sslmode: 'verify-full', sslrootcert: rootFile });

const TERMINATE = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
  WHERE datname = current_database() AND application_name = 'emporium'`;

const terminate = () => withClient(database.connection, (client) => client.query(TERMINATE));

describe.each(['8', '3'])('with %s connections, a server whose connections can no longer be made', (max) => {
  let app: TestApp;
  let store: TestStore;
  let itemId: number;

  beforeEach(async () => {
    app = await startApp({ DATABASE_POOL_MAX: max }, { url: url() });
    store = await createStore(await createUser(app));
    itemId = (await createItem(store)).id;
  });
  afterEach(() => app.close());

  /** A call of each kind, over all ways to the database. */
  const calls = (): Promise<Answer>[] => {
    const { owner, id } = store;
    return [
      app.api.get('/stores'),
      app.api.get('/items'),
      app.api.get(`/items/${itemId}`),
      app.api.get('/items?q=x&count=true'),
      owner.api.get('/me'),
      owner.api.post('/stores', { name: unique('store') }),
      owner.api.patch(`/items/${itemId}`, { price: 2 }),
      owner.api.post(`/items/${itemId}/tags`, { tags: [1] }),
      owner.api.delete(`/stores/${id + 1000}`),
      app.api.post('/login', { email: owner.email, password: 'not the password' }),
      app.api.post('/register', { email: `${unique('user')}@example.com`, password: 'a good password' }),
      app.api.as(owner.refreshToken).post('/refresh'),
      app.api.get('/health/ready'),
    ];
  };

  it.each(WRONG)('is unavailable, and missed no longer than that: %s', async (_what, greeting) => {
    expect((await app.api.get('/health/ready')).status).toBe(200);
    proxy.greeting = greeting;
    await terminate();
    for (const answer of await Promise.all(calls())) expectProblem(answer, 503, 'unavailable');
    expect((await app.api.get('/health/live')).status).toBe(200);
    proxy.greeting = CERTIFICATE;
    await expectToServe();
  });

  it('is unavailable while it refuses the login', async () => {
    const { database: name } = addressOf(database.connection);
    const allow = (allowed: boolean) =>
      withClient(testServer(), (client) =>
        client.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS ${allowed}`),
      );
    await withClient(database.connection, async (client) => {
      await allow(false);
      await client.query(TERMINATE);
    });
    for (const answer of await Promise.all(calls())) expectProblem(answer, 503, 'unavailable');
    await allow(true);
    await expectToServe();
  });

  it('is back with a new certificate that the file names meanwhile, without a restart', async () => {
    const renewed = makeCertificate('localhost');
    proxy.greeting = renewed;
    await terminate();
    expectProblem(await app.api.get('/stores'), 503, 'unavailable');
    await trust(renewed);
    await expectToServe();
    await rm(rootFile);
    await terminate();
    for (const answer of await Promise.all(calls())) expectProblem(answer, 503, 'unavailable');
    await trust(renewed);
    await expectToServe();
  });

  async function expectToServe(): Promise<void> {
    expect((await app.api.get('/health/ready')).status).toBe(200);
    const statuses = (await Promise.all(calls())).map(({ status }) => status);
    expect(statuses.filter((status) => status >= 500)).toEqual([]);
    expect((await app.api.get(`/items/${itemId}`)).status).toBe(200);
    expect((await app.api.get('/items')).status).toBe(200);
  }
});

describe('readiness', () => {
  it('fails when the connections that reads share cannot be made, though the pool has one', async () => {
    const app = await startApp({ DATABASE_POOL_MAX: '8' }, { url: url() });
    try {
      // Only the pool has been used.
      proxy.greeting = makeCertificate('localhost');
      expectProblem(await app.api.get('/health/ready'), 503, 'unavailable');
      proxy.greeting = CERTIFICATE;
      expect((await app.api.get('/health/ready')).status).toBe(200);
    } finally {
      await app.close();
    }
  });
});

describe('a start', () => {
  async function reasonOfStart(databaseUrl: string): Promise<string> {
    const environment = loadEnvironment({ NODE_ENV: 'test', DATABASE_URL: databaseUrl });
    const opening = openDatabase(environment, pino({ level: 'silent' }));
    return opening.then(
      async ({ close }) => {
        await close();
        return 'none';
      },
      (error: unknown) => reasonOf(error),
    );
  }

  it.each(WRONG)('says in a sentence what is wrong with the connection: %s', async (_what, greeting) => {
    proxy.greeting = greeting;
    const reason = await reasonOfStart(url());
    expect(reason).toMatch(/^The database of DATABASE_URL cannot be used: \S.+/);
    expect(reason).not.toContain('\n');
  });

  it('says that the server refuses the login, without the password', async () => {
    const address = addressOf(database.connection);
    const wrong = urlOf({ ...address, user: 'stranger', password: 'hush-hush' });
    const reason = await reasonOfStart(wrong);
    expect(reason).toMatch(/^The database of DATABASE_URL cannot be used: .*"stranger"/);
    expect(reason).not.toContain('hush');
  });

  it('says that the server asks for a password', async () => {
    // AuthenticationCleartextPassword
    const server = createServer((socket) =>
      socket.once('data', () => socket.write(Buffer.from('R\0\0\0\b\0\0\0\u0003'))),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const reason = await reasonOfStart(`postgres://stranger@127.0.0.1:${port}/shop`);
    await new Promise((resolve) => server.close(resolve));
    expect(reason).toBe(
      'The database of DATABASE_URL cannot be used: the server asks for a password, and none is given',
    );
  });

  it('says that there is no such database, and succeeds when there is one', async () => {
    const missing = urlOf(withDatabase(database.connection, 'no_such_database'));
    expect(await reasonOfStart(missing)).toMatch(/^The database of .*no_such_database/);
    expect(await reasonOfStart(url())).toBe('none');
    const noVerify = proxy.urlOf(database.connection, { sslmode: 'no-verify' });
    expect(await reasonOfStart(noVerify)).toBe('none');
    expect(await reasonOfStart(proxy.urlOf(database.connection, {}))).toBe('none');
  });

  it('trusts nobody whom the URL does not name', async () => {
    const before = process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
    try {
      const strict = proxy.urlOf(database.connection, { sslmode: 'require' });
      expect(await reasonOfStart(strict)).toMatch(/self-signed certificate/);
    } finally {
      process.env.NODE_TLS_REJECT_UNAUTHORIZED = before;
      if (before === undefined) delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    }
  });
});
