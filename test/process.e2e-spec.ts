import { execFile } from 'node:child_process';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { connect, createServer, type AddressInfo } from 'node:net';
import { request } from 'node:http';
import path from 'node:path';
import { promisify } from 'node:util';
import { type Client } from './support/client';
import {
  createTestDatabase,
  type TestDatabase,
  testServer,
  urlOf,
  withClient,
  withDatabase,
} from './support/database';
import { PASSWORD, registerUser, unique } from './support/factories';
import { postmasterIn, postmasterOf, signalPostgres } from './support/postmaster';
import { EmporiumProcess, isRunning, temporaryDirectory } from './support/process';
import { signingKey } from './support/signing-key';

let dataDir: string;
let removeDataDir: () => Promise<void>;
/** A data directory after a first start. */
let template: Awaited<ReturnType<typeof temporaryDirectory>>;
let database: TestDatabase;
const started: EmporiumProcess[] = [];

beforeAll(async () => {
  template = await temporaryDirectory();
  const first = EmporiumProcess.spawn({ DATA_DIR: template.path });
  await first.api();
  await first.kill('SIGTERM');
  database = await createTestDatabase();
});
afterAll(async () => {
  await database.drop();
  await template.remove();
});
beforeEach(async () => {
  ({ path: dataDir, remove: removeDataDir } = await temporaryDirectory());
});
afterEach(async () => {
  await Promise.all(started.splice(0).map((each) => each.kill('SIGTERM')));
  // A test that failed may have left the database of a killed process.
  const pid = postmasterIn(path.join(dataDir, 'postgres'));
  if (pid !== undefined) signalPostgres([pid], 'SIGQUIT');
  await removeDataDir();
});

function start(settings: Record<string, string> = {}, args?: string[]): EmporiumProcess {
  const emporium = EmporiumProcess.spawn({ DATA_DIR: dataDir, ...settings }, args);
  started.push(emporium);
  return emporium;
}

/** The same on a copy of the template, which takes half the time. */
async function startAgain(settings: Record<string, string> = {}): Promise<EmporiumProcess> {
  await promisify(execFile)('cp', ['-a', `${template.path}/.`, dataDir]);
  return start(settings);
}

/** The same on the server of the tests. */
function startWithUrl(settings: Record<string, string>): EmporiumProcess {
  return start({ DATABASE_URL: urlOf(database.connection), JWT_PRIVATE_KEY: signingKey(), ...settings });
}

function postmaster(): number {
  return postmasterOf(path.join(dataDir, 'postgres'));
}

describe('a first start', () => {
  it('makes everything, says where it is, and shows no password', async () => {
    // Left behind, and open to all.
    await writeFile(path.join(dataDir, 'admin.txt'), '', { mode: 0o644 });
    const emporium = start();
    const api = await emporium.api();
    const { url, docs } = await emporium.line('listening');
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(docs).toBe(`${String(url)}/docs`);
    const { file } = await emporium.line('admin account made; its password is in the file');
    expect(file).toBe(path.join(dataDir, 'admin.txt'));
    expect((await stat(file as string)).mode & 0o777).toBe(0o600);
    expect((await stat(path.join(dataDir, 'jwt-key.pem'))).mode & 0o777).toBe(0o600);
    const [, email = '', password = ''] =
      /^email: (.*)\npassword: (.*)\n$/.exec(await readFile(file as string, 'utf8')) ?? [];
    const { body: tokens } = await api.post('/login', { email, password });
    const admin = api.as((tokens as { access_token: string }).access_token);
    expect((await admin.get('/me')).body).toMatchObject({ email, role: 'admin' });
    expect(emporium.output).not.toContain(password);
    expect((await api.get('/health/ready')).status).toBe(200);
  });
});

describe('node dist/main.js', () => {
  it.each([
    ['--help', /^Usage: node dist\/main\.js [^]*node dist\/cli\.js --help/],
    ['--version', /^\d+\.\d+\.\d+\n$/],
  ])('%s answers and starts nothing', async (option, answer) => {
    const emporium = start({}, ['dist/main.js', option]);
    expect(await emporium.exited).toBe(0);
    expect(emporium.output).toMatch(answer);
    expect(await readdir(dataDir)).toEqual([]);
  });
});

