import { readFile } from 'node:fs/promises';
import { get, type IncomingMessage, request } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import path from 'node:path';
import { EmbeddedPostgres } from '../src/database/embedded/embedded-postgres';
import { createTestDatabase, type TestDatabase, urlOf, withClient } from './support/database';
import { registerUser, unique } from './support/factories';
import { EmporiumProcess, isRunning, temporaryDirectory } from './support/process';
import { writeSigningKey } from './support/signing-key';

let database: TestDatabase;
let dataDir: string;
let removeDataDir: () => Promise<void>;
const started: EmporiumProcess[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());
beforeEach(async () => {
  ({ path: dataDir, remove: removeDataDir } = await temporaryDirectory());
  await writeSigningKey(dataDir);
});
afterEach(async () => {
  await Promise.all(started.splice(0).map((each) => each.kill('SIGTERM')));
  await removeDataDir();
});

function start(settings: Record<string, string>): EmporiumProcess {
  const emporium = EmporiumProcess.spawn({ DATA_DIR: dataDir, WEB_CONCURRENCY: '2', ...settings });
  started.push(emporium);
  return emporium;
}

/** The status of a request on a connection of its own. */
function statusOf(url: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    get(url, { agent: false }, (response) => {
      response.resume().on('end', () => {
        resolve(response.statusCode);
      });
    }).on('error', reject);
  });
}

/** The two processes that answer, found by what they log of requests of ours. */
async function workersOf(emporium: EmporiumProcess, url: string): Promise<number[]> {
  const name = unique('probe');
  const found = () =>
    emporium.lines.filter((line) => line.path === `/${name}`).map(({ pid }) => pid as number);
  // The system may give many connections in a row to the same one.
  for (const deadline = Date.now() + 20_000; new Set(found()).size < 2 && Date.now() < deadline;) {
    await Promise.all(Array.from({ length: 16 }, () => statusOf(`${url}/${name}`)));
  }
  return [...new Set(found())].sort();
}

async function untilRefused(url: string): Promise<void> {
  for (const deadline = Date.now() + 10_000; Date.now() < deadline; await pause(50)) {
    const error = await statusOf(url).catch((reason: unknown) => reason);
    if ((error as NodeJS.ErrnoException | undefined)?.code === 'ECONNREFUSED') return;
  }
  throw new Error('the port is still open');
}

/** A request whose body comes slowly: the first part of it is sent, `end` sends the rest. */
function slowRequest(url: string, token: string) {
  const body = JSON.stringify({ name: 'Slow' });
  const headers = {
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
    'content-length': body.length,
  };
  const slow = request(`${url}/stores`, { agent: false, method: 'POST', headers });
  const answered = new Promise<number | undefined>((resolve, reject) => {
    slow.on('error', reject);
    slow.on('response', (response: IncomingMessage) => {
      response.resume();
      resolve(response.statusCode);
    });
  });
  slow.write(body.slice(0, 5));
  return { answered, end: () => slow.end(body.slice(5)) };
}

function commandLine(pid: number): Promise<string> {
  return readFile(`/proc/${pid}/cmdline`, 'utf8');
}

