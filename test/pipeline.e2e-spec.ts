import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { type DatabaseError } from 'pg';
import { type DatabaseConnection, driverOptions } from '../src/database/connection';
import { databaseFailure } from '../src/database/errors';
import { Lookup } from '../src/reads/lookup';
import { type Row } from '../src/database/executor';
import { Pipeline } from '../src/reads/pipeline';
import { createTestDatabase, type TestDatabase, withClient } from './support/database';
import { Proxy } from './support/proxy';

const DEADLINE = 400;

let database: TestDatabase;
let pipeline: Pipeline;
let losses: Error[];
const pipelines: Pipeline[] = [];

function open(connection: DatabaseConnection, options: pg.ClientConfig = {}): Pipeline {
  const settings = {
    ...driverOptions(connection),
    application_name: 'emporium',
    connectionTimeoutMillis: 2000,
  };
  const opened = new Pipeline({ ...settings, ...options }, DEADLINE, (error) => losses.push(error));
  pipelines.push(opened);
  return opened;
}

const sql = async (text: string, values?: unknown[]) =>
  withClient(
    database.connection,
    async (client) => (await client.query<pg.QueryResultRow>(text, values)).rows,
  );

/** How many connections there are, that of the one who asks aside. */
async function countConnections(): Promise<number> {
  const [row] = await sql(
    `SELECT count(*)::int FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'emporium'`,
  );
  return row?.count as number;
}

const ask = (value: unknown) => pipeline.rows('ask', 'SELECT $1::int, pg_backend_pid()', [value]);
const waitFor = (seconds: number) =>
  pipeline.rows('wait', 'SELECT pg_sleep($1), pg_backend_pid()', [seconds]);

/** What became of each question: its first column, or what its error means. */
async function outcomes(questions: Promise<Row[]>[]): Promise<unknown[]> {
  const settled = await Promise.allSettled(questions);
  return settled.map((each) =>
    each.status === 'fulfilled' ? each.value[0]?.[0] : (databaseFailure(each.reason)?.kind ?? each.reason),
  );
}

const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

beforeEach(async () => {
  database = await createTestDatabase();
  losses = [];
  pipeline = open(database.connection);
});
afterEach(async () => {
  await Promise.all(pipelines.splice(0).map((each) => each.end()));
  await database.drop();
});