describe('in production', () => {
  const message =
    'DATABASE_URL is not set: all data is in the embedded database in this folder, which needs a backup';

  it('a start without DATABASE_URL warns, and names the folder of the embedded database', async () => {
    const emporium = await startAgain({
      NODE_ENV: 'production',
      HOST: '127.0.0.1',
      JWT_PRIVATE_KEY: signingKey(),
    });
    await emporium.api();
    const warning = await emporium.line(message);
    expect(warning).toMatchObject({ level: 'warn', directory: path.join(dataDir, 'postgres') });
  });

  it('a start with DATABASE_URL does not, and makes no folder', async () => {
    const DATA_DIR = path.join(dataDir, 'none');
    const emporium = startWithUrl({ NODE_ENV: 'production', HOST: '127.0.0.1', DATA_DIR });
    await emporium.api();
    expect(emporium.output).not.toContain(message);
    expect(await readdir(dataDir)).toEqual([]);
  });
});

describe('a restart', () => {
  it('after a stop finds all that was there', async () => {
    const first = await startAgain();
    const { api: user } = await registerUser(await first.api());
    const { body: store } = await user.post('/stores', { name: 'Kept' });
    const database = postmaster();
    expect(await first.kill('SIGTERM')).toBe(0);
    expect(await isRunning(database)).toBe(false);

    const second = start();
    const api = await second.api();
    expect((await api.get('/stores')).body).toEqual([store]);
    // One admin is enough.
    expect(second.output).not.toContain('admin account made');
  });

  it('after kill -9 amid 200 concurrent writes finds every write that was acknowledged', async () => {
    const first = await startAgain();
    const { api: user } = await registerUser(await first.api());
    const { id: storeId } = (await user.post('/stores', { name: 'Shop' })).body as { id: number };
    const acknowledged: { id: number }[] = [];
    const writes = Array.from({ length: 200 }, async (_none, index) => {
      for (let round = 0; ; round++) {
        const item = { name: `item ${index}`, price: 1.5, sku: `${index}-${round}`, store_id: storeId };
        const { status, body } = await user.post('/items', item);
        if (status !== 201) throw new Error(`answered ${status}`);
        acknowledged.push(body as { id: number });
      }
    });
    while (acknowledged.length < 300) await new Promise((resolve) => setTimeout(resolve, 5));
    await first.kill('SIGKILL');
    await Promise.allSettled(writes);

    const api = await start().api();
    const found = new Map<number, unknown>();
    for (let next: string | undefined = `/stores/${storeId}/items?limit=100`; next !== undefined;) {
      const page: Awaited<ReturnType<Client['get']>> = await api.get(next);
      for (const item of page.body as { id: number }[]) found.set(item.id, item);
      next = /<([^>]+)>; rel="next"/.exec(page.headers.get('link') ?? '')?.[1];
    }
    for (const item of acknowledged) expect(found.get(item.id)).toEqual(item);
  });

  it('after kill -9 of the process and its database works too', async () => {
    const first = await startAgain();
    const { api: user } = await registerUser(await first.api());
    expect((await user.post('/stores', { name: 'Kept' })).status).toBe(201);
    const database = postmaster();
    await first.kill('SIGKILL');
    signalPostgres([database], 'SIGKILL');
    expect((await (await start().api()).get('/stores')).body).toHaveLength(1);
  });
});

