import { setTimeout as sleep } from 'node:timers/promises';
import { loadEnvironment, SettingsError } from '../src/config/environment';
import { type Client } from './support/client';
import { createTestDatabase, type TestDatabase, urlOf } from './support/database';
import { Collector, type Span } from './support/otlp';
import { EmporiumProcess } from './support/process';
import { signingKey } from './support/signing-key';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const PARENT = 'b7ad6b7169203331';
const SERVER = 2;

let database: TestDatabase;
let collector: Collector;
let endpoint: string;
const started: EmporiumProcess[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());
beforeEach(async () => {
  collector = new Collector();
  endpoint = await collector.listen();
});
afterEach(async () => {
  await Promise.all(started.splice(0).map((each) => each.kill('SIGTERM')));
  await collector.close();
});

function start(settings: Record<string, string>): EmporiumProcess {
  const emporium = EmporiumProcess.spawn({
    DATABASE_URL: urlOf(database.connection),
    JWT_PRIVATE_KEY: signingKey(),
    ...settings,
  });
  started.push(emporium);
  return emporium;
}

async function sentSpans(expected: number): Promise<Span[]> {
  for (let turn = 0; turn < 600 && collector.spans.length < expected; turn++) await sleep(50);
  return collector.spans;
}

const ask = async (api: Client) => {
  await api.get('/stores/4711?secret=1', { headers: { traceparent: `00-${TRACE}-${PARENT}-01` } });
  await api.get('/nothing/here');
};

describe('with OTEL_EXPORTER_OTLP_ENDPOINT', () => {
  it.each(['1', '2'])('each request is a span, in %s process(es)', async (processes) => {
    const emporium = start({
      OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
      OTEL_BSP_SCHEDULE_DELAY: '100',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
      WEB_CONCURRENCY: processes,
    });
    await ask(await emporium.api());
    const spans = await sentSpans(2);
    expect(spans).toHaveLength(2);
    const [known, unknown] = spans.toSorted((a, b) => b.name.length - a.name.length);
    expect(known).toMatchObject({
      traceId: TRACE,
      parentSpanId: PARENT,
      name: 'GET /stores/:id',
      kind: SERVER,
      isError: false,
      attributes: {
        'http.request.method': 'GET',
        'http.route': '/stores/:id',
        'http.response.status_code': 400,
        'url.path': '/stores/4711',
        'client.address': '127.0.0.1',
        'emporium.request_id': expect.any(String),
      },
      resource: {
        'service.name': 'emporium',
        'service.version': expect.any(String),
        'deployment.environment.name': 'test',
      },
    });
    expect(known?.milliseconds).toBeGreaterThan(0);
    expect(known?.milliseconds).toBeLessThan(60_000);
    expect(unknown).toMatchObject({ name: 'GET', parentSpanId: '' });
    expect(unknown?.attributes).not.toHaveProperty('http.route');
    expect(unknown?.traceId).not.toBe(TRACE);
    expect(JSON.stringify(spans)).not.toContain('secret');
    expect(collector.requests[0]).toMatchObject({
      url: '/v1/traces',
      headers: { 'content-type': 'application/x-protobuf' },
    });
  });

  it('a stop sends what is left', async () => {
    const emporium = start({
      OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
      OTEL_SERVICE_NAME: 'shop',
      OTEL_EXPORTER_OTLP_HEADERS: 'x-tenant=ada',
      OTEL_BSP_SCHEDULE_DELAY: '600000',
    });
    await ask(await emporium.api());
    expect(collector.spans).toEqual([]);
    expect(await emporium.kill('SIGTERM')).toBe(0);
    expect(collector.spans.map(({ resource }) => resource['service.name'])).toEqual(['shop', 'shop']);
    expect(collector.requests[0]?.headers).toMatchObject({ 'x-tenant': 'ada' });
  });

  it('the sampler is chosen by its variable', async () => {
    const emporium = start({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_TRACES_SAMPLER: 'always_off' });
    await ask(await emporium.api());
    expect(await emporium.kill('SIGTERM')).toBe(0);
    expect(collector.spans).toEqual([]);
  });

  it('a collector that is away is one warning, and delays neither requests nor the stop', async () => {
    await collector.close();
    const emporium = start({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_BSP_SCHEDULE_DELAY: '100' });
    const api = await emporium.api();
    await ask(api);
    const warning = await emporium.line('traces could not be sent');
    expect(warning).toMatchObject({ level: 'warn', reason: expect.any(String) });
    await ask(api);
    const began = Date.now();
    expect(await emporium.kill('SIGTERM')).toBe(0);
    expect(Date.now() - began).toBeLessThan(20_000);
    expect(emporium.lines.filter(({ msg }) => msg === 'traces could not be sent')).toHaveLength(1);
    collector = new Collector();
    await collector.listen();
  });
});

describe('the variables', () => {
  it.each<[Record<string, string>, boolean]>([
    [{}, false],
    [{ OTEL_SERVICE_NAME: 'shop', OTEL_TRACES_EXPORTER: 'otlp' }, false],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318' }, true],
    [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://traces.example/v1/traces' }, true],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318', OTEL_SDK_DISABLED: 'true' }, false],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318', OTEL_TRACES_EXPORTER: 'none' }, false],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'nonsense', OTEL_SDK_DISABLED: 'true' }, false],
  ])('%j', (variables, isOn) => {
    expect(loadEnvironment(variables).tracing).toBe(isOn);
  });

  it.each<[Record<string, string>, string]>([
    [
      { OTEL_EXPORTER_OTLP_ENDPOINT: '127.0.0.1:4318' },
      'OTEL_EXPORTER_OTLP_ENDPOINT must be a URL such as http://127.0.0.1:4318',
    ],
    [
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4317', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' },
      'OTEL_EXPORTER_OTLP_PROTOCOL must be http/protobuf',
    ],
  ])('%j is refused', (variables, fault) => {
    expect(() => loadEnvironment(variables)).toThrow(new SettingsError([fault]));
  });
});
