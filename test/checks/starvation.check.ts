import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { Server } from '../../bench/servers';
import { median, percentile } from '../../bench/statistics';
import { createTestDatabase, type TestDatabase, urlOf } from '../support/database';
import { createItem, createStore, PASSWORD, registerUser } from '../support/factories';
import { EmporiumProcess, temporaryDirectory } from '../support/process';
import { signingKey } from '../support/signing-key';

const LOGINS = 500;
const REPETITIONS = 7;
const LIMIT_SERVER = path.join(__dirname, '..', '..', 'bench', 'dist', 'bench', 'limit-server.js');

let database: TestDatabase;
let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let emporium: EmporiumProcess;
let url: string;
let limitServer: Server;
beforeAll(async () => {
  database = await createTestDatabase();
  directory = await temporaryDirectory();
  emporium = EmporiumProcess.spawn({
    DATA_DIR: directory.path,
    DATABASE_URL: urlOf(database.connection),
    JWT_PRIVATE_KEY: signingKey(),
    LOG_LEVEL: 'info',
  });
  url = String((await emporium.line('listening')).url);
  const log = path.join(directory.path, 'limit-server.log');
  limitServer = await Server.start(
    'limit server',
    LIMIT_SERVER,
    { DATABASE_URL: urlOf(database.connection) },
    log,
  );
});
afterAll(async () => {
  await limitServer.stop();
  await emporium.kill('SIGTERM');
  await directory.remove();
  await database.drop();
});

/**
 * Connects as often as there are logins, waits for a byte, sends them all, and prints how many got which status. As
 * light as can be: other people's clients do not run on the server's processors.
 */
const FLOOD = `
  const { connect } = require('node:net');
  const [url, body, count] = process.argv.slice(1);
  const { hostname, port } = new URL(url);
  const login = 'POST /login HTTP/1.1\\r\\nHost: x\\r\\nContent-Type: application/json\\r\\n' +
    'Content-Length: ' + body.length + '\\r\\n\\r\\n' + body;
  const counts = {};
  let unconnected = Number(count), unanswered = Number(count);
  const sockets = Array.from({ length: unanswered }, () => {
    const socket = connect(Number(port), hostname, () => {
      if (--unconnected === 0) process.stdout.write('connected\\n');
    });
    return socket.once('data', (head) => {
      const status = head.toString('latin1', 9, 12);
      counts[status] = (counts[status] ?? 0) + 1;
      if (--unanswered > 0) return;
      console.log(JSON.stringify(counts));
      process.exit();
    });
  });
  process.stdin.once('data', () => { for (const socket of sockets) socket.write(login); });
`;

/** Computes as many hashes as a rush of logins, spread over the same time, and does nothing else. */
const HASHER = `
  const { hashSync } = require('@node-rs/argon2');
  const [count, milliseconds] = process.argv.slice(1).map(Number);
  require('node:os').setPriority(10);
  hashSync('warm');
  for (let i = 0; i < count; i++) setTimeout(() => hashSync('correct horse'), i * milliseconds / count);
`;

const agent = new Agent({ keepAlive: true });
afterAll(() => {
  agent.destroy();
});

/** Reads once; lighter than fetch, because client and server share the processors. */
function read(at: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request(at, { agent }, (response) => {
      response.resume().on('end', () => {
        resolve(response.statusCode ?? 0);
      });
    });
    sent.on('error', reject).end();
  });
}

/** Milliseconds of reads, one after the other on each connection, as long as it goes on. */
async function timeReads(at: string, connections: number, goesOn: () => boolean): Promise<number[]> {
  const durations: number[] = [];
  const readOn = async () => {
    while (goesOn()) {
      const begin = performance.now();
      expect(await read(at)).toBe(200);
      durations.push(performance.now() - begin);
    }
  };
  await Promise.all(Array.from({ length: connections }, readOn));
  return durations;
}

const timeReadsFor = (milliseconds: number, at: string, connections: number) => {
  const until = Date.now() + milliseconds;
  return timeReads(at, connections, () => Date.now() < until);
};

