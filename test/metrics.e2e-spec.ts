import { readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { connect } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadEnvironment } from '../src/config/environment';
import { MetricsServer } from '../src/metrics/metrics-server';
import { startApp, type TestApp } from './support/app';
import { Client } from './support/client';
import { createTestDatabase, withClient } from './support/database';
import { expectProblem } from './support/expect-problem';
import { createItem, createStore, createUser, type TestStore, unique } from './support/factories';
import { parseMetrics, type Sample, sumOf } from './support/metrics';
import { Proxy } from './support/proxy';

const DURATION = 'emporium_http_request_duration_seconds';
const COUNT = `${DURATION}_count`;

let app: TestApp;
let store: TestStore;

beforeAll(async () => {
  app = await startApp({ METRICS_PORT: '0' });
  store = await createStore(await createUser(app));
});
afterAll(() => app.close());

async function scrape(of: TestApp = app): Promise<Sample[]> {
  return parseMetrics((await of.metrics?.text()) ?? '');
}

/** How many more requests with these labels there are after `work`. They are counted when their response is closed. */
async function countedDuring(
  labels: Record<string, string>,
  expected: number,
  work: () => Promise<unknown>,
): Promise<number> {
  const before = sumOf(await scrape(), COUNT, labels);
  await work();
  const counted = async () => sumOf(await scrape(), COUNT, labels) - before;
  for (let turn = 0; turn < 200 && (await counted()) < expected; turn++) await sleep(10);
  return counted();
}

/** Sends a request with any method and target. */
function send(method: string, target: string): Promise<number | undefined> {
  const { hostname, port } = new URL(app.url);
  return new Promise((resolve, reject) => {
    request({ hostname, port, method, path: target, agent: false }, (response) => {
      response.resume().on('end', () => {
        resolve(response.statusCode);
      });
    })
      .on('error', reject)
      .end();
  });
}

describe('requests', () => {
  it('are counted and timed by route template, method and status', async () => {
    const item = await createItem(store);
    const found = { route: '/items/:id', method: 'GET', status: '200' };
    const missing = { ...found, status: '404' };
    expect(
      await countedDuring(found, 3, async () => {
        for (let round = 0; round < 3; round++) await app.api.get(`/items/${item.id}`);
        await app.api.get('/items/999999');
        await app.api.patch(`/items/${item.id}`, { price: 1 });
      }),
    ).toBe(3);
    const samples = await scrape();
    expect(sumOf(samples, COUNT, missing)).toBe(1);
    expect(sumOf(samples, COUNT, { route: '/items/:id', method: 'PATCH', status: '401' })).toBe(1);
    expect(sumOf(samples, `${DURATION}_sum`, found)).toBeGreaterThan(0);
    expect(sumOf(samples, `${DURATION}_sum`, found)).toBeLessThan(60);
    const buckets = samples.filter(
      ({ name, labels }) =>
        name === `${DURATION}_bucket` && Object.entries(found).every(([key, value]) => labels[key] === value),
    );
    const values = buckets.map(({ value }) => value);
    expect(values).toEqual(values.toSorted((a, b) => a - b));
    expect(buckets.at(-1)).toMatchObject({ labels: { le: '+Inf' }, value: 3 });
  });

  it('of unknown paths have one label together, however many there are', async () => {
    const before = new Set((await scrape()).map((sample) => JSON.stringify([sample.name, sample.labels])));
    expect(
      await countedDuring({ route: 'none', status: '404' }, 100, async () => {
        for (let round = 0; round < 10; round++) {
          await Promise.all(
            Array.from({ length: 10 }, () => app.api.get(`/${unique('nothing')}/${unique('here')}`)),
          );
        }
      }),
    ).toBe(100);
    const labels = (await scrape()).map((sample) => JSON.stringify([sample.name, sample.labels]));
    const added = labels.filter((label) => label.includes(DURATION) && !before.has(label));
    // One series: 14 buckets, a sum and a count.
    expect(added).toHaveLength(16);
    expect(labels.join('')).not.toContain('nothing');
  });

  it('with unusual methods have one label together', async () => {
    const methods = ['PROPFIND', 'MKCOL', 'LOCK', 'PURGE', 'SEARCH', 'M-SEARCH'];
    const counted = await countedDuring({ method: 'other' }, methods.length, () =>
      Promise.all(methods.map((method) => send(method, '/items'))),
    );
    expect(counted).toBe(methods.length);
    const found = new Set((await scrape()).flatMap(({ labels }) => labels.method ?? []));
    for (const method of methods) expect(found).not.toContain(method);
  });

  it('to known paths with another method belong to no route', async () => {
    const labels = { route: 'none', method: 'DELETE', status: '405' };
    expect(await countedDuring(labels, 1, () => app.api.delete('/items'))).toBe(1);
  });

  it('whose client goes away are counted as aborted', async () => {
    const labels = { route: '/stores', status: 'aborted' };
    const counted = await countedDuring(labels, 1, () =>
      withClient(app.connection, async (client) => {
        await client.query('BEGIN; LOCK TABLE stores IN ACCESS EXCLUSIVE MODE');
        const socket = connect(Number(new URL(app.url).port), '127.0.0.1');
        socket.write('GET /stores HTTP/1.1\r\nHost: x\r\n\r\n');
        await sleep(200);
        socket.resetAndDestroy();
        await sleep(100);
        await client.query('ROLLBACK');
      }),
    );
    expect(counted).toBe(1);
  });
});

