import { randomUUID } from 'node:crypto';
import { type Answer, type Client } from '../support/client';
import {
  createItem,
  createStore,
  createTag,
  registerUser,
  type TestStore,
  type TestUser,
  unique,
} from '../support/factories';
import { type Pair, startPair } from '../support/pair';
import { after } from '../support/races';
import { report, roundsOr } from '../support/rounds';

const ROUNDS = roundsOr(10);

let pair: Pair;
let owner: TestUser;
let store: TestStore;

beforeAll(async () => {
  pair = await startPair();
  owner = await registerUser(pair.at(0));
  store = await createStore(owner);
});
afterAll(() => pair.stop());

/** The owner's calls, to one instance and the other by turns. */
const at = (index: number): Client => pair.at(index).as(owner.accessToken);

const simultaneously = <T>(count: number, work: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_none, index) => work(index)));

const statusesOf = (answers: readonly Answer[]) => answers.map(({ status }) => status);

const countOf = (answers: readonly Answer[], status: number) =>
  answers.filter((answer) => answer.status === status).length;

/** The statuses that nobody should have got. */
const others = (answers: readonly Answer[], ...expected: number[]) =>
  statusesOf(answers).filter((status) => !expected.includes(status));

const ifMatch = (etag: string) => ({ headers: { 'if-match': etag } });

it('deleting a tag against linking it: never both are acknowledged', async () => {
  const counts = { links: 0, deletions: 0 };
  const lost: unknown[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const tag = await createTag(store);
    const items = await simultaneously(4, () => createItem(store));
    const [deletion, ...links] = await Promise.all([
      // Sometimes the deletion is the first, and sometimes a link.
      after(round % 7, () => at(round).delete(`/tags/${tag.id}`)),
      ...items.map(({ id }, index) =>
        after(2 + index, () => at(index).post(`/items/${id}/tags`, { tags: [tag.id] })),
      ),
    ]);
    const linked = items.filter((_item, index) => links[index]?.status === 200);
    counts.links += linked.length;
    counts.deletions += Number(deletion.status === 204);
    if (deletion.status === 204 && linked.length > 0) lost.push('both');
    lost.push(...others([deletion], 204, 409), ...others(links, 200, 404));
    for (const { id } of linked) {
      const { tags } = (await at(0).get(`/items/${id}`)).body as { tags: { id: number }[] };
      if (!tags.some((each) => each.id === tag.id)) lost.push(`the link of item ${id}`);
    }
  }
  report('Delete a tag against 4 links', ROUNDS, counts, lost);
});

it('50 equal names at once: one is made', async () => {
  const lost: unknown[] = [];
  const makes: ((name: string, index: number) => Promise<Answer>)[] = [
    (name, index) => at(index).post('/stores', { name }),
    (name, index) => at(index).post(`/stores/${store.id}/tags`, { name }),
    (name, index) => at(index).post('/items', { name, price: 1, store_id: store.id, sku: name }),
  ];
  const counts = { made: 0, refused: 0 };
  for (let round = 0; round < ROUNDS; round++) {
    for (const make of makes) {
      const name = unique('name');
      const answers = await simultaneously(50, (index) => make(index % 3 ? name : name.toUpperCase(), index));
      // SKUs are compared with regard to case, so two of them may be made.
      const isSku = make === makes[2];
      counts.made += countOf(answers, 201);
      counts.refused += countOf(answers, 409);
      if (countOf(answers, 201) !== (isSku ? 2 : 1)) lost.push(statusesOf(answers));
      lost.push(...others(answers, 201, 409));
    }
  }
  report('50 equal names', ROUNDS, counts, lost);
});

it('deleting a store against creating in it: no orphan', async () => {
  const counts = { created: 0, refused: 0 };
  const lost: unknown[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const { id } = await createStore(owner);
    const [deletion, ...creations] = await Promise.all([
      // The deletion comes among the creations.
      after((3 * round) % 20, () => at(round).delete(`/stores/${id}`)),
      ...Array.from({ length: 10 }, (_none, index) =>
        after(index, () =>
          index % 2
            ? at(index).post('/items', { name: 'x', price: 1, store_id: id })
            : at(index).post(`/stores/${id}/tags`, { name: `tag ${index}` }),
        ),
      ),
    ]);
    counts.created += countOf(creations, 201);
    counts.refused += countOf(creations, 404);
    lost.push(...others([deletion], 204), ...others(creations, 201, 404));
    const [row] = await pair.sql<{ orphans: number }>(
      `SELECT (SELECT count(*) FROM items WHERE store_id = $1)::int
         + (SELECT count(*) FROM tags WHERE store_id = $1)::int AS orphans`,
      [id],
    );
    if (row?.orphans !== 0) lost.push(`${row?.orphans} orphans of store ${id}`);
  }
  report('Delete a store against 10 creations', ROUNDS, counts, lost);
});

it('linking lists of tags in opposite order: no deadlock reaches a client', async () => {
  const tags = (await simultaneously(20, () => createTag(store))).map(({ id }) => id);
  const lost: unknown[] = [];
  let linked = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const items = await simultaneously(6, () => createItem(store));
    const answers = await Promise.all(
      items.flatMap(({ id }, index) =>
        [tags, tags.toReversed()].map((list, order) =>
          at(index + order).post(`/items/${id}/tags`, { tags: list }),
        ),
      ),
    );
    linked += countOf(answers, 200);
    lost.push(...others(answers, 200));
    for (const { id } of items) {
      const { tags: shown } = (await at(0).get(`/items/${id}`)).body as { tags: unknown[] };
      if (shown.length !== tags.length) lost.push(`${tags.length - shown.length} links of item ${id}`);
    }
  }
  report('Link 20 tags in both orders', ROUNDS, { linked }, lost);
});

