import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { startApp, type TestApp } from './support/app';
import { type Answer } from './support/client';
import { withClient } from './support/database';
import { expectProblem } from './support/expect-problem';
import { whileLocked } from './support/lock-wait';
import { quickest } from './support/quickest';
import {
  createAdmin,
  createStore,
  createTag,
  createUser,
  PASSWORD,
  type TestUser,
  unique,
} from './support/factories';

let app: TestApp;
let owner: TestUser;
beforeAll(async () => {
  app = await startApp({ REQUEST_TIMEOUT: '2000' });
  owner = await createUser(app);
});
afterAll(() => app.close());

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

function open(): Socket {
  const socket = connect({ port: Number(new URL(app.url).port), host: '127.0.0.1' });
  socket.on('error', () => undefined);
  return socket;
}

/** Sends bytes on a connection of its own, and reads until it closes or `patience` is over. */
async function send(bytes: string, { half = false, patience = 500 } = {}): Promise<string> {
  const socket = open();
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk.toString();
  });
  const late = setTimeout(() => socket.destroy(), patience);
  const closed = new Promise((resolve) => socket.on('close', resolve));
  if (half) socket.end(bytes);
  else socket.write(bytes);
  await closed;
  clearTimeout(late);
  return text;
}

const get = (target: string) => `GET ${target} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`;

describe('a member that is not text', () => {
  it.each([
    '{"email":{"constructor":1},"password":"x"}',
    '{"email":[{"constructor":1}],"password":"x"}',
    '{"email":{"constructor":{"prototype":1}},"password":{"valueOf":1}}',
    '{"email":{"__proto__":{"constructor":null}},"password":[[["x"]]]}',
  ])('is told, whatever its own members are called: %s', async (raw) => {
    const answer = await app.api.post('/login', undefined, { raw });
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({ code: 'invalid_input' });
  });

  it('costs no time for having many members', async () => {
    const email = Object.fromEntries(Array.from({ length: 9000 }, (_none, index) => [index, 0]));
    const time = await quickest(async () => {
      expectProblem(await app.api.post('/login', { email, password: 'x' }), 400, 'invalid_input', ['/email']);
    });
    expect(time).toBeLessThan(80);
  });
});

describe('a text of nothing but combining marks', () => {
  // In this order a normaliser has to move every one of the second half past the first.
  const marks = (count: number) => 'a' + '\u0301'.repeat(count) + '\u0316'.repeat(count);
  const long = marks(24_500);

  /** The quickest of three counts: the machine may have been busy with something else. */
  async function expectQuickRefusal(call: () => Promise<Answer>, ...faults: string[]): Promise<void> {
    let quickest = Infinity;
    for (let tries = 0; tries < 3 && quickest >= 200; tries++) {
      const before = performance.now();
      expectProblem(await call(), 400, 'invalid_input', faults);
      quickest = Math.min(quickest, performance.now() - before);
    }
    expect(quickest).toBeLessThan(200);
  }

  it.each<[string, string, Record<string, unknown>, string]>([
    ['POST', '/register', { email: long, password: PASSWORD }, '/email'],
    ['POST', '/register', { email: 'ada@example.com', password: long }, '/password'],
    ['POST', '/login', { email: long, password: PASSWORD }, '/email'],
    ['POST', '/login', { email: 'ada@example.com', password: long }, '/password'],
    ['PATCH', '/me', { email: long, current_password: PASSWORD }, '/email'],
    ['PATCH', '/me', { password: long, current_password: PASSWORD }, '/password'],
    ['PATCH', '/me', { email: 'ada@example.com', current_password: long }, '/current_password'],
    ['POST', '/me/deletion', { current_password: long }, '/current_password'],
    ['POST', '/stores', { name: long }, '/name'],
    ['POST', '/items', { name: long, price: 1, store_id: 1 }, '/name'],
    ['POST', '/items', { name: 'Can', price: 1, store_id: 1, sku: long }, '/sku'],
    ['PATCH', '/items/1', { name: long }, '/name'],
    ['POST', '/stores/1/tags', { name: long }, '/name'],
  ])('is refused at once: %s %s', async (method, path, body, fault) => {
    await expectQuickRefusal(() => owner.api.call(method, path, { body }), fault);
  });

  it('is refused at once in two members together', async () => {
    const half = marks(12_000);
    const call = () => app.api.post('/register', { email: half, password: half });
    await expectQuickRefusal(call, '/email', '/password');
  });

  it.each([
    ['/items?sku=', '?sku'],
    ['/users?q=', '?q'],
  ])('is refused at once in a query: %s', async (path, fault) => {
    const admin = await createAdmin(app);
    await expectQuickRefusal(() => admin.api.get(path + encodeURIComponent(marks(1200))), fault);
  });
});