describe('other metrics', () => {
  it('count replays of an Idempotency-Key, and nothing else', async () => {
    const name = 'emporium_idempotency_replays_total';
    const before = sumOf(await scrape(), name);
    const headers = { 'idempotency-key': unique('key') };
    const body = { name: unique('store') };
    const post = () => store.owner.api.post('/stores', body, { headers });
    expect((await post()).status).toBe(201);
    expect(sumOf(await scrape(), name)).toBe(before);
    for (let round = 0; round < 3; round++) expect((await post()).status).toBe(201);
    expectProblem(
      await store.owner.api.post('/stores', { name: unique('other') }, { headers }),
      422,
      'idempotency_key_reused',
    );
    expect(sumOf(await scrape(), name)).toBe(before + 3);
  });

  it('show who uses the connections of the pool, and who waits for one', async () => {
    const own = await startApp({ METRICS_PORT: '0', DATABASE_POOL_MAX: '2' }, app.connection);
    try {
      await withClient(app.connection, async (client) => {
        await client.query('BEGIN; LOCK TABLE stores IN ACCESS EXCLUSIVE MODE');
        const calls = Array.from({ length: 5 }, () => own.api.get('/stores'));
        const waiting = async () => sumOf(await scrape(own), 'emporium_database_pool_waiting');
        for (let turn = 0; turn < 200 && (await waiting()) < 3; turn++) await sleep(10);
        const samples = await scrape(own);
        expect(sumOf(samples, 'emporium_database_pool_max')).toBe(2);
        expect(sumOf(samples, 'emporium_database_pool_in_use')).toBe(2);
        expect(sumOf(samples, 'emporium_database_pool_idle')).toBe(0);
        expect(sumOf(samples, 'emporium_database_pool_waiting')).toBe(3);
        await client.query('ROLLBACK');
        await Promise.all(calls);
      });
      const samples = await scrape(own);
      expect(sumOf(samples, 'emporium_database_pool_in_use')).toBe(0);
      expect(sumOf(samples, 'emporium_database_pool_idle')).toBe(2);
      expect(sumOf(samples, 'emporium_database_pool_waiting')).toBe(0);
    } finally {
      await own.close();
    }
  });

  it('show how many statements wait on the shared connections', async () => {
    await withClient(app.connection, async (client) => {
      await client.query('BEGIN; LOCK TABLE items IN ACCESS EXCLUSIVE MODE');
      const calls = Array.from({ length: 4 }, () => app.api.get('/items'));
      const waiting = async () => sumOf(await scrape(), 'emporium_database_shared_waiting');
      for (let turn = 0; turn < 200 && (await waiting()) < 4; turn++) await sleep(10);
      expect(await waiting()).toBe(4);
      await client.query('ROLLBACK');
      await Promise.all(calls);
    });
    expect(sumOf(await scrape(), 'emporium_database_shared_waiting')).toBe(0);
  });

  it('show the queue of hashes', async () => {
    const { owner } = store;
    const logins = Array.from({ length: 12 }, () =>
      app.api.post('/login', { email: owner.email, password: 'not the password' }),
    );
    let most = { running: 0, waiting: 0 };
    let isOver = false as boolean;
    void Promise.all(logins).then(() => {
      isOver = true;
    });
    while (!isOver) {
      const samples = await scrape();
      most = {
        running: Math.max(most.running, sumOf(samples, 'emporium_hash_queue_running')),
        waiting: Math.max(most.waiting, sumOf(samples, 'emporium_hash_queue_waiting')),
      };
      await sleep(1);
    }
    expect(most.running).toBeGreaterThan(0);
    expect(most.waiting).toBeGreaterThan(0);
    const after = await scrape();
    expect(sumOf(after, 'emporium_hash_queue_waiting')).toBe(0);
  });

  it('tell the version, the process and its event loop', async () => {
    const samples = await scrape();
    const manifest = JSON.parse(await readFile(path.join(__dirname, '..', 'package.json'), 'utf8')) as {
      version: string;
    };
    const { version } = manifest;
    expect(sumOf(samples, 'emporium_build_info', { version, node: process.version })).toBe(1);
    expect(sumOf(samples, 'process_resident_memory_bytes')).toBeGreaterThan(1e7);
    expect(sumOf(samples, 'process_cpu_seconds_total')).toBeGreaterThan(0);
    expect(sumOf(samples, 'nodejs_eventloop_lag_p99_seconds')).toBeGreaterThan(0);
    expect(sumOf(samples, 'emporium_processes')).toBe(1);
    expect(sumOf(samples, 'emporium_database_up')).toBe(1);
  });
});