describe('a start that cannot be', () => {
  it('says that the data directory is in use, and leaves its owner alone', async () => {
    const first = await startAgain();
    const api = await first.api();
    const second = start();
    expect(await second.exited).toBe(1);
    expect(second.output).toMatch(/emporium: .*in use/);
    expect(second.output).toContain(String(first.pid));
    expect((await api.get('/health/ready')).status).toBe(200);
  });

  it('says that the port is taken, and stops its database', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as AddressInfo;
    const emporium = await startAgain({ PORT: String(port) });
    expect(await emporium.exited).toBe(1);
    expect(emporium.output).toContain(`Port ${port} of 127.0.0.1 is taken`);
    expect(emporium.output).not.toContain('EADDRINUSE');
    expect(postmasterIn(path.join(dataDir, 'postgres'))).toBeUndefined();
    other.close();
  });

  it.each([
    ['a file is in its place', () => path.join(dataDir, 'file')],
    ['a file is above it', () => path.join(dataDir, 'file', 'data')],
    // Node's recursive mkdir never ends there.
    ['the system allows no folder there', () => '/proc/emporium/data'],
  ])('says at once that the data directory cannot be made: %s', async (_what, place) => {
    await writeFile(path.join(dataDir, 'file'), '');
    for (const settings of [{}, { DATABASE_URL: 'postgres://u:p@127.0.0.1:1/x' }]) {
      const emporium = start({ ...settings, DATA_DIR: place() });
      expect(await emporium.exited).toBe(1);
      expect(emporium.output).toMatch(
        /^emporium: The folder of DATA_DIR, \S+, cannot be made: [^\n]+\. Set DATA_DIR to another folder\.\n$/,
      );
      expect(emporium.output).toContain(place());
    }
  });

  it('names every wrong setting, and shows no secret', async () => {
    const emporium = start({
      PORT: '70000',
      NODE_ENV: 'staging',
      DATABASE_URL: 'mysql://root:hunter2@localhost/x',
      JWT_PRIVATE_KEY: 'not a key',
      ADMIN_EMAIL: 'boss@example.com',
      CORS_ORIGINS: 'example.com',
      REFRESH_REUSE_INTERVAL: '-1',
    });
    expect(await emporium.exited).toBe(1);
    for (const name of [
      'PORT',
      'NODE_ENV',
      'DATABASE_URL',
      'JWT_PRIVATE_KEY',
      'ADMIN_PASSWORD',
      'CORS_ORIGINS',
      'REFRESH_REUSE_INTERVAL',
    ]) {
      expect(emporium.output).toContain(name);
    }
    expect(emporium.output).not.toContain('hunter2');
    expect(emporium.output).not.toContain('    at ');
  });

  it('wants a key in production', async () => {
    const emporium = start({ NODE_ENV: 'production' });
    expect(await emporium.exited).toBe(1);
    expect(emporium.output).toContain('JWT_PRIVATE_KEY or JWT_PRIVATE_KEY_FILE must be given in production');
  });

  it('refuses arguments, and says what there is instead', async () => {
    for (const argument of ['serve', '--port=80']) {
      const emporium = start({}, ['dist/main.js', argument]);
      expect(await emporium.exited).toBe(1);
      expect(emporium.output).toMatch(/^error: /);
      expect(emporium.output).toContain('Usage: node dist/main.js');
    }
    expect(await readdir(dataDir)).toEqual([]);
  });

  it('says why the database of DATABASE_URL cannot be used, without its password', async () => {
    const url = urlOf(withDatabase(testServer(), 'no_such_database'));
    const emporium = start({ DATABASE_URL: url });
    expect(await emporium.exited).toBe(1);
    expect(emporium.output).toMatch(/The database of DATABASE_URL cannot be used: .*no_such_database/);
    expect(emporium.output).not.toContain('    at ');
  });
});

describe('with DATABASE_URL', () => {
  it('several instances that start at once share an empty database', async () => {
    const name = unique('emporium_test_empty').replaceAll('-', '_');
    const server = testServer();
    await withClient(server, (client) =>
      client.query(`CREATE DATABASE ${name} TEMPLATE template0 ENCODING 'UTF8'`),
    );
    try {
      const settings = {
        DATABASE_URL: urlOf(withDatabase(server, name)),
        JWT_PRIVATE_KEY: signingKey(),
        ADMIN_EMAIL: 'boss@example.com',
        ADMIN_PASSWORD: PASSWORD,
      };
      const instances = [start(settings), start(settings), start(settings)];
      const [first, second, third] = (await Promise.all(instances.map((each) => each.api()))) as [
        Client,
        Client,
        Client,
      ];
      const ran = instances.flatMap(({ lines }) => lines.filter(({ msg }) => msg === 'migrated'));
      const names = ran.map(({ migration }) => migration);
      expect(names.length).toBeGreaterThan(0);
      expect(new Set(names).size).toBe(names.length);
      // A token of one is good at the others, until it is logged out at any.
      const { body } = await first.post('/login', { email: 'boss@example.com', password: PASSWORD });
      const { access_token: token } = body as { access_token: string };
      expect((await second.as(token).get('/me')).status).toBe(200);
      expect((await third.as(token).post('/logout')).status).toBe(204);
      expect((await second.as(token).get('/me')).status).toBe(401);
      expect(postmasterIn(path.join(dataDir, 'postgres'))).toBeUndefined();
      await Promise.all(started.splice(0).map((each) => each.kill('SIGTERM')));
    } finally {
      await withClient(server, (client) => client.query(`DROP DATABASE ${name} WITH (FORCE)`));
    }
  });

  it('migrates by the command line', async () => {
    const { connection, drop } = await createTestDatabase();
    try {
      await withClient(connection, (client) =>
        client.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public'),
      );
      const migrate = start({ DATABASE_URL: urlOf(connection) }, ['dist/cli.js', 'migrate']);
      expect(await migrate.exited).toBe(0);
      const said = migrate.output.split('\n').filter((line) => !line.startsWith('{'));
      expect(said).toEqual(['The schema of the database is up to date.', '']);
      expect((await withClient(connection, (client) => client.query('SELECT * FROM items'))).rows).toEqual(
        [],
      );
    } finally {
      await drop();
    }
  });
});

