import { setTimeout as sleep } from 'node:timers/promises';
import { type TestApp } from '../support/app';
import { startCatalogue } from '../support/catalogue';
import { withClient } from '../support/database';
import { expectProblem } from '../support/expect-problem';
import { createItem, createStore, type TestStore, type TestUser } from '../support/factories';
import { type SlowUpload, upload } from '../support/slow-upload';

interface Import {
  id: number;
  state: string;
  operation: string | null;
  rows: number;
  failed: number;
  inserted: number;
}

let app: TestApp;
let owner: TestUser;
let store: TestStore;
beforeAll(async () => {
  ({ app, owner } = await startCatalogue({ DATABASE_POOL_MAX: '20' }));
});
beforeEach(async () => {
  store = await createStore(owner);
});
afterAll(() => app.close());

const get = async (id: number) => (await owner.api.get(`/imports/${id}`)).body as Import;
const latest = async () =>
  ((await owner.api.get(`/stores/${store.id}/imports`)).body as Import[])[0] as Import;
const cancel = (id: number) => owner.api.post(`/imports/${id}/cancel`);
const countItems = async () =>
  ((await app.api.get(`/stores/${store.id}/items?limit=100`)).body as unknown[]).length;
const errorsOf = async (id: number) =>
  ((await owner.api.get(`/imports/${id}/errors`)).body as { line: number; message: string }[]).map(
    ({ line, message }) => [line, message],
  );

async function send(raw: string | Uint8Array<ArrayBuffer>, query = '', type = 'text/csv'): Promise<Import> {
  const answer = await owner.api.call('POST', `/stores/${store.id}/imports${query}`, {
    raw,
    headers: { 'content-type': type },
  });
  expect(answer.status).toBe(202);
  return answer.body as Import;
}

async function until(id: number, ...states: string[]): Promise<Import> {
  for (;;) {
    const found = await get(id);
    if (states.includes(found.state)) return found;
    await sleep(20);
  }
}

const done = (id: number) => until(id, 'previewed', 'succeeded', 'failed', 'cancelled');

/** An upload of which a part has arrived. */
async function begin(): Promise<{ slow: SlowUpload; id: number }> {
  const slow = upload(app.url, store);
  slow.write('name,price\na,1\n');
  for (;;) {
    const found = await latest();
    if (found as unknown) return { slow, id: found.id };
    await sleep(20);
  }
}

/** Locks an item of the store, so that an import that changes it waits. */
async function whileItemIsLocked(id: number, work: () => Promise<void>): Promise<void> {
  await withClient(app.connection, async (client) => {
    await client.query('BEGIN');
    await client.query('SELECT FROM items WHERE id = $1 FOR UPDATE', [id]);
    try {
      await work();
    } finally {
      await client.query('ROLLBACK');
    }
  });
}

describe('an import whose file arrives', () => {
  it('can be cancelled', async () => {
    const { slow, id } = await begin();
    const answer = await cancel(id);
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ id, state: 'cancelled' });
    expectProblem(await slow.answer, 409, 'cancelled');
    expect(await get(id)).toMatchObject({ state: 'cancelled' });
    expect((await cancel(id)).status).toBe(200);
    expect(await app.sql('SELECT FROM import_rows WHERE import_id = $1', [id])).toEqual([]);
    expect(await app.sql('SELECT FROM import_progress WHERE import_id = $1', [id])).toEqual([]);
  });

  it('has no store any more when that is deleted', async () => {
    const { slow, id } = await begin();
    expect((await owner.api.delete(`/stores/${store.id}`)).status).toBe(204);
    expectProblem(await slow.answer, 404, 'store_not_found');
    expectProblem(await owner.api.get(`/imports/${id}`), 404, 'import_not_found');
  });

  it('has failed when the client goes away', async () => {
    const { slow, id } = await begin();
    slow.leave();
    expect(await until(id, 'failed')).toMatchObject({ rows: 0 });
    expect(await errorsOf(id)).toEqual([[expect.any(Number), 'The file did not arrive completely.']]);
    expectProblem(await cancel(id), 409, 'already_finished');
  });

  it('has failed when its instance has died', async () => {
    const [row] = await app.sql<{ id: string }>(
      `WITH made AS (
         INSERT INTO imports (store_id, actor_id, request_id, on_error, on_existing, dry_run)
         VALUES ($1, $2, 'r', 'abort', 'update', false) RETURNING id)
       INSERT INTO import_progress (import_id, seen_at) SELECT id, now() - interval '2 minutes' FROM made
       RETURNING import_id AS id`,
      [store.id, owner.id],
    );
    expect(await until(Number(row?.id), 'failed')).toMatchObject({ rows: 0 });
  });

  it('is refused in the middle of a large file, which the rest of it does not hide', async () => {
    const { slow, id } = await begin();
    slow.write('b"c,2\n');
    const rest = setInterval(() => {
      slow.write('d,3\n'.repeat(20_000));
    }, 5);
    try {
      expectProblem(await slow.answer, 400, 'invalid_file');
    } finally {
      clearInterval(rest);
      slow.leave();
    }
    expect(await get(id)).toMatchObject({ state: 'failed' });
    expect(await errorsOf(id)).toEqual([[3, expect.stringContaining('line 3 has a quote')]]);
  });
});