describe('the port', () => {
  let server: MetricsServer;
  let client: Client;

  beforeEach(async () => {
    const scrapeText = async () => (await app.metrics?.text()) ?? '';
    const logger = { error: jest.fn() } as never;
    server = await MetricsServer.listen(0, '127.0.0.1', scrapeText, logger);
    client = new Client(`http://127.0.0.1:${server.address.port}`);
  });
  afterEach(() => server.close());

  it('answers GET /metrics in the text format of Prometheus', async () => {
    for (const target of ['/metrics', '/metrics?name=x']) {
      const { status, headers, text } = await client.get(target);
      expect([status, headers.get('content-type')]).toEqual([
        200,
        'text/plain; version=0.0.4; charset=utf-8',
      ]);
      expect(parseMetrics(text).length).toBeGreaterThan(50);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
    }
  });

  it.each([
    ['GET', '/'],
    ['GET', '/metrics/'],
    ['GET', '/items'],
    ['GET', '/health/live'],
    ['HEAD', '/metrics'],
    ['POST', '/metrics'],
    ['DELETE', '/metrics'],
    ['OPTIONS', '/metrics'],
  ])('answers 404 to %s %s', async (method, target) => {
    expect((await client.call(method, target)).status).toBe(404);
  });

  it('is the only one that has them', async () => {
    expectProblem(await app.api.get('/metrics'), 404, 'not_found');
    expect((await app.api.get('/openapi.json')).text).not.toContain('/metrics');
  });

  it('answers when it cannot collect them', async () => {
    const error = jest.fn();
    const broken = await MetricsServer.listen(0, '127.0.0.1', () => Promise.reject(new Error('hidden')), {
      error,
    } as never);
    const answer = await new Client(`http://127.0.0.1:${broken.address.port}`).get('/metrics');
    await broken.close();
    expect(answer.status).toBe(500);
    expect(answer.text).not.toContain('hidden');
    expect(error).toHaveBeenCalledTimes(1);
  });
});

