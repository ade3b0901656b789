import { setTimeout as sleep } from 'node:timers/promises';
import { ImportsCleanup } from '../../src/imports/imports-cleanup';
import { type TestApp } from '../support/app';
import { startCatalogue } from '../support/catalogue';
import { createStore, type TestStore, type TestUser } from '../support/factories';

interface Import {
  id: number;
  state: string;
}

let app: TestApp;
let owner: TestUser;
let store: TestStore;
beforeAll(async () => {
  ({ app, owner } = await startCatalogue());
});
beforeEach(async () => {
  store = await createStore(owner);
});
afterAll(() => app.close());

const clean = () => app.app.get(ImportsCleanup).run();
const get = async (id: number) => (await owner.api.get(`/imports/${id}`)).body as Import;

async function run(raw: string, query = ''): Promise<Import> {
  const answer = await owner.api.call('POST', `/stores/${store.id}/imports${query}`, {
    raw,
    headers: { 'content-type': 'text/csv' },
  });
  const { id } = answer.body as Import;
  for (;;) {
    const found = await get(id);
    if (!['receiving', 'queued', 'running'].includes(found.state)) return found;
    await sleep(20);
  }
}

/** How many rows of an import each table has. */
async function countLeft(id: number): Promise<Record<string, number>> {
  const [row] = await app.sql<Record<string, number>>(
    `SELECT (SELECT count(*)::int FROM import_rows WHERE import_id = $1 AND faults IS NULL) AS good,
       (SELECT count(*)::int FROM import_rows WHERE import_id = $1 AND faults IS NOT NULL) AS bad,
       (SELECT count(*)::int FROM import_errors WHERE import_id = $1) AS errors,
       (SELECT count(*)::int FROM import_changes WHERE import_id = $1) AS changes`,
    [id],
  );
  return row ?? {};
}

const age = (id: number, days: number) =>
  app.sql(`UPDATE imports SET finished_at = now() - $2 * interval '1 day' WHERE id = $1`, [id, days]);

const NOTHING = { good: 0, bad: 0, errors: 0, changes: 0 };

describe('the clean-up', () => {
  it('removes the rows of a finished import, and later its errors', async () => {
    const { id } = await run('name,price\na,1\nb,x\nc,3\n', '?on_error=skip');
    expect(await countLeft(id)).toEqual({ ...NOTHING, good: 2, bad: 1, errors: 1 });
    await clean();
    expect(await countLeft(id)).toEqual({ ...NOTHING, bad: 1, errors: 1 });
    await age(id, 364);
    await clean();
    expect(await countLeft(id)).toEqual({ ...NOTHING, bad: 1, errors: 1 });
    await age(id, 366);
    await clean();
    expect(await countLeft(id)).toEqual(NOTHING);
    expect(await get(id)).toMatchObject({ state: 'succeeded', inserted: 2, failed: 1 });
  });

  it('keeps a preview for a week', async () => {
    const { id } = await run('name,price\na,1\n', '?dry_run=true');
    await age(id, 6);
    await clean();
    expect(await countLeft(id)).toEqual({ ...NOTHING, good: 1, changes: 1 });
    await age(id, 8);
    await clean();
    expect(await countLeft(id)).toEqual(NOTHING);
    expect(await get(id)).toMatchObject({ state: 'cancelled' });
    expect(await app.sql('SELECT FROM import_progress WHERE import_id = $1', [id])).toEqual([]);
  });

  it('removes what is left of the imports of a deleted store', async () => {
    const { id } = await run('name,price\na,1\nb,x\n', '?dry_run=true&on_error=skip');
    await owner.api.delete(`/stores/${store.id}`);
    await clean();
    expect(await countLeft(id)).toEqual(NOTHING);
  });

  it('removes many rows, whatever lines they are in', async () => {
    const { id } = await run('name,price\na,1\n');
    await app.sql(
      `INSERT INTO import_rows (import_id, line, name, price) SELECT $1, 1000 + n * 3, 'x', 1 FROM generate_series(1, 25000) AS n`,
      [id],
    );
    await clean();
    expect(await countLeft(id)).toEqual(NOTHING);
  });

  it('leaves alone what is not over', async () => {
    const { id } = await run('name,price\na,1\n', '?dry_run=true');
    await app.sql(`UPDATE imports SET state = 'queued', finished_at = NULL WHERE id = $1`, [id]);
    await clean();
    expect(await countLeft(id)).toEqual({ ...NOTHING, good: 1, changes: 1 });
  });
});
