import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import pino from 'pino';
import { Connections } from '../src/common/http/connections';
import { ImportEventsRepository } from '../src/imports/import-events.repository';
import { MAX_STREAMS } from '../src/imports/import-events.service';
import { startApp, type TestApp } from './support/app';
import { startCatalogue } from './support/catalogue';
import { expectProblem } from './support/expect-problem';
import { createStore, createUser, type TestStore, type TestUser } from './support/factories';
import { importFile } from './support/imports';

let app: TestApp;
let owner: TestUser;
let stranger: TestUser;
let admin: TestUser;
let store: TestStore;

beforeAll(async () => {
  ({ app, owner, stranger, admin } = await startCatalogue());
});
beforeEach(async () => {
  store = await createStore(owner);
});
afterEach(() => {
  jest.restoreAllMocks();
});
afterAll(() => app.close());

interface Event {
  id: string;
  data: { id: number; state: string; rows: number; processed: number };
}

/** An import that nobody works on, so that the test decides what happens to it. */
async function newImport(state: string, of = store): Promise<number> {
  const [row] = await app.sql<{ id: string }>(
    `INSERT INTO imports (store_id, actor_id, request_id, on_error, on_existing, dry_run, state, rows)
     VALUES ($1, $2, 'r', 'abort', 'update', false, $3, 100) RETURNING id`,
    [of.id, of.owner.id, state],
  );
  return Number(row?.id);
}

async function progress(id: number, processed: number): Promise<void> {
  await app.sql(
    `INSERT INTO import_progress (import_id, rows, processed, running_at) VALUES ($1, 100, $2, now())
     ON CONFLICT (import_id) DO UPDATE SET processed = $2, seen_at = now(), running_at = now()`,
    [id, processed],
  );
}

async function finish(id: number, state = 'succeeded'): Promise<void> {
  await app.sql('DELETE FROM import_progress WHERE import_id = $1', [id]);
  await app.sql('UPDATE imports SET state = $2, finished_at = now() WHERE id = $1', [id, state]);
}

/** A stream of events that is read as it arrives. */
class Stream {
  text = '';
  hasEnded = false;

  private constructor(readonly response: IncomingMessage) {
    response.on('data', (chunk: Buffer) => (this.text += chunk.toString()));
    response.on('close', () => (this.hasEnded = true));
    response.on('error', () => undefined);
  }

  static async open(id: number, { user = owner, on = app, last }: StreamOptions = {}): Promise<Stream> {
    const headers = {
      authorization: `Bearer ${user.accessToken}`,
      ...(last !== undefined && { 'last-event-id': last }),
    };
    const request = get(`${on.url}/imports/${id}/events`, { agent: false, headers });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    return new Stream(response);
  }

  get events(): Event[] {
    return [...this.text.matchAll(/^id: (.*)\ndata: (.*)\n\n/gm)].map(([, id = '', data = '']) => ({
      id,
      data: JSON.parse(data) as Event['data'],
    }));
  }

  async until(isEnough: (stream: Stream) => boolean): Promise<void> {
    const end = Date.now() + 30_000;
    while (!isEnough(this)) {
      if (Date.now() > end) throw new Error(`it did not come: ${this.text}`);
      await sleep(10);
    }
  }
}

interface StreamOptions {
  user?: TestUser;
  on?: TestApp;
  last?: string;
}

const states = (stream: Stream) => stream.events.map(({ data }) => [data.state, data.rows, data.processed]);