describe('METRICS_PORT', () => {
  it('must differ from PORT', () => {
    expect(() => loadEnvironment({ PORT: '4000', METRICS_PORT: '4000' })).toThrow(
      'METRICS_PORT must not be the same as PORT',
    );
    expect(() => loadEnvironment({ METRICS_PORT: '3000' })).toThrow(
      'METRICS_PORT must not be the same as PORT',
    );
    expect(loadEnvironment({ PORT: '0', METRICS_PORT: '0' }).metricsPort).toBe(0);
  });

  it('without it nothing is measured', async () => {
    expect(loadEnvironment({}).metricsPort).toBeUndefined();
    const own = await startApp({}, app.connection);
    await own.api.get('/items');
    expect(own.metrics).toBeUndefined();
    await own.close();
  });
});

describe('a lost database', () => {
  it('is one line in the log, and so is its return; metrics can be read meanwhile', async () => {
    const database = await createTestDatabase();
    const proxy = new Proxy(database.connection);
    await proxy.listen();
    const own = await startApp({ METRICS_PORT: '0', REQUEST_TIMEOUT: '4000' }, proxy.connection);
    const lines = () => own.logs.map((line) => JSON.parse(line) as Record<string, unknown>);
    const count = (message: string) => lines().filter(({ msg }) => msg === message).length;
    const up = async () => sumOf(await scrape(own), 'emporium_database_up');
    try {
      expect((await own.api.get('/items')).status).toBe(200);
      await proxy.close();
      for (let turn = 0; turn < 500 && (await up()) === 1; turn++) await sleep(10);
      expect(await up()).toBe(0);
      const before = own.logs.length;
      for (let round = 0; round < 5; round++) {
        const answers = await Promise.all(
          ['/items', '/stores', '/items/1'].map((target) => own.api.get(target)),
        );
        for (const answer of answers) expectProblem(answer, 503, 'unavailable');
      }
      await sleep(1000);
      // Of each failed request there is its own line, with the reason, and no other.
      const failures = lines().slice(before);
      expect(failures.filter(({ msg }) => msg !== 'request')).toEqual([]);
      expect(failures).toHaveLength(15);
      for (const line of failures) expect(line).toMatchObject({ status: 503, reason: expect.any(String) });
      expect(sumOf(await scrape(own), COUNT, { status: '503' })).toBe(15);
      await proxy.listen();
      for (let turn = 0; turn < 1000 && (await up()) === 0; turn++) await sleep(10);
      expect(await up()).toBe(1);
      expect((await own.api.get('/items')).status).toBe(200);
      expect([count('the database is lost'), count('the database is back')]).toEqual([1, 1]);
      expect(lines().find(({ msg }) => msg === 'the database is back')).toMatchObject({
        seconds: expect.any(Number),
      });
    } finally {
      await own.close();
      await proxy.close();
      await database.drop();
    }
  });

  it('is not what a terminated connection is', async () => {
    const own = await startApp({}, app.connection);
    try {
      await Promise.all(Array.from({ length: 5 }, () => own.api.get('/stores?q=nothing')));
      await withClient(app.connection, (client) =>
        client.query(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
           WHERE datname = current_database() AND application_name = 'emporium'`,
        ),
      );
      const said = () => own.logs.filter((line) => line.includes('connections to the database were lost'));
      for (let turn = 0; turn < 500 && said().length === 0; turn++) await sleep(10);
      expect(said()).toHaveLength(1);
      expect(JSON.parse(said()[0] ?? '{}')).toMatchObject({ connections: expect.any(Number) });
      expect((await own.api.get('/items')).status).toBe(200);
      expect(own.logs.join('')).not.toContain('the database is lost');
    } finally {
      await own.close();
    }
  });
});