describe('a target in absolute form', () => {
  it('is read by its path, and its authority reaches no log', async () => {
    expect(await send(get('http://ada:S3cretPassw0rd@127.0.0.1/items?limit=3'))).toMatch(
      /^HTTP\/1\.1 200[^]*\r\nlink: <\/items\?limit=3>; rel="first"/i,
    );
    expect(app.logs.join('')).not.toContain('S3cretPassw0rd');
    const development = await send(get(`http://127.0.0.1/user/${owner.id}`));
    expect(development).toMatch(/^HTTP\/1\.1 403/);
    expect(development).not.toMatch(/access-control/i);
    expect(await send('DELETE http://127.0.0.1/items HTTP/1.1\r\nHost: x\r\n\r\n')).toMatch(
      /^HTTP\/1\.1 405/,
    );
  });
});

describe('a fragment in a target', () => {
  it('is neither part of the query nor of the log', async () => {
    const targets = ['/items?limit=3', '/health/live', 'http://127.0.0.1/', '/items/%zz'];
    const text = await send(targets.map((target) => get(`${target}#S3cretFragment?x=1`)).join(''));
    const statuses = [...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status);
    expect(statuses).toEqual(['200', '200', '303', '400']);
    expect(text).toMatch(/\r\nlink: <\/items\?limit=3>; rel="first"/i);
    expect(app.logs.join('')).not.toContain('S3cretFragment');
  });
});

describe('CONNECT', () => {
  const ask = 'CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\nX-Request-Id: tunnel-1\r\n\r\n';

  it('is refused with a problem', async () => {
    const text = await send(ask);
    expect(text).toMatch(/^HTTP\/1\.1 400 [^]*\r\nX-Request-Id: tunnel-1\r\n[^]*"request_id":"tunnel-1"/);
  });

  it('does not pass for the answer of the request before it', async () => {
    const text = await send(get('/items') + ask);
    expect(text).not.toMatch(/^HTTP\/1\.1 400/);
  });

  it('does no harm when its client goes away', async () => {
    for (let i = 0; i < 20; i++) {
      const socket = open();
      socket.write(ask + 'x'.repeat(10_000));
      socket.on('connect', () => setTimeout(() => socket.resetAndDestroy(), i % 5));
    }
    await sleep(100);
    expect((await app.api.get('/health/live')).status).toBe(200);
  });
});

describe('a client that resets its connection right after its request', () => {
  it.each(['GET /items', 'POST /login'])('has a line in the log, and no error: %s', async (line) => {
    const before = app.logs.length;
    for (let i = 0; i < 40; i++) {
      const socket = open();
      await once(socket, 'connect');
      socket.write(
        `${line} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 0\r\n\r\n`,
      );
      socket.resetAndDestroy();
    }
    const lines = () =>
      app.logs.slice(before).map((text) => JSON.parse(text) as { level: string; msg: string });
    // The system may drop a request that was reset before the server read it.
    await app.api.get('/health/live');
    await sleep(100);
    expect(lines().filter(({ level }) => level === 'error')).toEqual([]);
    expect(lines().filter(({ msg }) => msg === 'request').length).toBeGreaterThan(1);
  });
});

describe('a parameter that is given thousands of times', () => {
  it('costs no time for that', async () => {
    const time = await quickest(async () => {
      const answer = await app.api.get(`/items?${'sku&'.repeat(4000)}`);
      expectProblem(answer, 400, 'invalid_input', ['?sku']);
    });
    expect(time).toBeLessThan(200);
  });
});