// Each test is a life of a cluster, with several starts.
jest.setTimeout(90_000);

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('two workers', () => {
  it('serve one port and one database, are replaced, and stop together', async () => {
    const emporium = start({ SHUTDOWN_DELAY: '700', DATABASE_POOL_MAX: '60' });
    const api = await emporium.api();
    const { url } = (await emporium.line('listening')) as { url: string };
    const workers = await workersOf(emporium, url);
    expect(workers).toHaveLength(2);
    expect(workers).not.toContain(emporium.pid);
    const [killed = 0, other = 0] = workers;

    // What is made once is made once: a token of either is good at both.
    const file = await readFile(path.join(dataDir, 'admin.txt'), 'utf8');
    const [, email = '', password = ''] = /^email: (.*)\npassword: (.*)\n$/.exec(file) ?? [];
    const login = await api.post('/login', { email, password });
    expect(login.status).toBe(200);
    const { access_token: token } = login.body as { access_token: string };
    const admin = api.as(token);
    const answers = await Promise.all(Array.from({ length: 12 }, () => admin.get('/users')));
    for (const { status, body } of answers) expect([status, body]).toEqual([200, [expect.anything()]]);

    const secret = await readFile(path.join(dataDir, 'postgres', 'emporium.password'), 'utf8');
    expect(emporium.output).not.toContain(secret);
    for (const pid of [emporium.pid, ...workers]) expect(await commandLine(pid)).not.toContain(secret);

    // Both pools have room.
    const embedded = await EmbeddedPostgres.findRunning(dataDir, 'emporium');
    if (!embedded) throw new Error('no embedded PostgreSQL');
    const { rows } = await withClient(embedded, (client) => client.query('SHOW max_connections'));
    expect(rows).toEqual([{ max_connections: '140' }]);

    // Only what the killed one had in its hands may fail.
    let failures = 0;
    process.kill(killed, 'SIGKILL');
    for (let round = 0; round < 30; round++) {
      failures += await statusOf(`${url}/stores`).then(
        (status) => (status === 200 ? 0 : 1),
        () => 1,
      );
    }
    expect(failures).toBeLessThanOrEqual(1);
    expect(await emporium.line('a worker ended, and is replaced')).toMatchObject({
      pid: killed,
      signal: 'SIGKILL',
    });
    const { pid: successor } = await emporium.line('the new worker serves');
    expect(await workersOf(emporium, url)).toEqual([other, successor].sort());
    expect((await admin.get('/me')).status).toBe(200);

    const slow = slowRequest(url, token);
    await pause(100);
    // Ctrl-C reaches the workers as well.
    for (const pid of [other, successor as number]) process.kill(pid, 'SIGINT');
    const exited = emporium.kill('SIGINT');
    await emporium.line('stopping');
    await pause(100);
    for (let index = 0; index < 4; index++) expect(await statusOf(`${url}/health/ready`)).toBe(503);
    expect(await statusOf(`${url}/health/live`)).toBe(200);
    await untilRefused(url);
    slow.end();
    expect(await slow.answered).toBe(201);
    expect(await exited).toBe(0);
    for (const pid of [other, successor as number]) expect(await isRunning(pid)).toBe(false);
    await expect(readFile(path.join(dataDir, 'postgres', 'postmaster.pid'))).rejects.toThrow('ENOENT');

    const count = (message: string) => emporium.lines.filter(({ msg }) => msg === message).length;
    expect(count('listening')).toBe(1);
    expect(count('a worker ended, and is replaced')).toBe(1);
    expect(count('stopped')).toBe(1);
    // Whole lines, all of them.
    expect(emporium.lines).toHaveLength(emporium.output.trimEnd().split('\n').length);
  });

  it('keep their port when all die, and go when the primary is killed', async () => {
    const emporium = start({ DATABASE_URL: urlOf(database.connection), SHUTDOWN_DELAY: '60000' });
    const api = await emporium.api();
    const { url } = (await emporium.line('listening')) as { url: string };
    const { accessToken: token } = await registerUser(api);
    for (const pid of await workersOf(emporium, url)) process.kill(pid, 'SIGKILL');
    const back = () => emporium.lines.filter(({ msg }) => msg === 'the new worker serves');
    while (back().length < 2) await pause(50);
    const workers = await workersOf(emporium, url);
    expect(workers).toEqual(
      back()
        .map(({ pid }) => pid as number)
        .sort(),
    );

    const slow = slowRequest(url, token);
    await pause(100);
    const exited = emporium.kill('SIGKILL');
    // The next start can have the port at once.
    await untilRefused(url);
    slow.end();
    expect(await slow.answered).toBe(201);
    // All who could write to its output are gone.
    expect(await exited).toBe('SIGKILL');
    for (const pid of workers) expect(await isRunning(pid)).toBe(false);
  });
});

describe('a start of two workers that cannot be', () => {
  it.each([
    ['a taken port', {}, /^emporium: Port \d+ of 127\.0\.0\.1 is taken; set PORT to another one\.$/],
    ['a wrong setting', { PORT: 'x' }, /^emporium: The settings are wrong:\n {2}- PORT must/],
  ])('for %s ends with one message', async (_name, settings, message) => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as AddressInfo;
    const emporium = start({
      DATABASE_URL: urlOf(database.connection),
      DATABASE_POOL_MAX: '1000',
      PORT: String(port),
      ...settings,
    });
    const status = await emporium.exited;
    const { output } = emporium;
    // With its output, because a start that ends otherwise must be explained.
    expect({ status, output }).toEqual({ status: 1, output });
    expect(output.includes('fewer connections than WEB_CONCURRENCY times')).toBe(!('PORT' in settings));
    const rest = output.split('\n').filter((line) => !line.startsWith('{'));
    expect(rest.join('\n').trim()).toMatch(message);
    other.close();
  });
});