describe('a pipeline', () => {
  it('answers each question with its own rows, over one connection', async () => {
    const questions = times(300, (index) =>
      index % 3 === 0
        ? pipeline.rows(`text ${index % 7}`, `SELECT $1::text || ' ${index % 7}'`, [index])
        : ask(index),
    );
    expect(pipeline.waiting).toBeLessThanOrEqual(300);
    expect(await outcomes(questions)).toEqual(
      times(300, (index) => (index % 3 === 0 ? `${index} ${index % 7}` : String(index))),
    );
    expect(pipeline.waiting).toBe(0);
    expect(await countConnections()).toBe(1);
  });

  it('has no values and no names, too', async () => {
    const rows = [
      pipeline.rows('', 'SELECT 1', []),
      pipeline.rows('none', 'SELECT 2', []),
      pipeline.rows('', 'SELECT $1', ['3']),
    ];
    expect(await outcomes(rows)).toEqual(['1', '2', '3']);
  });

  it('fails the statement that is wrong, and no other', async () => {
    const divide = (by: number) => pipeline.rows('divide', 'SELECT 12 / $1::int', [by]);
    const wrong = () => pipeline.rows('wrong', 'SELECT nothing', []);
    const codes = async (...questions: Promise<Row[]>[]) =>
      (await outcomes(questions)).map((each) =>
        each instanceof Error ? (each as DatabaseError).code : each,
      );
    const [ZERO, TEXT, COLUMN] = ['22012', '22P02', '42703'];
    expect(await codes(divide(1), divide(0), ask(2), ask('x'), divide(3))).toEqual([
      '12',
      ZERO,
      '2',
      TEXT,
      '4',
    ]);
    expect(await codes(ask(1), wrong(), wrong(), ask(2))).toEqual(['1', COLUMN, COLUMN, '2']);
    expect(losses).toEqual([]);
  });

  it('does not fail a statement for the one before it that should have prepared it', async () => {
    pipeline = open(database.connection, { statement_timeout: 300 });
    await ask(0);
    await withClient(database.connection, async (client) => {
      await client.query('BEGIN; LOCK TABLE stores IN ACCESS EXCLUSIVE MODE');
      const count = () => pipeline.rows('count', 'SELECT count(*) FROM stores WHERE id > $1', [0]);
      const questions = outcomes([count(), count(), count(), ask(1)]);
      await sleep(450);
      await client.query('ROLLBACK');
      expect(await questions).toEqual(['unavailable', '0', '0', '1']);
    });
  });

  it('goes on when the schema has changed', async () => {
    await sql('CREATE TABLE changing AS SELECT 1 AS a');
    const read = () => pipeline.rows('changing', 'SELECT * FROM changing', []);
    expect(await read()).toEqual([['1']]);
    await sql('ALTER TABLE changing ALTER a TYPE text');
    expect(await read()).toEqual([['1']]);
    await sql('ALTER TABLE changing ADD b int DEFAULT 2');
    expect(await outcomes([read(), read(), ask(3)])).toEqual(['1', '1', '3']);
  });

  it('fails what is under way when its connection is terminated, and makes a new one', async () => {
    const [[, before] = []] = await ask(1);
    const questions = outcomes([waitFor(30), ask(1), ask(2)]);
    await sleep(100);
    await sql('SELECT pg_terminate_backend($1)', [before]);
    expect(await questions).toEqual(['unavailable', 'unavailable', 'unavailable']);
    expect(losses).toHaveLength(1);
    const [[third = []], [fourth = []]] = await Promise.all([ask(3), ask(4)]);
    expect([third[0], fourth[0]]).toEqual(['3', '4']);
    expect(third[1]).not.toBe(before);
    expect(fourth[1]).toBe(third[1]);
    expect(await countConnections()).toBe(1);
    expect(pipeline.waiting).toBe(0);
  });

  it('loses no question for good, however often its connection is terminated', async () => {
    for (let round = 0; round < 15; round++) {
      const questions = outcomes(times(20, ask));
      if (round % 3 === 0) await sleep(round % 5);
      await sql(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'emporium'`,
      );
      (await questions).forEach((each, index) => {
        expect([String(index), 'unavailable']).toContain(each);
      });
    }
    await sleep(50);
    expect(await outcomes(times(20, ask))).toEqual(times(20, String));
    expect(await countConnections()).toBe(1);
    expect(pipeline.waiting).toBe(0);
  });

  it('lets what is under way finish at its end, and takes nothing more', async () => {
    // Of these none has a connection yet.
    const early = outcomes(times(5, ask));
    const ended = pipeline.end();
    expect(await early).toEqual(times(5, String));
    await ended;
    pipeline = open(database.connection);
    await ask(0);
    const late = outcomes([waitFor(0.2), ask(1)]);
    const ending = pipeline.end();
    expect(await outcomes([ask(2)])).toEqual(['unavailable']);
    expect(await late).toEqual(['', '1']);
    await ending;
    expect(await outcomes([ask(3)])).toEqual(['unavailable']);
    await open(database.connection).end();
    await pipeline.end();
    expect(await countConnections()).toBe(0);
    expect(losses).toEqual([]);
  });
});

describe('a pipeline behind a network that fails', () => {
  let proxy: Proxy;

  beforeEach(async () => {
    proxy = new Proxy(database.connection);
    await proxy.listen();
    pipeline = open(proxy.connection);
  });
  afterEach(async () => {
    proxy.thaw();
    await proxy.close();
  });

  it('gives up a server that answers nothing, after its deadline and not before', async () => {
    await ask(0);
    proxy.frozen = true;
    const started = Date.now();
    expect(await outcomes([ask(1), ask(2)])).toEqual(['unavailable', 'unavailable']);
    expect(Date.now() - started).toBeGreaterThanOrEqual(DEADLINE);
    // Without a deadline it would wait for ever.
    expect(Date.now() - started).toBeLessThan(DEADLINE * 20);
    proxy.thaw();
    expect(await outcomes([ask(3)])).toEqual(['3']);
  });

  it('waits as long as answers come, and for questions after a long silence', async () => {
    const started = Date.now();
    await Promise.all(times(8, () => waitFor(0.1)));
    expect(Date.now() - started).toBeGreaterThan(DEADLINE);
    await sleep(DEADLINE * 1.5);
    const question = waitFor(0.3);
    await sleep(DEADLINE / 3);
    // Meanwhile nobody reads what comes.
    const until = Date.now() + DEADLINE * 1.5;
    while (Date.now() < until);
    await question;
    expect(losses).toEqual([]);
  });

  it('fails those who wait for a connection that cannot be made, and makes it when it can', async () => {
    await proxy.close();
    expect(await outcomes(times(5, ask))).toEqual(times(5, () => 'unavailable'));
    expect(await outcomes([ask(1)])).toEqual(['unavailable']);
    await proxy.listen();
    expect(await outcomes(times(5, ask))).toEqual(times(5, String));
    expect(await countConnections()).toBe(1);
    expect(losses).toEqual([]);
  });

  it('fails those who wait for a connection that stays silent', async () => {
    pipeline = open(proxy.connection, { connectionTimeoutMillis: 300 });
    proxy.frozen = true;
    expect(await outcomes([ask(1), ask(2)])).toEqual(['unavailable', 'unavailable']);
    proxy.thaw();
    expect(await outcomes([ask(3)])).toEqual(['3']);
  });
});

describe('a pipeline to a server that lets everybody in', () => {
  const sockets: Socket[] = [];
  /** What it says after that. It never hangs up. */
  let lastWords: Buffer;
  let server: Server;

  const message = (type: string, body: string) => {
    const buffer = Buffer.from(`${type}0000${body}`, 'latin1');
    buffer.writeInt32BE(buffer.length - 1, 1);
    return buffer;
  };

  beforeEach(async () => {
    server = createServer({ allowHalfOpen: true }, (socket) => {
      sockets.push(socket);
      socket.on('error', () => undefined);
      socket.once('data', () => {
        socket.write(Buffer.concat([message('R', '\0\0\0\0'), message('Z', 'I'), lastWords]));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    pipeline = open({ host: '127.0.0.1', port, user: 'nobody', password: '', database: 'nothing' });
  });
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });

  it('is not kept when its end comes with its beginning', async () => {
    lastWords = message('E', 'SFATAL\0C57P01\0Mterminating connection\0\0');
    for (let round = 1; round <= 3; round++) {
      expect(await outcomes([ask(1), ask(2)])).toEqual(['unavailable', 'unavailable']);
      expect(sockets).toHaveLength(round);
    }
  });

  it('ends though it never hangs up', async () => {
    lastWords = Buffer.alloc(0);
    const question = outcomes([ask(1)]);
    expect(await question).toEqual(['unavailable']);
    const next = outcomes([ask(2)]);
    await sleep(50);
    const started = Date.now();
    await pipeline.end();
    expect(await next).toEqual(['unavailable']);
    // Without a deadline it would wait for ever.
    expect(Date.now() - started).toBeLessThan(DEADLINE * 20);
  });
});

describe('a look-up', () => {
  let lookup: Lookup;
  let statements: number;

  beforeEach(async () => {
    await sql(
      'CREATE TABLE things (id bigint PRIMARY KEY, version int NOT NULL, divisor int NOT NULL DEFAULT 1)',
    );
    await sql('INSERT INTO things SELECT n, 0 FROM generate_series(1, 50) n');
    statements = 0;
    lookup = new Lookup((keys) => {
      statements++;
      const text = 'SELECT id, version / divisor FROM things WHERE id = ANY ($1::bigint[])';
      return pipeline.rows('things', text, [keys]);
    });
  });

  it('gives everybody the row of their key, with few statements', async () => {
    const keys = times(1000, (index) => (index * 7) % 80);
    const rows = await Promise.all(keys.map((key) => lookup.find(key)));
    expect(rows).toEqual(keys.map((key) => (key >= 1 && key <= 50 ? [String(key), '0'] : undefined)));
    expect(statements).toBe(1);
    const second = keys.map((key) => lookup.find(key));
    await new Promise((resolve) => setImmediate(resolve));
    const third = keys.map((key) => lookup.find(String(key)));
    expect(await Promise.all(third)).toEqual(await Promise.all(second));
    expect(statements).toBe(3);
  });

  it('shows what was written before it was asked', async () => {
    const noise = { isOver: false };
    const others = times(4, async () => {
      while (!noise.isOver) await lookup.find(1 + Math.floor(Math.random() * 50));
    });
    await withClient(database.connection, async (client) => {
      for (let version = 1; version <= 1000; version++) {
        await client.query('UPDATE things SET version = $1 WHERE id = 25', [version]);
        expect(await lookup.find(25)).toEqual(['25', String(version)]);
      }
    });
    noise.isOver = true;
    await Promise.all(others);
  });

  it('tells everybody of an error, and goes on', async () => {
    await sql('UPDATE things SET divisor = 0 WHERE id = 3');
    const found = await Promise.allSettled([1, 2, 3, 3].map((key) => lookup.find(key)));
    expect(found.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected', 'rejected']);
    await sql('UPDATE things SET divisor = 1 WHERE id = 3');
    expect(await Promise.all([lookup.find(3), lookup.find(4)])).toEqual([
      ['3', '0'],
      ['4', '0'],
    ]);
  });

  it('goes on after its connection was lost', async () => {
    const [[, pid] = []] = await ask(1);
    const slow = outcomes([waitFor(30)]);
    const found = Promise.allSettled([lookup.find(1), lookup.find(2)]);
    await sleep(50);
    const next = Promise.allSettled([lookup.find(3)]);
    await sql('SELECT pg_terminate_backend($1)', [pid]);
    expect(await slow).toEqual(['unavailable']);
    expect((await found).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await next).toEqual([{ status: 'fulfilled', value: ['3', '0'] }]);
  });
});