describe('an import that runs', () => {
  it('can be cancelled, and is not cancelled before it has ended', async () => {
    const { id: item } = await createItem(store, { name: 'Can', price: 1, sku: 'A' });
    let cancelled: ReturnType<typeof cancel> | undefined;
    await whileItemIsLocked(item, async () => {
      const { id } = await send('sku,name,price\nA,Can,2\nB,Hose,3\n');
      await until(id, 'running');
      cancelled = cancel(id);
      expect(await Promise.race([cancelled, sleep(1000, 'waits')])).toBe('waits');
      expect(await get(id)).toMatchObject({ state: 'running' });
    });
    const answer = await cancelled;
    expect(answer?.status).toBe(200);
    expect(answer?.body).toMatchObject({ state: 'cancelled', inserted: 0 });
    expect(await countItems()).toBe(1);
  });

  it('is cancelled by its next attempt when this one fails', async () => {
    const { id: item } = await createItem(store, { name: 'Can', price: 1, sku: 'A' });
    let id = 0;
    await whileItemIsLocked(item, async () => {
      ({ id } = await send('sku,name,price\nA,Can,2\nB,Hose,3\n'));
      await until(id, 'running');
      await app.sql('UPDATE import_progress SET is_cancelled = true WHERE import_id = $1', [id]);
      await app.sql(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      );
    });
    expect(await done(id)).toMatchObject({ state: 'cancelled' });
    expect(await countItems()).toBe(1);
  });

  it('never shows that it waits again', async () => {
    const rows = Array.from({ length: 3000 }, (_, n) => `I${n},1,S${n}`).join('\n');
    const { id } = await send(`name,price,sku\n${rows}\n`);
    const seen: string[] = [];
    for (let state = ''; state !== 'succeeded';) {
      ({ state } = await get(id));
      if (seen.at(-1) !== state) seen.push(state);
    }
    expect(seen.slice(seen.indexOf('running'))).not.toContain('queued');
  });

  it('does not stand in the way of the end of its store', async () => {
    const { id: item } = await createItem(store, { name: 'Can', price: 1, sku: 'A' });
    let deleted: Promise<{ status: number }> | undefined;
    await whileItemIsLocked(item, async () => {
      const { id } = await send('sku,name,price\nA,Can,2\nB,Hose,3\n');
      await until(id, 'running');
      deleted = owner.api.delete(`/stores/${store.id}`);
      await sleep(300);
    });
    expect((await deleted)?.status).toBe(204);
    expect(app.logs.filter((line) => line.includes('deadlock'))).toEqual([]);
  });
});

describe('an apply that runs', () => {
  it('is refused when it is cancelled, and the preview is cancelled', async () => {
    const { id: item } = await createItem(store, { name: 'Can', price: 1, sku: 'A' });
    const { id } = await send('sku,name,price\nA,Can,2\nB,Hose,3\n', '?dry_run=true');
    await until(id, 'previewed');
    let applied: ReturnType<typeof cancel> | undefined;
    let cancelled: ReturnType<typeof cancel> | undefined;
    await whileItemIsLocked(item, async () => {
      applied = owner.api.post(`/imports/${id}/apply`);
      await sleep(300);
      cancelled = cancel(id);
      await sleep(300);
    });
    const answer = await applied;
    if (!answer) throw new Error('no answer');
    expectProblem(answer, 409, 'cancelled');
    expect((await cancelled)?.body).toMatchObject({ state: 'cancelled' });
    expect(await countItems()).toBe(1);
  });

  it('is told as it goes on, and is a preview again when it fails', async () => {
    const { id: item } = await createItem(store, { name: 'Can', price: 1, sku: 'A' });
    const { id } = await send('sku,name,price\nA,Can,2\nB,Hose,3\n', '?dry_run=true');
    const preview = await until(id, 'previewed');
    expect(preview).toMatchObject({ operation: null, finished_at: expect.any(String) as string });
    let applied: ReturnType<typeof cancel> | undefined;
    await withClient(app.connection, async (client) => {
      await client.query('BEGIN');
      await client.query('UPDATE items SET price = 5 WHERE id = $1', [item]);
      applied = owner.api.post(`/imports/${id}/apply`);
      expect(await until(id, 'running')).toMatchObject({
        operation: 'apply',
        rows: 2,
        processed: 0,
        finished_at: null,
      });
      expect(await latest()).toMatchObject({ id, state: 'running' });
      await client.query('COMMIT');
    });
    const answer = await applied;
    if (!answer) throw new Error('no answer');
    expectProblem(answer, 409, 'preview_outdated');
    expect(await get(id)).toEqual(preview);
  });

  it('is alone in its store', async () => {
    const { id: item } = await createItem(store, { name: 'Can', price: 1, sku: 'A' });
    const first = await send('sku,name,price\nA,Can,2\nB,Hose,3\n', '?dry_run=true');
    const second = await send('sku,name,price\nC,Other,2\n', '?dry_run=true');
    const undoable = await send('sku,name,price\nD,Undoable,2\n');
    await done(undoable.id);
    let waiting = 0;
    let applied: ReturnType<typeof cancel> | undefined;
    await whileItemIsLocked(item, async () => {
      applied = owner.api.post(`/imports/${first.id}/apply`);
      await sleep(300);
      for (const path of [
        `/imports/${first.id}/apply`,
        `/imports/${second.id}/apply`,
        `/imports/${undoable.id}/undo`,
      ]) {
        const refused = await owner.api.post(path);
        expectProblem(refused, 409, 'import_busy');
        expect(refused.headers.get('retry-after')).toBe('1');
      }
      const queued = await send('sku,name,price\nE,Queued,2\n');
      await sleep(500);
      expect((await get(queued.id)).state).toBe('queued');
      waiting = queued.id;
    });
    expect((await applied)?.status).toBe(200);
    expect(await done(waiting)).toMatchObject({ state: 'succeeded' });
  });

  it('is outdated when another request creates one of its items meanwhile', async () => {
    const { id } = await send('sku,name,price\nB,Hose,3\n', '?dry_run=true');
    await until(id, 'previewed');
    let applied: ReturnType<typeof cancel> | undefined;
    await withClient(app.connection, async (client) => {
      await client.query('BEGIN');
      await client.query(`INSERT INTO items (name, price, sku, store_id) VALUES ('x', 1, 'B', $1)`, [
        store.id,
      ]);
      applied = owner.api.post(`/imports/${id}/apply`);
      await sleep(500);
      await client.query('COMMIT');
    });
    const answer = await applied;
    if (!answer) throw new Error('no answer');
    expectProblem(answer, 409, 'preview_outdated');
    expect(await get(id)).toMatchObject({ state: 'previewed' });
  });
});

