import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { startApp, type TestApp } from '../support/app';
import { startCatalogue } from '../support/catalogue';
import { type Answer } from '../support/client';
import { withClient } from '../support/database';
import { expectProblem } from '../support/expect-problem';
import { createItem, createStore, type TestStore, type TestUser } from '../support/factories';
import { type SlowUpload, upload } from '../support/slow-upload';

interface Import {
  id: number;
  state: string;
}

let app: TestApp;
let owner: TestUser;
let store: TestStore;
let key: string;
beforeAll(async () => {
  ({ app, owner } = await startCatalogue({ DATABASE_POOL_MAX: '20' }));
});
beforeEach(async () => {
  store = await createStore(owner);
  key = randomUUID();
});
afterAll(() => app.close());

const send = (raw: string, { query = '', of = store.id } = {}): Promise<Answer> =>
  owner.api.call('POST', `/stores/${of}/imports${query}`, {
    raw,
    headers: { 'content-type': 'text/csv', 'idempotency-key': key },
  });
const act = (id: number, what: string): Promise<Answer> =>
  owner.api.post(`/imports/${id}/${what}`, undefined, { headers: { 'idempotency-key': key } });
const imports = async () => (await owner.api.get(`/stores/${store.id}/imports`)).body as Import[];
const countItems = async () =>
  Number((await app.api.get(`/stores/${store.id}/items?count=true&limit=1`)).headers.get('x-total-count'));

async function until(id: number, state: string): Promise<void> {
  while (((await owner.api.get(`/imports/${id}`)).body as Import).state !== state) await sleep(20);
}

function expectReplay(again: Answer, first: Answer): void {
  expect(again.headers.get('idempotency-replayed')).toBe('true');
  expect(first.headers.get('idempotency-replayed')).toBeNull();
  expect([again.status, again.headers.get('location'), again.text]).toEqual([
    first.status,
    first.headers.get('location'),
    first.text,
  ]);
}

describe('Idempotency-Key on an import', () => {
  it('makes it happen once, with the same answer for each retry', async () => {
    const file = `name,price\n${`${'Can'.padEnd(100, '.')},1\n`.repeat(2000)}`;
    const first = await send(file);
    expect(first.status).toBe(202);
    const { id } = first.body as Import;
    await until(id, 'succeeded');
    for (let retry = 0; retry < 2; retry++) expectReplay(await send(file), first);
    expect((await imports()).map((each) => each.id)).toEqual([id]);
    expect(await countItems()).toBe(2000);
  });

  it('refuses another body, and another address', async () => {
    await send('name,price\na,1\n');
    expectProblem(await send('name,price\na,2\n'), 422, 'idempotency_key_reused');
    expectProblem(await send('name,price\na,1\n', { query: '?dry_run=true' }), 422, 'idempotency_key_reused');
    expect(await imports()).toHaveLength(1);
  });

  it('says how large a file may be, also when only its hash is asked for', async () => {
    const small = await startApp({ IMPORT_MAX_BYTES: '1000' }, app.connection);
    try {
      await send('name,price\na,1\n');
      const refused = await small.api.as(owner.accessToken).call('POST', `/stores/${store.id}/imports`, {
        raw: `name,price\n${'a,1\n'.repeat(50_000)}`,
        headers: { 'content-type': 'text/csv', 'idempotency-key': key },
      });
      expectProblem(refused, 413, 'too_large');
      expect(refused.body).toMatchObject({
        detail: expect.stringContaining('larger than 1000 bytes') as string,
      });
    } finally {
      await small.close();
    }
  });

  it('is in use while the file arrives', async () => {
    const slow = upload(app.url, store, { headers: { 'idempotency-key': key } });
    slow.write('name,price\n');
    while ((await imports()).length === 0) await sleep(20);
    const refused = await send('name,price\na,1\n');
    expectProblem(refused, 409, 'in_progress');
    expect(refused.headers.get('retry-after')).toBe('1');
    slow.write('a,1\n');
    slow.end();
    const first = await slow.answer;
    expect(first.status).toBe(202);
    expectReplay(await send('name,price\na,1\n'), first);
    expect(await imports()).toHaveLength(1);
  });

  it('can be used again after a refusal, and after a client that went away', async () => {
    expectProblem(await send('name\na\n'), 400, 'invalid_file');
    expectProblem(await send('name,price\na,1\n', { of: 999_999 }), 404, 'store_not_found');
    const slow = upload(app.url, store, { headers: { 'idempotency-key': key } });
    slow.write('name,price\n');
    while ((await imports()).length === 1) await sleep(20);
    slow.leave();
    while ((await imports()).some(({ state }) => state === 'receiving')) await sleep(20);
    const first = await send('name,price\na,1\n');
    expect(first.status).toBe(202);
    await until((first.body as Import).id, 'succeeded');
    expect(await countItems()).toBe(1);
  });

  it('can be used again after a cancel', async () => {
    const slow = upload(app.url, store, { headers: { 'idempotency-key': key } });
    slow.write('name,price\na,1\n');
    while ((await imports()).length === 0) await sleep(20);
    const [begun] = await imports();
    expect((await owner.api.post(`/imports/${begun?.id ?? 0}/cancel`)).status).toBe(200);
    expectProblem(await slow.answer, 409, 'cancelled');
    expect((await send('name,price\na,1\n')).status).toBe(202);
  });
});

