import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { get } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { percentile } from '../../bench/statistics';
import { createTestDatabase, type TestDatabase, urlOf, withClient } from '../support/database';
import { createStore, registerUser } from '../support/factories';
import { EmporiumProcess } from '../support/process';
import { signingKey } from '../support/signing-key';

const ITEMS = 20_000;
const MILLISECONDS = 8000;

/**
 * Clients that send the next request as soon as they have an answer, whatever it says, on as many connections. As light
 * as can be. It prints the times of the answers 200 and the number of others.
 */
const CLIENTS = `
  const { connect } = require('node:net');
  const [url, path, connections, milliseconds] = process.argv.slice(1);
  const { hostname, port } = new URL(url);
  const head = 'GET ' + path + ' HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n';
  const times = [];
  const others = {};
  const end = performance.now() + Number(milliseconds);
  for (let n = 0; n < Number(connections); n++) {
    let begin, left = 0, status = '';
    const socket = connect(Number(port), hostname, () => send());
    const send = () => { begin = performance.now(); socket.write(head); };
    const failed = () => { others.failed = (others.failed ?? 0) + 1; };
    socket.on('error', failed).on('data', (chunk) => {
      if (left === 0) {
        const start = chunk.toString('latin1', 0, 2000);
        status = start.slice(9, 12);
        left = Number(/content-length: (\\d+)/i.exec(start)[1]) + start.indexOf('\\r\\n\\r\\n') + 4;
      }
      left -= chunk.length;
      if (left > 0) return;
      if (status === '200') times.push(Math.round(performance.now() - begin));
      else others[status] = (others[status] ?? 0) + 1;
      if (performance.now() < end) send();
      else socket.destroy();
    });
  }
  setTimeout(() => { console.log(JSON.stringify({ times, others })); process.exit(); }, Number(milliseconds) + 500);
`;

interface Outcome {
  times: number[];
  others: Record<string, number>;
}

let database: TestDatabase;
let emporium: EmporiumProcess;
let url: string;
beforeAll(async () => {
  database = await createTestDatabase();
  emporium = EmporiumProcess.spawn({
    DATABASE_URL: urlOf(database.connection),
    JWT_PRIVATE_KEY: signingKey(),
    LOG_LEVEL: 'info',
    REQUEST_TIMEOUT: '5000',
    PORT: '0',
  });
  const api = await emporium.api();
  const { id } = await createStore(await registerUser(api));
  await withClient(database.connection, async (client) => {
    await client.query(
      `INSERT INTO items (name, price, store_id) SELECT 'item ' || n, n % 1000, $1 FROM generate_series(1, $2::int) n`,
      [id, ITEMS],
    );
    await client.query('ANALYZE items');
  });
  url = String((await emporium.line('listening')).url);
});
afterAll(async () => {
  await emporium.kill('SIGTERM');
  await database.drop();
});

/** How long a new client waits for the liveness of the process. */
function probe(): Promise<number> {
  const begin = performance.now();
  return new Promise((resolve, reject) => {
    get(`${url}/health/live`, { agent: false }, (response) => {
      response.resume().on('end', () => {
        resolve(performance.now() - begin);
      });
    }).on('error', reject);
  });
}

/** MiB */
async function memory(): Promise<number> {
  const status = await readFile(`/proc/${emporium.pid}/status`, 'utf8');
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024);
}

it.each([
  ['GET /items', '/items', 10],
  ['GET /items', '/items', 1000],
  ['a slow search', '/items?q=tem&sort=-price&limit=100', 1000],
])('%s (%s) on %i connections', async (_name, path, connections) => {
  const before = await memory();
  const clients = spawn(process.execPath, [
    '-e',
    CLIENTS,
    url,
    path,
    String(connections),
    String(MILLISECONDS),
  ]);
  const printed = text(clients.stdout);
  const state = { isOver: false };
  void once(clients, 'exit').then(() => (state.isOver = true));
  const probes: number[] = [];
  const sizes: number[] = [];
  while (!state.isOver) {
    probes.push(await probe());
    sizes.push(await memory());
    await sleep(20);
  }
  const { times, others } = JSON.parse(await printed) as Outcome;
  const ms = (values: number[], share: number) => `${percentile(values, share).toFixed(0)} ms`;
  process.stdout.write(
    `${path} on ${connections} connections: ${((times.length / MILLISECONDS) * 1000).toFixed(0)} served a second, ` +
      `p50 ${ms(times, 0.5)}, p99 ${ms(times, 0.99)}; others ${JSON.stringify(others)}\n` +
      `  liveness for new clients: p50 ${ms(probes, 0.5)}, p90 ${ms(probes, 0.9)}, longest ${ms(probes, 1)}; ` +
      `memory ${before} MiB before, ${Math.max(...sizes)} at most\n`,
  );
  expect(Object.keys(others).filter((status) => status !== '503')).toEqual([]);
  // The clients, the server and PostgreSQL share the processors.
  expect(percentile(probes, 0.5)).toBeLessThan(100);
  expect(Math.max(...probes)).toBeLessThan(1500);
  expect(percentile(times, 0.99)).toBeLessThan(4000);
});