it('paging while rows come and go: none that stays is skipped or repeated', async () => {
  const shelf = await createStore(owner);
  const staying = await simultaneously(60, (index) =>
    createItem(shelf, { name: `stay ${index % 7}`, price: index % 5 }),
  );
  let pages = 0;
  let changes = 0;
  const lost: unknown[] = [];
  let isOver = false;
  const churn = async (worker: number) => {
    while (!isOver) {
      const { id } = await createItem(shelf, { name: `stay ${changes % 7}`, price: changes % 5 });
      await at(worker).patch(`/items/${id}`, { price: (changes + 2) % 5, name: `stay ${changes % 3}` });
      await at(worker).delete(`/items/${id}`);
      changes += 3;
    }
  };
  const churning = simultaneously(4, churn);
  for (let round = 0; round < ROUNDS; round++) {
    for (const sort of ['id', '-name', 'price', '-created_at']) {
      const seen: number[] = [];
      let path: string | undefined = `/stores/${shelf.id}/items?limit=7&sort=${sort}`;
      while (path !== undefined) {
        const { headers, body } = await at(pages++).get(path);
        seen.push(...(body as { id: number }[]).map(({ id }) => id));
        path = /<([^>]*)>; rel="next"/.exec(headers.get('link') ?? '')?.[1];
      }
      for (const { id } of staying) {
        const times = seen.filter((each) => each === id).length;
        if (times !== 1) lost.push(`item ${id} shown ${times} times by ${sort}`);
      }
    }
  }
  isOver = true;
  await churning;
  report('Page through 60 items that stay', ROUNDS, { pages, changes }, lost);
});

it('one Idempotency-Key 50 times at once: one row', async () => {
  const counts = { answered: 0, 'in progress': 0 };
  const lost: unknown[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const body = { name: unique('item'), price: 1, store_id: store.id };
    const headers = { 'idempotency-key': randomUUID() };
    const answers = await simultaneously(50, (index) => at(index).post('/items', body, { headers }));
    counts.answered += countOf(answers, 201);
    counts['in progress'] += countOf(answers, 409);
    lost.push(...others(answers, 201, 409));
    const texts = new Set(answers.filter(({ status }) => status === 201).map(({ text }) => text));
    const [row] = await pair.sql<{ rows: number }>(
      'SELECT count(*)::int AS rows FROM items WHERE name = $1',
      [body.name],
    );
    if (row?.rows !== 1 || texts.size !== 1) lost.push(`${row?.rows} rows, ${texts.size} answers`);
  }
  report('One key 50 times', ROUNDS, counts, lost);
});

it('one expired Idempotency-Key 24 times at once: one row', async () => {
  const lost: unknown[] = [];
  const counts = { answered: 0, 'in progress': 0 };
  for (let round = 0; round < 5 * ROUNDS; round++) {
    const body = { name: unique('item'), price: 1, store_id: store.id };
    const headers = { 'idempotency-key': randomUUID() };
    await at(0).post('/items', body, { headers });
    await pair.sql(
      `UPDATE idempotency_keys SET created_at = created_at - interval '25 hours' WHERE key = $1`,
      [headers['idempotency-key']],
    );
    const answers = await simultaneously(24, (index) =>
      after(index % 12, () => at(index).post('/items', body, { headers })),
    );
    counts.answered += countOf(answers, 201);
    counts['in progress'] += countOf(answers, 409);
    lost.push(...others(answers, 201, 409));
    const [row] = await pair.sql<{ rows: number }>(
      'SELECT count(*)::int AS rows FROM items WHERE name = $1',
      [body.name],
    );
    // The first one is from before the key was expired.
    if (row?.rows !== 2) lost.push(`${row?.rows} rows`);
  }
  report('One expired key 24 times', 5 * ROUNDS, counts, lost);
});

it('100 writers with one ETag: one wins', async () => {
  const counts = { won: 0, outdated: 0 };
  const lost: unknown[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const { id } = await createItem(store);
    const etag = (await at(0).get(`/items/${id}`)).headers.get('etag') ?? '';
    const answers = await simultaneously(100, (index) =>
      at(index).patch(`/items/${id}`, { price: index + 1 }, ifMatch(etag)),
    );
    counts.won += countOf(answers, 200);
    counts.outdated += countOf(answers, 412);
    if (countOf(answers, 200) !== 1 || countOf(answers, 412) !== 99) lost.push(statusesOf(answers));
    const winner = answers.find(({ status }) => status === 200);
    if ((await at(0).get(`/items/${id}`)).text !== winner?.text) lost.push('another state than the winner’s');
  }
  report('100 writers with one ETag', ROUNDS, counts, lost);
});

it('100 writers who read, add one and try again on 412: all additions count', async () => {
  const counts = { acknowledged: 0, outdated: 0 };
  const lost: unknown[] = [];
  for (let round = 0; round < Math.ceil(ROUNDS / 5); round++) {
    const [{ id }, tag] = [await createItem(store, { price: 0 }), await createTag(store)];
    await at(0).post(`/items/${id}/tags`, { tags: [tag.id] });
    await simultaneously(100, async (index) => {
      for (;;) {
        const { headers, body } = await at(index).get(`/items/${id}`);
        const price = (body as { price: number }).price + 1;
        const etag = headers.get('etag') ?? '';
        const { status } = await at(index).patch(`/items/${id}`, { price }, ifMatch(etag));
        if (status === 200) break;
        if (status !== 412) lost.push(status);
        counts.outdated++;
      }
      counts.acknowledged++;
    });
    const { price } = (await at(0).get(`/items/${id}`)).body as { price: number };
    if (price !== 100) lost.push(`${100 - price} additions`);
  }
  report('100 writers who add one', Math.ceil(ROUNDS / 5), counts, lost);
});