/** The same until a program ends, together with what it printed in the end. */
async function timeReadsDuring(
  program: ChildProcessWithoutNullStreams,
  at: string,
  connections: number,
): Promise<[durations: number[], output: string]> {
  const state = { isOver: false };
  const output = text(program.stdout).finally(() => (state.isOver = true));
  const durations = await timeReads(at, connections, () => !state.isOver);
  return [durations, await output];
}

/** A session of its own each, as programs have that were not started together. */
const start = (program: string, ...args: string[]) =>
  spawn(process.execPath, ['-e', program, ...args], { detached: true });

interface Percentiles {
  p50: number;
  p99: number;
}

function percentilesOf(rounds: number[][]): Percentiles {
  const medianOf = (share: number) => median(rounds.map((durations) => percentile(durations, share)));
  return { p50: medianOf(0.5), p99: medianOf(0.99) };
}

const inWords = (what: string, before: Percentiles, during: Percentiles) =>
  `  ${what}: p50 ${before.p50.toFixed(2)} ms, then ${during.p50.toFixed(2)}; ` +
  `p99 ${before.p99.toFixed(2)}, then ${during.p99.toFixed(2)} (${(during.p99 / before.p99).toFixed(2)})\n`;

it.each([32, 8, 1])(
  `${LOGINS} logins at once do not starve the reads of %i connections`,
  async (connections) => {
    const user = await registerUser(await emporium.api());
    const { id } = await createItem(await createStore(user));
    const login = JSON.stringify({ email: user.email, password: PASSWORD });
    const here = `${url}/items/${id}`;
    const there = `${limitServer.url}/items/${id}`;
    for (const at of [here, there]) await timeReadsFor(2000, at, connections);

    const alone: number[][] = [];
    const rush: number[][] = [];
    const bareAlone: number[][] = [];
    const bareHashing: number[][] = [];
    const statuses: Record<string, number> = {};
    let seconds = 0;
    for (let repetition = 0; repetition < REPETITIONS; repetition++) {
      alone.push(await timeReadsFor(2000, here, connections));
      const flood = start(FLOOD, url, login, String(LOGINS));
      await once(flood.stdout, 'data');
      const begin = performance.now();
      flood.stdin.write('!');
      const [durations, output] = await timeReadsDuring(flood, here, connections);
      const milliseconds = performance.now() - begin;
      rush.push(durations);
      const counts = JSON.parse(output) as Record<string, number>;
      for (const [status, count] of Object.entries(counts))
        statuses[status] = (statuses[status] ?? 0) + count;
      seconds += milliseconds / 1000;

      bareAlone.push(await timeReadsFor(2000, there, connections));
      const hasher = start(HASHER, String(counts[200]), String(milliseconds));
      bareHashing.push((await timeReadsDuring(hasher, there, connections))[0]);
    }
    const [before, during] = [alone, rush].map(percentilesOf) as [Percentiles, Percentiles];
    const [bareBefore, bareDuring] = [bareAlone, bareHashing].map(percentilesOf) as [
      Percentiles,
      Percentiles,
    ];
    const rate = ((statuses[200] ?? 0) / seconds).toFixed(0);
    process.stdout.write(
      `${connections} connections, logins by status ${JSON.stringify(statuses)}, ${rate} served a second\n` +
        inWords('reads, then with the logins', before, during) +
        inWords('reads of the limit server, then beside a process that only hashes', bareBefore, bareDuring),
    );
    // Those that need not wait are served, the rest are told at once to come again.
    expect(Object.keys(statuses).sort()).toEqual(['200', '503']);
    expect(during.p50 / before.p50).toBeLessThan(2);
    // On few processors a few reads are held up by any hash, whoever computes it: one connection sees nothing else.
    if (connections > 1) expect(during.p99 / before.p99).toBeLessThan(2);
    else expect(during.p99 / before.p99).toBeLessThan(1.5 * (bareDuring.p99 / bareBefore.p99));
  },
);
