import { execFile, spawn } from 'node:child_process';
import { Agent, request } from 'node:http';
import { promisify } from 'node:util';
import { type Client } from '../support/client';
import { createTestDatabase, type TestDatabase, urlOf } from '../support/database';
import { PASSWORD, unique } from '../support/factories';
import { EmporiumProcess, temporaryDirectory } from '../support/process';
import { signingKey } from '../support/signing-key';

const LOGINS = 500;
const REPETITIONS = 7;

let database: TestDatabase;
let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let emporium: EmporiumProcess;
let api: Client;
let url: string;
beforeAll(async () => {
  database = await createTestDatabase();
  directory = await temporaryDirectory();
  emporium = EmporiumProcess.spawn({
    DATA_DIR: directory.path,
    DATABASE_URL: urlOf(database.connection),
    JWT_PRIVATE_KEY: signingKey(),
    AUTH_THROTTLE: 'off',
    LOG_LEVEL: 'info',
    REQUEST_TIMEOUT: '30000',
  });
  api = await emporium.api();
  url = String((await emporium.line('listening')).url);
});
afterAll(async () => {
  await emporium.kill('SIGTERM');
  await directory.remove();
  await database.drop();
});

/** Sends logins at once, and prints how many got which status. Runs by itself, so as not to delay the reads here. */
const FLOOD = `
  const { Agent, request } = require('node:http');
  const [url, body, count] = process.argv.slice(1);
  const agent = new Agent({ maxSockets: Infinity });
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
  const logIn = () => new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST', agent, headers }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode));
    });
    sent.on('error', reject).end(body);
  });
  Promise.all(Array.from({ length: Number(count) }, logIn)).then((statuses) => {
    const counts = {};
    for (const status of statuses) counts[status] = (counts[status] ?? 0) + 1;
    process.stdout.write(JSON.stringify(counts));
  });
`;

/** Counts of the statuses of so many simultaneous logins. */
async function flood(body: string): Promise<Record<string, number>> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    '-e',
    FLOOD,
    `${url}/login`,
    body,
    String(LOGINS),
  ]);
  return JSON.parse(stdout) as Record<string, number>;
}

const agent = new Agent({ keepAlive: true });
afterAll(() => {
  agent.destroy();
});

/** Reads once; lighter than fetch, because client and server share the processors. */
function read(path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request(url + path, { agent }, (response) => {
      response.resume().on('end', () => {
        resolve(response.statusCode ?? 0);
      });
    });
    sent.on('error', reject).end();
  });
}

/** Milliseconds of one read after the other, as long as it goes on. */
async function timeReads(path: string, goesOn: () => boolean): Promise<number[]> {
  const durations: number[] = [];
  while (goesOn()) {
    const begin = performance.now();
    expect(await read(path)).toBe(200);
    durations.push(performance.now() - begin);
  }
  return durations;
}

function percentile(values: number[], share: number): number {
  return (
    values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? 0
  );
}

const median = (values: number[]) => percentile(values, 0.5);

it(`${LOGINS} logins at once do not starve the reads`, async () => {
  const email = `${unique('user')}@example.com`;
  await api.post('/register', { email, password: PASSWORD });
  const { access_token: token } = (await api.post('/login', { email, password: PASSWORD })).body as {
    access_token: string;
  };
  const user = api.as(token);
  const { id: storeId } = (await user.post('/stores', { name: 'Shop' })).body as { id: number };
  const item = { name: 'Lamp', price: 9.99, store_id: storeId };
  const { id } = (await user.post('/items', item)).body as { id: number };
  const path = `/items/${id}`;
  const login = JSON.stringify({ email, password: PASSWORD });

  const warmUntil = Date.now() + 3000;
  await timeReads(path, () => Date.now() < warmUntil);

  // `queued`: without the first quarter of the reads, while the logins still arrive.
  const p99 = {
    alone: [] as number[],
    during: [] as number[],
    beside: [] as number[],
    queued: [] as number[],
  };
  const medians = { alone: [] as number[], during: [] as number[] };
  const statuses: Record<string, number> = {};
  for (let repetition = 0; repetition < REPETITIONS; repetition++) {
    const until = Date.now() + 3000;
    const alone = await timeReads(path, () => Date.now() < until);

    // What any other work on one processor does to the reads.
    const other = spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' });
    const otherUntil = Date.now() + 2000;
    const beside = await timeReads(path, () => Date.now() < otherUntil);
    other.kill('SIGKILL');

    const state = { isOver: false };
    const logins = flood(login).finally(() => (state.isOver = true));
    const during = await timeReads(path, () => !state.isOver);
    for (const [status, count] of Object.entries(await logins)) {
      statuses[status] = (statuses[status] ?? 0) + count;
    }

    p99.alone.push(percentile(alone, 0.99));
    p99.during.push(percentile(during, 0.99));
    p99.beside.push(percentile(beside, 0.99));
    p99.queued.push(percentile(during.slice(Math.floor(during.length / 4)), 0.99));
    medians.alone.push(median(alone));
    medians.during.push(median(during));
    process.stdout.write(
      `reads alone: ${alone.length}, p50 ${median(alone).toFixed(2)} ms, p99 ${percentile(alone, 0.99).toFixed(2)} ms; ` +
        `during ${LOGINS} logins: ${during.length}, p50 ${median(during).toFixed(2)} ms, ` +
        `p99 ${percentile(during, 0.99).toFixed(2)} ms, longest ${Math.max(...during).toFixed(1)} ms\n`,
    );
  }
  const ratio = median(p99.during) / median(p99.alone);
  process.stdout.write(
    `median p99: alone ${median(p99.alone).toFixed(2)} ms, during ${median(p99.during).toFixed(2)} ms, ` +
      `once all have arrived ${median(p99.queued).toFixed(2)} ms, beside other work ${median(p99.beside).toFixed(2)} ms; ` +
      `ratio ${ratio.toFixed(2)}; p50 ratio ${(median(medians.during) / median(medians.alone)).toFixed(2)}; ` +
      `logins by status ${JSON.stringify(statuses)}\n`,
  );
  // Those that need not wait are served, the rest are told at once to come again.
  expect(Object.keys(statuses).sort()).toEqual(['200', '503']);
  // The p99 is printed only: on two processors it also pays for the database and the clients.
  expect(median(medians.during) / median(medians.alone)).toBeLessThan(2);
});