describe('GET /imports/:id/events', () => {
  it('sends the import as it moves, and ends with its last state', async () => {
    const id = await newImport('queued');
    const stream = await Stream.open(id);
    expect(stream.response.statusCode).toBe(200);
    expect(stream.response.headers).toMatchObject({
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    await stream.until(({ events }) => events.length === 1);
    expect(stream.text).toMatch(/^retry: \d+\n\nid: /);
    expect(stream.events[0]?.data).toEqual((await owner.api.get(`/imports/${id}`)).body);
    await progress(id, 10);
    await stream.until(({ events }) => events.length === 2);
    await progress(id, 50);
    await stream.until(({ events }) => events.length === 3);
    await finish(id);
    await stream.until(({ hasEnded }) => hasEnded);
    expect(states(stream)).toEqual([
      ['queued', 100, 0],
      ['running', 100, 10],
      ['running', 100, 50],
      ['succeeded', 100, 0],
    ]);
    expect(new Set(stream.events.map((event) => event.id)).size).toBe(4);
    expect(stream.response.complete).toBe(true);
  });

  it('sends nothing again that the client has', async () => {
    const id = await newImport('queued');
    await progress(id, 10);
    const first = await Stream.open(id);
    await first.until(({ events }) => events.length === 1);
    first.response.destroy();
    const last = first.events[0]?.id ?? '';

    const second = await Stream.open(id, { last });
    await progress(id, 20);
    await second.until(({ events }) => events.length === 1);
    expect(states(second)).toEqual([['running', 100, 20]]);
    await finish(id);
    await second.until(({ hasEnded }) => hasEnded);

    const missed = await Stream.open(id, { last });
    await missed.until(({ hasEnded }) => hasEnded);
    expect(states(missed)).toEqual([['succeeded', 100, 0]]);
    const over = await Stream.open(id, { last: missed.events[0]?.id ?? '' });
    await over.until(({ hasEnded }) => hasEnded);
    expect([over.response.statusCode, over.text]).toEqual([204, '']);
    const foreign = await Stream.open(id, { last: 'of another server' });
    await foreign.until(({ hasEnded }) => hasEnded);
    expect(foreign.events).toHaveLength(1);
    await finish(id, 'undone');
    const undone = await Stream.open(id, { last: missed.events[0]?.id ?? '' });
    await undone.until(({ hasEnded }) => hasEnded);
    expect(states(undone)).toEqual([['undone', 100, 0]]);
  });

  it('follows a real import', async () => {
    const { id } = await importFile(store, 'name,price\na,1\n', '?dry_run=true');
    const stream = await Stream.open(id);
    await stream.until(({ events }) => events.length === 1);
    expect((await owner.api.post(`/imports/${id}/apply`)).status).toBe(200);
    await stream.until(({ hasEnded }) => hasEnded);
    expect(stream.events[0]?.data.state).toBe('previewed');
    expect(stream.events.at(-1)?.data.state).toBe('succeeded');
  });

  it('tells of an undo that fails, also to a client that comes back', async () => {
    const id = await newImport('succeeded');
    const done = await Stream.open(id);
    await done.until(({ hasEnded }) => hasEnded);
    await progress(id, 10);
    const stream = await Stream.open(id, { last: done.events[0]?.id ?? '' });
    await stream.until(({ events }) => events.length === 1);
    const running = stream.events[0]?.id ?? '';
    await app.sql('UPDATE import_progress SET running_at = NULL WHERE import_id = $1', [id]);
    await stream.until(({ hasEnded }) => hasEnded);
    expect(states(stream)).toEqual([
      ['running', 100, 10],
      ['succeeded', 100, 0],
    ]);
    const again = await Stream.open(id, { last: running });
    await again.until(({ hasEnded }) => hasEnded);
    expect(states(again)).toEqual([['succeeded', 100, 0]]);
  });

  it('looks at an import once for all who watch it, and no more when they have gone', async () => {
    const id = await newImport('queued');
    const streams = await Promise.all(Array.from({ length: 5 }, () => Stream.open(id)));
    await Promise.all(streams.map((stream) => stream.until(({ events }) => events.length === 1)));
    const looks = await countLooks(3500);
    expect(looks).toBeGreaterThanOrEqual(1);
    expect(looks).toBeLessThanOrEqual(4);
    for (const { response } of streams) response.destroy();
    await sleep(1500);
    expect(await countLooks(2500)).toBe(0);
  });

  it('is no error when the client goes', async () => {
    const id = await newImport('queued');
    const stream = await Stream.open(id);
    await stream.until(({ events }) => events.length === 1);
    const before = app.logs.length;
    stream.response.destroy();
    const lines = () =>
      app.logs
        .slice(before)
        .map((line) => JSON.parse(line) as { level: number; msg: string; aborted?: boolean });
    await stream.until(() => lines().some(({ msg, aborted }) => msg === 'request' && aborted === true));
    await sleep(100);
    expect(lines().filter(({ level }) => level > (pino.levels.values.info ?? 0))).toEqual([]);
  });

  it('ends when the import goes', async () => {
    const id = await newImport('queued');
    const stream = await Stream.open(id);
    await stream.until(({ events }) => events.length === 1);
    expect((await owner.api.delete(`/stores/${store.id}`)).status).toBe(204);
    await stream.until(({ hasEnded }) => hasEnded);
    expect(stream.response.complete).toBe(true);
  });

  it('is for the owner and admins', async () => {
    const id = await newImport('succeeded');
    const path = `/imports/${id}/events`;
    expectProblem(await stranger.api.get(path), 403, 'forbidden');
    expectProblem(await app.api.get(path), 401, 'unauthenticated');
    expectProblem(await owner.api.get('/imports/999999/events'), 404, 'import_not_found');
    expect((await admin.api.get(path)).status).toBe(200);
    expect((await owner.api.call('HEAD', path)).status).toBe(200);
  });

  it('is refused when too many are open', async () => {
    const id = await newImport('queued');
    const streams = await Promise.all(Array.from({ length: MAX_STREAMS }, () => Stream.open(id)));
    expectProblem(await owner.api.get(`/imports/${id}/events`), 503, 'unavailable');
    for (const { response } of streams) response.destroy();
    for (;;) {
      const { response } = await Stream.open(id);
      response.destroy();
      if (response.statusCode === 200) break;
      await sleep(50);
    }
  });
});

it('streams end when the process is about to stop', async () => {
  const other = await startApp({}, app.connection);
  const id = await newImport('queued', await createStore(await createUser(app)));
  const stream = await Stream.open(id, { on: other, user: admin });
  await stream.until(({ events }) => events.length === 1);
  other.app.get(Connections).startDraining();
  await stream.until(({ hasEnded }) => hasEnded);
  expect(stream.response.complete).toBe(true);
  const late = await Stream.open(id, { on: other, user: admin });
  await late.until(({ hasEnded }) => hasEnded);
  expect(late.events).toHaveLength(1);
  await other.close();
});

/** How many looks at imports the application sends in so many milliseconds. */
async function countLooks(milliseconds: number): Promise<number> {
  const find = jest.spyOn(app.app.get(ImportEventsRepository, { strict: false }), 'find');
  await sleep(milliseconds);
  const { length } = find.mock.calls;
  find.mockRestore();
  return length;
}
