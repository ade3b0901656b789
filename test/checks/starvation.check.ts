import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { promisify } from 'node:util';
import { median, percentile } from '../../bench/statistics';
import { type Client } from '../support/client';
import { createTestDatabase, type TestDatabase, urlOf } from '../support/database';
import { createItem, createStore, createUser, PASSWORD } from '../support/factories';
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

/** Answers as quickly as Emporium, 503 to those that would wait too long, and hashes nothing. */
const IDLE_SERVER = `
  const { createServer } = require('node:http');
  let freeAt = 0;
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      freeAt = Math.max(freeAt, Date.now());
      const wait = freeAt - Date.now();
      if (wait > 1400) {
        response.statusCode = 503;
        response.end();
        return;
      }
      freeAt += 14;
      setTimeout(() => response.end(), wait);
    });
  });
  server.listen(0, '127.0.0.1', () => console.log('http://127.0.0.1:' + server.address().port));
`;

/** Counts of the statuses of so many simultaneous logins. */
async function flood(at: string, body: string): Promise<Record<string, number>> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    '-e',
    FLOOD,
    `${at}/login`,
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

/** Milliseconds of reads, one after the other on each connection, as long as it goes on. */
async function timeReads(path: string, connections: number, goesOn: () => boolean): Promise<number[]> {
  const durations: number[] = [];
  const readOn = async () => {
    while (goesOn()) {
      const begin = performance.now();
      expect(await read(path)).toBe(200);
      durations.push(performance.now() - begin);
    }
  };
  await Promise.all(Array.from({ length: connections }, readOn));
  return durations;
}

it.each([1, 32])(
  `${LOGINS} logins at once do not starve the reads of %i connections`,
  async (connections) => {
    const user = await createUser({ api });
    const { id } = await createItem(await createStore(user));
    const path = `/items/${id}`;
    const login = JSON.stringify({ email: user.email, password: PASSWORD });
    const idle = spawn(process.execPath, ['-e', IDLE_SERVER], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = (await once(idle.stdout, 'data')) as [Buffer];
    const idleUrl = line.toString().trim();

    const forSome = (milliseconds: number) => {
      const until = Date.now() + milliseconds;
      return timeReads(path, connections, () => Date.now() < until);
    };
    const during = async (at: string): Promise<[number[], Record<string, number>]> => {
      const state = { isOver: false };
      const logins = flood(at, login).finally(() => (state.isOver = true));
      return [await timeReads(path, connections, () => !state.isOver), await logins];
    };
    await forSome(3000);

    // `elsewhere`: the same clients on the same processors, but nobody hashes.
    const p50 = { alone: [] as number[], during: [] as number[] };
    const p99 = { alone: [] as number[], during: [] as number[], elsewhere: [] as number[] };
    const statuses: Record<string, number> = {};
    for (let repetition = 0; repetition < REPETITIONS; repetition++) {
      const alone = await forSome(2000);
      const [elsewhere] = await during(idleUrl);
      const [reads, counts] = await during(url);
      for (const [status, count] of Object.entries(counts))
        statuses[status] = (statuses[status] ?? 0) + count;
      p50.alone.push(percentile(alone, 0.5));
      p50.during.push(percentile(reads, 0.5));
      p99.alone.push(percentile(alone, 0.99));
      p99.elsewhere.push(percentile(elsewhere, 0.99));
      p99.during.push(percentile(reads, 0.99));
    }
    idle.kill('SIGKILL');
    const [alone, other, rush] = [p99.alone, p99.elsewhere, p99.during].map(median) as [
      number,
      number,
      number,
    ];
    const ratio = median(p50.during) / median(p50.alone);
    process.stdout.write(
      `${connections} connections: p99 alone ${alone.toFixed(2)} ms; during ${LOGINS} logins elsewhere ` +
        `${other.toFixed(2)} ms (${(other / alone).toFixed(2)}), here ${rush.toFixed(2)} ms ` +
        `(${(rush / alone).toFixed(2)}); p50 ratio ${ratio.toFixed(2)}; logins by status ${JSON.stringify(statuses)}\n`,
    );
    // Those that need not wait are served, the rest are told at once to come again.
    expect(Object.keys(statuses).sort()).toEqual(['200', '503']);
    // The p99 is printed only: on few processors it also pays for the clients.
    expect(ratio).toBeLessThan(2);
  },
);