describe('a question mark in a query', () => {
  it('stays in the links', async () => {
    const { headers } = await app.api.get('/items?limit=1&sku=x?y');
    expect(headers.get('link')).toBe('</items?limit=1&sku=x%3Fy>; rel="first"');
  });
});

describe('a request that takes too long', () => {
  it('is answered when its time is over, with a body too', async () => {
    const store = await createStore(owner);
    const tag = await createTag(store);
    // Two statements in a row hang, each for less than its own limit.
    await whileLocked(app.connection, 'tags', () =>
      whileLocked(app.connection, 'sessions', async (client) => {
        const freed = sleep(1000).then(() => client.query('ROLLBACK'));
        const answer = await owner.api.patch(`/tags/${tag.id}`, { name: unique('late') });
        expectProblem(answer, 503, 'unavailable');
        // A statement that takes too long is told in other words.
        expect(answer.body).toMatchObject({ detail: 'The request could not be served in time.' });
        await freed;
      }),
    );
  });

  // A deletion itself may take as long as it needs.
  it.each([
    'POST /login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{',
    'DELETE /stores/1 HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{',
    'DELETE /stores/1 HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n',
  ])('is told 408 while its body is still coming, and its connection closes: %j', async (head) => {
    const before = Date.now();
    expect(await send(head, { patience: 5000 })).toMatch(/^HTTP\/1\.1 408 [^]*"request_timeout"/);
    expect(Date.now() - before).toBeLessThan(4900);
  });

  it('is answered once, and loses its connection, when its body still does not come after the answer', async () => {
    const head = 'POST /nowhere HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n{';
    const before = Date.now();
    const text = await send(head, { patience: 10_000 });
    expect(text.match(/^HTTP.*/gm)).toEqual(['HTTP/1.1 404 Not Found']);
    expect(Date.now() - before).toBeGreaterThan(1900);
    expect(Date.now() - before).toBeLessThan(8000);
  });
});

describe('a client that goes away', () => {
  it('leaves a line in the log', async () => {
    const id = unique('gone');
    const socket = open();
    socket.write(
      `POST /login HTTP/1.1\r\nHost: x\r\nX-Request-Id: ${id}\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{`,
    );
    await sleep(100);
    socket.destroy();
    await sleep(200);
    const lines = app.logs.filter((line) => line.includes(id)).map((line) => JSON.parse(line) as object);
    expect(lines).toEqual([expect.objectContaining({ msg: 'request', aborted: true })]);
  });

  it('leaves a line for each of the requests that it had sent at once', async () => {
    const id = unique('gone');
    const socket = open();
    await withClient(app.connection, async (client) => {
      await client.query('BEGIN; LOCK TABLE stores IN ACCESS EXCLUSIVE MODE');
      socket.write(`GET /stores HTTP/1.1\r\nHost: x\r\nX-Request-Id: ${id}\r\n\r\n`.repeat(3));
      await sleep(100);
      socket.resetAndDestroy();
      await sleep(100);
      await client.query('ROLLBACK');
    });
    const lines = app.logs.filter((line) => line.includes(id)).map((line) => JSON.parse(line) as object);
    const line = expect.objectContaining({ msg: 'request', aborted: true }) as object;
    expect(lines).toEqual([line, line, line]);
  });

  it('may close its half after the request', async () => {
    expect(await send(get('/health/live'), { half: true })).toMatch(/^HTTP\/1\.1 200/);
  });
});

describe('garbage on a connection', () => {
  it('is answered after an earlier response is complete', async () => {
    const socket = open();
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk.toString();
    });
    socket.write(get('/health/live'));
    await sleep(200);
    socket.write('BLAH\r\n\r\n');
    await sleep(200);
    socket.destroy();
    expect(text).toMatch(/^HTTP\/1\.1 200[^]*HTTP\/1\.1 400 [^]*"invalid_input"/);
  });

  it('does not pass for the answer of the request before it', async () => {
    const text = await send(`${get('/items')}BLAH\r\n\r\n`);
    expect(text).not.toMatch(/^HTTP\/1\.1 400/);
  });
});