describe('a stop', () => {
  it('reaches the server through npm', async () => {
    const emporium = EmporiumProcess.npmStart({ DATA_DIR: dataDir });
    started.push(emporium);
    await emporium.api();
    const database = postmaster();
    await emporium.kill('SIGTERM');
    await emporium.line('stopped');
    expect(await isRunning(database)).toBe(false);
  });

  it('lets readiness fail first, finishes what is under way, and asks clients to close', async () => {
    const emporium = startWithUrl({ SHUTDOWN_DELAY: '700' });
    const api = await emporium.api();
    const { url } = await emporium.line('listening');
    const { accessToken } = await registerUser(api);

    // A request whose body comes slowly, begun before the signal and finished after the listener has closed.
    const { hostname, port } = new URL(String(url));
    const body = JSON.stringify({ name: 'Slow' });
    const headers = {
      authorization: `Bearer ${accessToken}`,
      'content-type': 'application/json',
      'content-length': body.length,
    };
    const slow = request({ hostname, port, path: '/stores', method: 'POST', headers });
    const answered = new Promise<{ status?: number; connection?: string }>((resolve, reject) => {
      slow.on('error', reject);
      slow.on('response', (response) => {
        response.resume();
        resolve({ status: response.statusCode ?? 0, connection: response.headers.connection ?? '' });
      });
    });
    slow.write(body.slice(0, 5));
    await new Promise((resolve) => setTimeout(resolve, 100));

    const exited = emporium.kill('SIGTERM');
    await emporium.line('stopping');
    const ready = await api.get('/health/ready');
    expect(ready.status).toBe(503);
    expect(ready.headers.get('connection')).toBe('close');
    expect((await api.get('/health/live')).status).toBe(200);
    // It serves on for SHUTDOWN_DELAY, and then the port closes.
    const refused = () =>
      api.get('/health/live').then(
        () => false,
        () => true,
      );
    for (const before = Date.now(); !(await refused()) && Date.now() - before < 10_000;) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await expect(api.get('/health/live')).rejects.toThrow();
    slow.end(body.slice(5));
    expect(await answered).toEqual({ status: 201, connection: 'close' });
    expect(await exited).toBe(0);
  });

  it('does not wait for connections on which nothing was ever sent', async () => {
    const emporium = startWithUrl({});
    await emporium.api();
    const { hostname, port } = new URL(String((await emporium.line('listening')).url));
    const idle = connect({ host: hostname, port: Number(port) });
    idle.on('error', () => undefined);
    await new Promise((resolve) => idle.once('connect', resolve));
    const before = Date.now();
    expect(await emporium.kill('SIGHUP')).toBe(0);
    expect(Date.now() - before).toBeLessThan(5000);
    idle.destroy();
  });

  it('takes a second signal for the same', async () => {
    const emporium = await startAgain({ SHUTDOWN_DELAY: '300' });
    await emporium.api();
    const database = postmaster();
    const exited = emporium.kill('SIGINT');
    await emporium.line('stopping');
    void emporium.kill('SIGINT');
    expect(await exited).toBe(0);
    expect(await isRunning(database)).toBe(false);
  });

  it('ends the waiting for a database that is not there', async () => {
    const emporium = start({ DATABASE_URL: 'postgres://u:p@127.0.0.1:1/x' });
    await emporium.line('the database does not answer yet');
    const before = Date.now();
    expect(await emporium.kill('SIGTERM')).toBe(0);
    expect(Date.now() - before).toBeLessThan(3000);
  });

  it('waits no longer than SHUTDOWN_TIMEOUT', async () => {
    const emporium = startWithUrl({ SHUTDOWN_TIMEOUT: '300', REQUEST_TIMEOUT: '60000' });
    await emporium.api();
    const { hostname, port } = new URL(String((await emporium.line('listening')).url));
    const stuck = request({
      hostname,
      port,
      path: '/stores',
      method: 'POST',
      headers: { 'content-length': 10 },
    });
    stuck.on('error', () => undefined);
    stuck.write('x');
    await new Promise((resolve) => setTimeout(resolve, 100));
    const before = Date.now();
    expect(await emporium.kill('SIGTERM')).toBe(0);
    expect(Date.now() - before).toBeLessThan(3000);
    stuck.destroy();
  });
});
