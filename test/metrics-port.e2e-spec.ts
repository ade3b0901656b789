import { spawnSync } from 'node:child_process';
import { get } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createTestDatabase, type TestDatabase, urlOf } from './support/database';
import { expectProblem } from './support/expect-problem';
import { parseMetrics, type Sample, sumOf } from './support/metrics';
import { EmporiumProcess } from './support/process';
import { signingKey } from './support/signing-key';

const COUNT = 'emporium_http_request_duration_seconds_count';

let database: TestDatabase;
const started: EmporiumProcess[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());
afterEach(async () => {
  await Promise.all(started.splice(0).map((each) => each.kill('SIGTERM')));
});

function start(settings: Record<string, string>): EmporiumProcess {
  const emporium = EmporiumProcess.spawn({
    DATABASE_URL: urlOf(database.connection),
    JWT_PRIVATE_KEY: signingKey(),
    METRICS_PORT: '0',
    ...settings,
  });
  started.push(emporium);
  return emporium;
}

async function metricsUrl(emporium: EmporiumProcess): Promise<string> {
  return (await emporium.line('serving metrics')).url as string;
}

async function scrape(url: string): Promise<Sample[]> {
  const response = await fetch(url);
  expect(response.status).toBe(200);
  return parseMetrics(await response.text());
}

/** Sends requests on connections of their own, so that every worker gets some. */
async function request(url: string, count: number): Promise<void> {
  const one = () =>
    new Promise<void>((resolve, reject) => {
      get(url, { agent: false }, (response) => {
        response.resume().on('end', resolve);
      }).on('error', reject);
    });
  for (let sent = 0; sent < count; sent += 10) await Promise.all(Array.from({ length: 10 }, one));
}

async function until(url: string, isReached: (samples: Sample[]) => boolean): Promise<Sample[]> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const samples = await scrape(url);
    if (isReached(samples)) return samples;
    if (Date.now() > deadline) throw new Error('the metrics never have the expected values');
    await sleep(100);
  }
}

describe('METRICS_PORT', () => {
  it('0 takes a free port and logs its URL; the main port has no metrics', async () => {
    const emporium = start({});
    const api = await emporium.api();
    await api.get('/items');
    const url = await metricsUrl(emporium);
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/metrics$/);
    await until(url, (samples) => sumOf(samples, COUNT, { route: '/items', status: '200' }) === 1);
    expectProblem(await api.get('/metrics'), 404, 'not_found');
    await emporium.kill('SIGTERM');
    await expect(fetch(url)).rejects.toThrow();
  });

  it('must differ from PORT', async () => {
    const emporium = start({ PORT: '4711', METRICS_PORT: '4711' });
    expect(await emporium.exited).toBe(1);
    expect(emporium.output).toContain('METRICS_PORT must not be the same as PORT');
  });

  it.each(['1', '2'])('that is taken ends a start of %s process(es) with a sentence', async (processes) => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    const emporium = start({ METRICS_PORT: String(port), WEB_CONCURRENCY: processes });
    expect(await emporium.exited).toBe(1);
    expect(emporium.output.trimEnd().split('\n').at(-1)).toBe(
      `emporium: Port ${port} of 127.0.0.1 is taken; set METRICS_PORT to another one.`,
    );
    other.close();
  });
});

it('without METRICS_PORT and a collector of traces their libraries are not loaded', () => {
  const script = `
    for (const file of ['server/serve', 'server/run', 'server/cluster/primary', 'app.setup']) require('./dist/' + file);
    const { loadEnvironment } = require('./dist/config/environment');
    require('./dist/metrics/open-metrics').openMetrics(loadEnvironment({}));
    require('./dist/tracing/open-tracing').openTracing(loadEnvironment({}));
    const loaded = Object.keys(require.cache);
    console.log(loaded.some((name) => name.includes('fastify')), loaded.filter((name) => /prom-client|@opentelemetry/.test(name)));
  `;
  const { stdout } = spawnSync(process.execPath, ['-e', script], {
    cwd: path.join(__dirname, '..'),
    encoding: 'utf8',
  });
  expect(stdout).toBe('true []\n');
});

describe('with two workers', () => {
  it('the metrics of all processes are together on one port', async () => {
    const emporium = start({ WEB_CONCURRENCY: '2' });
    const { url: apiUrl } = (await emporium.line('listening')) as { url: string };
    const url = await metricsUrl(emporium);
    await request(`${apiUrl}/health/live`, 200);
    const live = { route: '/health/live', status: '200' };
    const samples = await until(url, (found) => sumOf(found, COUNT, live) >= 200);
    expect(sumOf(samples, COUNT, live)).toBe(200);
    expect(samples.filter(({ name, labels }) => name === COUNT && labels.route === live.route)).toHaveLength(
      1,
    );
    expect(sumOf(samples, 'emporium_processes')).toBe(2);
    expect(sumOf(samples, 'emporium_database_up')).toBe(1);
    expect(sumOf(samples, 'emporium_build_info')).toBe(1);
    // Each worker has a pool of 10 connections, of which reads share 3.
    expect(sumOf(samples, 'emporium_database_pool_max')).toBe(14);
    // Three processes.
    expect(sumOf(samples, 'process_resident_memory_bytes')).toBeGreaterThan(1.5e8);
    expect(sumOf(samples, 'process_start_time_seconds')).toBeLessThan(Date.now() / 1000);
  });

  it('a worker that does not answer delays nothing for long, and one that ends takes no counts away', async () => {
    const emporium = start({ WEB_CONCURRENCY: '2' });
    const { url: apiUrl } = (await emporium.line('listening')) as { url: string };
    const url = await metricsUrl(emporium);
    const live = { route: '/health/live', status: '200' };
    await request(`${apiUrl}/health/live`, 100);
    await until(url, (samples) => sumOf(samples, COUNT, live) === 100);
    const pids = emporium.lines.flatMap(({ msg, pid }) => (msg === 'request' ? [pid as number] : []));
    const [worker] = pids;
    if (worker === undefined) throw new Error('No worker has answered');

    process.kill(worker, 'SIGSTOP');
    expect(sumOf(await scrape(url), COUNT, live)).toBe(100);
    process.kill(worker, 'SIGKILL');
    await emporium.line('a worker ended, and is replaced');
    expect(sumOf(await scrape(url), COUNT, live)).toBe(100);

    await emporium.line('the new worker serves');
    await until(url, (samples) => sumOf(samples, 'emporium_processes') === 2);
    await request(`${apiUrl}/health/live`, 50);
    await until(url, (samples) => sumOf(samples, COUNT, live) === 150);
  });
});
