import { setTimeout as sleep } from 'node:timers/promises';
import { type TestApp } from './support/app';
import { startCatalogue } from './support/catalogue';
import { expectProblem } from './support/expect-problem';
import { createItem, createStore, type TestStore, type TestUser } from './support/factories';
import { importFile } from './support/imports';
import { Explainer, recordStatements, type Statement, sum } from './support/plans';

interface Change {
  id: number;
  request_id: string;
  import_id: number | null;
  resource: string;
  resource_id: number;
  action: string;
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

async function list(query: string): Promise<Change[]> {
  const path = `/stores/${store.id}/changes`;
  const { status, body, text } = await owner.api.get(`${path}?limit=100&${query}`);
  if (status !== 200) throw new Error(`${path} answered ${status}: ${text}`);
  return body as Change[];
}

/** The changes of a list: what they were, or the import that they stand for. */
const told = (changes: Change[]) =>
  changes.map(({ import_id: importId, resource, action }) => importId ?? `${resource} ${action}`);

/** Changes all prices, and waits until that is done. @returns its id */
async function edit(): Promise<number> {
  const change = { price: { add: 1 } };
  const { body } = await owner.api.post(`/stores/${store.id}/edits`, { filter: {}, change });
  const { id } = body as { id: number };
  for (;;) {
    const { state } = (await owner.api.get(`/imports/${id}`)).body as { state: string };
    if (state === 'succeeded') return id;
    await sleep(20);
  }
}

const FILE = 'name,price,tags\nCan,1,garden\nHose,2,garden|new\nRake,3,\n';

describe('The changes of a store without those of imports', () => {
  it('have one change of each import, each edit, and each undo of them', async () => {
    const { id: itemId } = await createItem(store, { price: 5 });
    const made = await importFile(store, FILE);
    await owner.api.patch(`/items/${itemId}`, { price: 6 });
    await owner.api.post(`/imports/${made.id}/undo`);
    const edited = await edit();
    await owner.api.post(`/imports/${edited}/undo`);
    await owner.api.delete(`/items/${itemId}`);

    const kept = await list('of_imports=last');
    expect(told(kept)).toEqual([
      'item delete',
      edited,
      edited,
      made.id,
      'item update',
      made.id,
      'item create',
      'store create',
    ]);
    const all = await list('');
    expect(all.length).toBeGreaterThan(20);
    // Each stands for those after which it comes.
    for (const { id, request_id: request } of kept.filter((change) => change.import_id !== null)) {
      const after = all.filter((change) => change.id > id).at(-1);
      expect(after?.request_id).not.toBe(request);
    }
    expect(told(await list('of_imports=last&sort=id'))).toEqual(told(kept).reverse());
    expect(told(await list('of_imports=none'))).toEqual([
      'item delete',
      'item update',
      'item create',
      'store create',
    ]);
  });

  it('have none of an import that changes nothing, is only previewed, or fails', async () => {
    const made = await importFile(store, 'name,price,sku\nCan,1,C-1\n');
    const same = await importFile(store, 'name,price,sku\nCan,1,C-1\n');
    expect(same).toMatchObject({ state: 'succeeded', unchanged: 1 });
    expect((await importFile(store, FILE, '?dry_run=true')).state).toBe('previewed');
    expect((await importFile(store, 'name,price\nCan,x\n')).state).toBe('failed');
    expect(told(await list('of_imports=last'))).toEqual([made.id, 'store create']);
  });

  it('can be filtered: of an import it is not known of what kind its changes are', async () => {
    const { id: itemId } = await createItem(store);
    const made = await importFile(store, FILE);
    await owner.api.patch(`/items/${itemId}`, { price: 77 });
    expect(told(await list('of_imports=last&resource=item'))).toEqual([
      'item update',
      made.id,
      'item create',
    ]);
    expect(told(await list('of_imports=last&resource=item&action=update'))).toEqual(['item update', made.id]);
    expect(told(await list('of_imports=none&action=create'))).toEqual(['item create', 'store create']);
    const [, ofImport] = await list('of_imports=last');
    const { at } = ofImport as unknown as { at: string };
    expect(told(await list(`of_imports=last&since=${at}`))).toEqual(['item update', made.id]);
    expect(told(await list(`of_imports=last&until=${at}`))).toEqual(['item create', 'store create']);
    // The last change of an import is hardly ever one of this item.
    for (const path of [
      `stores/${store.id}/changes?of_imports=all`,
      `items/${itemId}/changes?of_imports=last`,
    ])
      expectProblem(await owner.api.get(`/${path}`), 400, 'invalid_input', ['?of_imports']);
  });
});

describe('A store with an import of 200,000 changes', () => {
  const IMPORTED = 200_000;
  let recorded: Statement[];
  let explainer: Explainer;

  beforeAll(async () => {
    explainer = await Explainer.connect(app.connection);
    recorded = recordStatements(app);
  });
  afterAll(() => explainer.close());
  beforeEach(async () => {
    await createItem(store);
    await app.sql(
      `INSERT INTO changes (store_id, resource, resource_id, action, changes, import_id, is_last_of_import)
       SELECT $1, 'item', 1000000 + n, 'create', '{}', 1000000 + $1::bigint, n = ${IMPORTED} FROM generate_series(1, ${IMPORTED}) n`,
      [store.id],
    );
    await createItem(store);
    await app.sql('ANALYZE changes');
  });

  it.each([
    ['of_imports=last', 4],
    ['of_imports=none', 3],
    ['of_imports=last&resource=item&action=create', 3],
    ['of_imports=last&action=delete', 1],
    ['of_imports=none&resource=tag', 0],
  ])('is read past it by an index: %s', async (query, length) => {
    recorded.length = 0;
    expect(await list(query)).toHaveLength(length);
    const plans = [];
    for (const statement of recorded) plans.push(await explainer.explain(statement));
    expect(sum(plans.map(({ reads }) => reads))).toBeLessThan(100);
    expect(plans.flatMap(({ indexes }) => indexes)).toContain('changes_collapsed_store_id_id_idx');
  });
});
