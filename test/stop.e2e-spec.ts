import { Agent, get } from 'node:http';
import { connect } from 'node:net';
import { createTestDatabase, type TestDatabase, urlOf } from './support/database';
import { EmporiumProcess } from './support/process';
import { signingKey } from './support/signing-key';

const CLIENTS = 16;
const REQUEST = 'GET /health/live HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

// Every round is a life of a server.
jest.setTimeout(180_000);

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function start(settings: Record<string, string>): Promise<{ server: EmporiumProcess; port: number }> {
  const server = EmporiumProcess.spawn({
    DATABASE_URL: urlOf(database.connection),
    JWT_PRIVATE_KEY: signingKey(),
    ...settings,
  });
  const { url } = await server.line('listening');
  return { server, port: Number(new URL(String(url)).port) };
}

/** What became of one request: an answer, or the code of an error before there was any. */
type Outcome = 'answered' | 'incomplete' | (string & {});

function askOnNewConnection(port: number): Promise<Outcome> {
  return new Promise((resolve) => {
    let text = '';
    let code: string | undefined;
    const socket = connect(port, '127.0.0.1');
    socket.on('connect', () => socket.write(REQUEST));
    socket.on('data', (chunk) => (text += chunk.toString()));
    socket.on('error', (error: NodeJS.ErrnoException) => (code = error.code));
    socket.on('close', () => {
      if (text.startsWith('HTTP/1.1 200') && text.endsWith('}')) resolve('answered');
      else resolve(code ?? 'incomplete');
    });
  });
}

function askOnKeptConnection(port: number, agent: Agent): Promise<Outcome> {
  return new Promise((resolve) => {
    get({ port, host: '127.0.0.1', path: '/health/live', agent }, (response) => {
      response.resume().on('end', () => {
        resolve('answered');
      });
    }).on('error', (error: NodeJS.ErrnoException) => {
      resolve(error.code ?? 'incomplete');
    });
  });
}

/** Clients that ask again as soon as they are answered, until the port is closed. Returns when all of them are busy. */
async function startClients(ask: () => Promise<Outcome>): Promise<{ done: Promise<Outcome[]> }> {
  const outcomes: Outcome[] = [];
  const client = async () => {
    for (let outcome: Outcome = ''; outcome !== 'ECONNREFUSED';) outcomes.push((outcome = await ask()));
  };
  const done = Promise.all(Array.from({ length: CLIENTS }, client)).then(() => outcomes);
  while (outcomes.length < 3 * CLIENTS) await sleep(5);
  return { done };
}

describe('a stop without SHUTDOWN_DELAY', () => {
  it.each([
    ['one process', 5, {}],
    ['two workers', 3, { WEB_CONCURRENCY: '2' }],
  ] as [string, number, Record<string, string>][])(
    'of %s resets no connection, %i times',
    async (_name, rounds, settings) => {
      for (let round = 0; round < rounds; round++) {
        const { server, port } = await start(settings);
        const { done } = await startClients(() => askOnNewConnection(port));
        const exited = server.kill('SIGTERM');
        expect(new Set(await done)).toEqual(new Set(['answered', 'ECONNREFUSED']));
        expect(await exited).toBe(0);
      }
    },
  );

  it('asks busy clients with open connections to close them', async () => {
    const { server, port } = await start({});
    const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS });
    const { done } = await startClients(() => askOnKeptConnection(port, agent));
    const exited = server.kill('SIGTERM');
    expect(new Set(await done)).toEqual(new Set(['answered', 'ECONNREFUSED']));
    expect(await exited).toBe(0);
    agent.destroy();
  });

  it('waits for the first request of a connection that is already there', async () => {
    const { server, port } = await start({});
    const socket = connect(port, '127.0.0.1');
    await new Promise((resolve) => socket.once('connect', resolve));
    let text = '';
    socket.on('data', (chunk) => (text += chunk.toString()));
    const closed = new Promise((resolve) => socket.once('close', resolve));
    const exited = server.kill('SIGTERM');
    while ((await askOnNewConnection(port)) !== 'ECONNREFUSED') await sleep(5);
    socket.write(REQUEST.replace('Connection: close\r\n', ''));
    await closed;
    expect(text).toMatch(/^HTTP\/1\.1 200 [^]*\r\nconnection: close\r\n/i);
    expect(await exited).toBe(0);
  });
});