describe('Idempotency-Key on apply and undo', () => {
  it('gives a retry the same answer', async () => {
    const { id } = (await send('sku,name,price\nA,Can,2\n', { query: '?dry_run=true' })).body as Import;
    await until(id, 'previewed');
    for (const [what, state, items] of [
      ['apply', 'succeeded', 1],
      ['undo', 'undone', 0],
    ] as const) {
      key = randomUUID();
      const first = await act(id, what);
      expect(first.status).toBe(200);
      expect(first.body).toMatchObject({ id, state });
      expectReplay(await act(id, what), first);
      expect(await countItems()).toBe(items);
      key = randomUUID();
      const refused = await act(id, what);
      expect(refused.status).toBe(409);
      expectReplay(await act(id, what), refused);
    }
  });

  it('can be used again after another import was in the way', async () => {
    const { id: item } = await createItem(store, { name: 'Can', price: 1, sku: 'A' });
    const previews: number[] = [];
    for (const file of ['sku,name,price\nA,Can,2\n', 'sku,name,price\nB,Hose,2\n']) {
      key = randomUUID();
      const { id } = (await send(file, { query: '?dry_run=true' })).body as Import;
      await until(id, 'previewed');
      previews.push(id);
    }
    const [first = 0, second = 0] = previews;
    key = randomUUID();
    await withClient(app.connection, async (client) => {
      await client.query('BEGIN');
      await client.query('SELECT FROM items WHERE id = $1 FOR UPDATE', [item]);
      const applied = owner.api.post(`/imports/${first}/apply`);
      await sleep(300);
      expectProblem(await act(second, 'apply'), 409, 'import_busy');
      await client.query('ROLLBACK');
      expect((await applied).status).toBe(200);
    });
    expect((await act(second, 'apply')).status).toBe(200);
  });
});

describe('files that arrive slowly', () => {
  type Small = Awaited<ReturnType<typeof startCatalogue>>;

  /** Runs `work` while a file arrives at an instance that has room for one. */
  async function whileOneArrives(work: (small: Small, slow: SlowUpload) => Promise<void>): Promise<void> {
    const small = await startCatalogue({ DATABASE_POOL_MAX: '4' });
    try {
      const slow = upload(small.app.url, small.store);
      slow.write('name,price\n');
      while (((await small.owner.api.get(`/stores/${small.store.id}/imports`)).body as Import[]).length === 0)
        await sleep(20);
      await work(small, slow);
    } finally {
      await small.app.close();
    }
  }

  it('are waited for', () =>
    whileOneArrives(async (small, first) => {
      const second = upload(small.app.url, small.store);
      second.write('name,price\nb,1\n');
      second.end();
      await sleep(300);
      first.end();
      expect((await first.answer).status).toBe(202);
      expect((await second.answer).status).toBe(202);
    }));

  it('do not hold all connections', () =>
    whileOneArrives(async (small, slow) => {
      const refused = await Promise.all(
        Array.from({ length: 8 }, () =>
          small.owner.api.call('POST', `/stores/${small.store.id}/imports`, {
            raw: 'name,price\na,1\n',
            headers: { 'content-type': 'text/csv', 'idempotency-key': randomUUID() },
          }),
        ),
      );
      for (const answer of refused) {
        expectProblem(answer, 503, 'unavailable');
        expect(answer.headers.get('retry-after')).toBe('5');
      }
      slow.write('a,1\n');
      slow.end();
      expect((await slow.answer).status).toBe(202);
    }));
});