describe('an undo that runs', () => {
  it('is told as it goes on, cannot be cancelled, and is none when it fails', async () => {
    const { id: item } = await createItem(store, { name: 'Can', price: 1, sku: 'A' });
    const { id } = await send('sku,name,price\nA,Can,2\nB,Hose,3\n');
    const imported = await done(id);
    let undone: ReturnType<typeof cancel> | undefined;
    await withClient(app.connection, async (client) => {
      await client.query('BEGIN');
      await client.query('UPDATE items SET price = 5 WHERE id = $1', [item]);
      undone = owner.api.post(`/imports/${id}/undo`);
      expect(await until(id, 'running')).toMatchObject({
        operation: 'undo',
        processed: 0,
        finished_at: null,
      });
      expectProblem(await cancel(id), 409, 'already_finished');
      await client.query('COMMIT');
    });
    const answer = await undone;
    if (!answer) throw new Error('no answer');
    expectProblem(answer, 409, 'changed_since');
    expect(await get(id)).toEqual(imported);
    expect((await owner.api.post(`/imports/${id}/undo?on_conflict=skip`)).body).toMatchObject({
      state: 'undone',
    });
    expect(await get(id)).toMatchObject({ state: 'undone', operation: null });
  });

  it('is none when its instance has died', async () => {
    const { id } = await send('name,price\nB,3\n');
    await done(id);
    await app.sql(
      `INSERT INTO import_progress (import_id, running_at) VALUES ($1, now() - interval '14 seconds')`,
      [id],
    );
    expect(await get(id)).toMatchObject({ state: 'running', operation: 'undo' });
    await until(id, 'succeeded');
    expect((await owner.api.post(`/imports/${id}/undo`)).body).toMatchObject({ state: 'undone' });
  });
});

describe('what a file says', () => {
  it('may have characters that PostgreSQL does not store', async () => {
    const lines = ['{"name":"a","price":1,"x\\u0000\\ud800/~":1}', '{"name":"b","price":1}'];
    const ndjson = await done((await send(lines.join('\n'), '', 'application/x-ndjson')).id);
    expect(ndjson).toMatchObject({ state: 'failed', failed: 1 });
    const [error] = (await owner.api.get(`/imports/${ndjson.id}/errors`)).body as { pointer: string }[];
    expect(error?.pointer).toBe('/x\ufffd\ufffd~1~0');

    const mapped = await send('name,price,x\0y\na,1,\n', '?map=name:name&map=price:price');
    expect(await done(mapped.id)).toMatchObject({ state: 'succeeded' });

    const refused = await owner.api.call('POST', `/stores/${store.id}/imports`, {
      raw: 'name,price,x\0y\na,1,\n',
      headers: { 'content-type': 'text/csv' },
    });
    expectProblem(refused, 400, 'invalid_file');
    expect(await errorsOf((await latest()).id)).toEqual([
      [1, expect.stringContaining('unknown columns: "x\ufffdy"')],
    ]);
  });

  it('counts bad rows beyond those that are kept, and duplicates', async () => {
    const bad = 'x,\n'.repeat(10_005);
    const { id } = await send(`name,price,sku\n${bad.replaceAll('\n', ',\n')}a,1,A\na,1,A\na,1,A\n`);
    expect(await done(id)).toMatchObject({ state: 'failed', rows: 10_008, failed: 10_007 });
  });
});
