import { startApp, type TestApp } from './support/app';
import { readResource, startCatalogue } from './support/catalogue';
import { type Answer, type Client } from './support/client';
import { withClient } from './support/database';
import { expectProblem } from './support/expect-problem';
import {
  createItem,
  createStore,
  createTag,
  createUser,
  linkTags,
  type TestStore,
  type TestUser,
  unique,
} from './support/factories';
import { untilSomebodyWaits } from './support/lock-wait';

let app: TestApp;
let owner: TestUser;
let stranger: TestUser;
let admin: TestUser;
let store: TestStore;

beforeAll(async () => {
  ({ app, owner, stranger, admin, store } = await startCatalogue());
});
afterAll(() => app.close());

const etagOf = ({ headers }: Answer) => headers.get('etag') ?? '';
const etagAt = async (path: string) => etagOf(await app.api.get(path));

function send(
  method: string,
  path: string,
  ifMatch: string | undefined,
  body?: object,
  api: Client = owner.api,
) {
  return api.call(method, path, { body, ...(ifMatch !== undefined && { headers: { 'if-match': ifMatch } }) });
}

async function createPath(kind: string): Promise<string> {
  const made =
    kind === 'stores'
      ? await createStore(owner)
      : kind === 'items'
        ? await createItem(store)
        : await createTag(store);
  return `/${kind}/${made.id}`;
}

async function createTaggedItem(): Promise<{ path: string; tag: { id: number; name: string }; id: number }> {
  const [item, tag] = [await createItem(store), await createTag(store)];
  await linkTags(store, item.id, tag.id);
  return { id: item.id, path: `/items/${item.id}`, tag };
}

const CHANGES: [method: string, kind: string, body: () => object | undefined][] = [
  ['PATCH', 'stores', () => ({ name: unique('name') })],
  ['DELETE', 'stores', () => undefined],
  ['PATCH', 'items', () => ({ price: 5.01 })],
  ['PUT', 'items', () => ({ price: 5.02 })],
  ['DELETE', 'items', () => undefined],
  ['PATCH', 'tags', () => ({ name: unique('name') })],
  ['DELETE', 'tags', () => undefined],
];

describe.each(CHANGES)('If-Match on %s of %s', (method, kind, body) => {
  const success = method === 'DELETE' ? 204 : 200;

  it.each([
    ['the entity tag', (etag: string) => etag],
    ['its weak form, which a proxy that compresses sends', (etag: string) => `W/${etag}`],
    ['a list with it', (etag: string) => `"other", W/"more" ,, ${etag},`],
    ['any', () => '*'],
  ])('lets %s pass', async (_what, toHeader) => {
    const path = await createPath(kind);
    const answer = await send(method, path, toHeader(await etagAt(path)), body());
    expect(answer.status).toBe(success);
    const after = await app.api.get(path);
    if (method === 'DELETE') expect(after.status).toBe(404);
    else expect(etagOf(answer)).toBe(etagOf(after));
  });

  it('refuses the entity tag of an earlier state, and changes nothing', async () => {
    const path = await createPath(kind);
    const outdated = await etagAt(path);
    const change = kind === 'items' ? { price: 7.5 } : { name: unique('name') };
    await send('PATCH', path, undefined, change);
    const before = await app.api.get(path);
    expectProblem(await send(method, path, outdated, body()), 412, 'precondition_failed');
    expectProblem(await send(method, path, `"other", ${outdated}`, body()), 412, 'precondition_failed');
    expect(await app.api.get(path)).toMatchObject({ status: 200, text: before.text });
    expect((await send(method, path, etagOf(before), body())).status).toBe(success);
  });

  it.each(['', ' ', 'x', '"x', 'x"', "'x'", '"x" "y"', 'w/"x"', 'W/ "x"', '"x", *', '*, "x"', '"a b"', ','])(
    'refuses %j',
    async (value) => {
      const path = await createPath(kind);
      const before = await app.api.get(path);
      expectProblem(await send(method, path, value, body()), 400, 'invalid_input', ['?If-Match']);
      expect((await app.api.get(path)).text).toBe(before.text);
    },
  );

  it('is checked after existence and ownership', async () => {
    const path = await createPath(kind);
    expectProblem(await send(method, path, '"x"', body(), app.api), 401, 'unauthenticated');
    expectProblem(await send(method, path, '"x"', body(), stranger.api), 403, 'forbidden');
    expectProblem(
      await send(method, `/${kind}/999999`, '*', body()),
      404,
      `${kind.replace(/s$/, '')}_not_found`,
    );
    expectProblem(await send(method, path, '"x"', body(), admin.api), 412, 'precondition_failed');
  });
});

it('a fault of If-Match is told together with the others', async () => {
  const answer = await send('PATCH', await createPath('items'), 'x', { price: 1.005 });
  expectProblem(answer, 400, 'invalid_input', ['?If-Match', '/price']);
});

it('the conflict is told only of the state that the client knows', async () => {
  const { path, tag } = await createTaggedItem();
  const tagPath = `/tags/${tag.id}`;
  expectProblem(await send('DELETE', tagPath, '"x"'), 412, 'precondition_failed');
  expectProblem(await send('DELETE', tagPath, await etagAt(tagPath)), 409, 'tag_in_use');
  const { name } = await createTag(store);
  expectProblem(await send('PATCH', tagPath, '"x"', { name }), 412, 'precondition_failed');
  expectProblem(await send('PATCH', tagPath, await etagAt(tagPath), { name }), 409, 'tag_name_taken');
  await createItem(store, { sku: `${tag.id}` });
  const sku = { sku: `${tag.id}` };
  expectProblem(await send('PATCH', path, '"x"', sku), 412, 'precondition_failed');
  expectProblem(await send('PATCH', path, await etagAt(path), sku), 409, 'sku_taken');
});

it('a write that changes nothing keeps the entity tag', async () => {
  const path = await createPath('items');
  const etag = await etagAt(path);
  const { price } = await readResource<{ price: number }>(app, 'items', Number(path.split('/')[2]));
  for (let i = 0; i < 2; i++) expect(etagOf(await send('PATCH', path, etag, { price }))).toBe(etag);
});

describe('the entity tag of an item', () => {
  it.each([
    [
      'linking a tag',
      async (path: string) => {
        await send('POST', `${path}/tags`, undefined, { tags: [(await createTag(store)).id] });
      },
    ],
    [
      'unlinking a tag',
      async (path: string, tag: number) => {
        await send('DELETE', `${path}/tags/${tag}`, undefined);
      },
    ],
    [
      'renaming a tag',
      async (_path: string, tag: number) => {
        await send('PATCH', `/tags/${tag}`, undefined, { name: unique('name') });
      },
    ],
  ])('is outdated after %s', async (_what, change) => {
    const { path, tag } = await createTaggedItem();
    const etag = await etagAt(path);
    await change(path, tag.id);
    for (const [method, at, body] of [
      ['PATCH', path, { price: 1 }],
      ['DELETE', path, undefined],
      ['POST', `${path}/tags`, { tags: [(await createTag(store)).id] }],
    ] as const) {
      expectProblem(await send(method, at, etag, body), 412, 'precondition_failed');
    }
    expect((await send('PATCH', path, await etagAt(path), { price: 1 })).status).toBe(200);
  });

  it('is what linking and unlinking compare', async () => {
    const { path, tag } = await createTaggedItem();
    const more = await createTag(store);
    const links = { tags: [more.id] };
    const before = await app.api.get(path);
    expectProblem(await send('POST', `${path}/tags`, '"x"', links), 412, 'precondition_failed');
    expectProblem(await send('DELETE', `${path}/tags/${tag.id}`, '"x"'), 412, 'precondition_failed');
    expectProblem(await send('POST', `${path}/tags`, 'x', links), 400, 'invalid_input', ['?If-Match']);
    expectProblem(await send('DELETE', `${path}/tags/${tag.id}`, 'x'), 400, 'invalid_input', ['?If-Match']);
    expectProblem(await send('POST', `${path}/tags`, '"x"', links, stranger.api), 403, 'forbidden');
    expectProblem(await send('DELETE', `${path}/tags/${more.id}`, '"x"'), 404, 'tag_not_found');
    expect((await app.api.get(path)).text).toBe(before.text);

    const linked = await send('POST', `${path}/tags`, etagOf(before), links);
    expect(linked.status).toBe(200);
    expect((await send('DELETE', `${path}/tags/${tag.id}`, etagOf(linked))).status).toBe(204);
    expect((await app.api.get(path)).body.tags).toEqual([{ id: more.id, name: more.name }]);
  });
});

/** Runs `work` while a transaction of somebody else has written and not ended yet, and then ends it. */
async function during(
  writes: [text: string, values: unknown[]][],
  end: 'COMMIT' | 'ROLLBACK',
  work: () => Promise<Answer>,
): Promise<Answer> {
  return withClient(app.connection, async (other) => {
    await other.query('BEGIN');
    for (const [text, values] of writes) await other.query(text, values);
    const answer = work();
    await untilSomebodyWaits(app);
    await other.query(end);
    return answer;
  });
}

describe.each([
  ['COMMIT', 412],
  ['ROLLBACK', 200],
] as const)('a conditional write that waits for another one, which ends with %s', (end, status) => {
  it('of the same item', async () => {
    const path = await createPath('items');
    const etag = await etagAt(path);
    const write: [string, unknown[]] = ['UPDATE items SET price = 8 WHERE id = $1', [path.split('/')[2]]];
    const answer = await during([write], end, () => send('PATCH', path, etag, { name: 'mine' }));
    expect(answer.status).toBe(status);
    expect((await app.api.get(path)).body).toMatchObject(end === 'COMMIT' ? { price: 8 } : { name: 'mine' });
  });

  it.each(['PATCH', 'DELETE', 'POST'])('of the name of its tag: %s', async (method) => {
    const { path, tag } = await createTaggedItem();
    const [etag, more] = [await etagAt(path), await createTag(store)];
    const rename: [string, unknown[]] = ['UPDATE tags SET name = $2 WHERE id = $1', [tag.id, unique('name')]];
    const answer = await during([rename], end, () =>
      method === 'POST'
        ? send(method, `${path}/tags`, etag, { tags: [more.id] })
        : send(method, path, etag, method === 'PATCH' ? { price: 3 } : undefined),
    );
    expect(answer.status).toBe(status === 200 && method === 'DELETE' ? 204 : status);
  });

  it('of its links', async () => {
    const { id, path } = await createTaggedItem();
    const [etag, more] = [await etagAt(path), await createTag(store)];
    const writes: [string, unknown[]][] = [
      ['UPDATE items SET updated_at = updated_at WHERE id = $1', [id]],
      ['INSERT INTO item_tags (item_id, tag_id, store_id) VALUES ($1, $2, $3)', [id, more.id, store.id]],
    ];
    const answer = await during(writes, end, () => send('PATCH', path, etag, { price: 4 }));
    expect(answer.status).toBe(status);
  });
});

describe('many writers on two instances', () => {
  let twin: TestApp;
  beforeAll(async () => {
    twin = await startApp({}, app.connection);
  });
  afterAll(() => twin.close());

  const at = (index: number) => (index % 2 ? app : twin).api.as(owner.accessToken);

  it.each(['PATCH', 'DELETE'])('with one entity tag: one wins, %s', async (method) => {
    for (const kind of ['stores', 'items', 'tags']) {
      const path = await createPath(kind);
      const etag = await etagAt(path);
      const answers = await Promise.all(
        Array.from({ length: 30 }, (_none, index) => {
          const body = kind === 'items' ? { price: index + 1 } : { name: unique(`name-${index}`) };
          return send(method, path, etag, method === 'PATCH' ? body : undefined, at(index));
        }),
      );
      const statuses = answers.map((answer) => answer.status);
      expect(statuses.filter((status) => status === (method === 'PATCH' ? 200 : 204))).toHaveLength(1);
      const lost = method === 'PATCH' ? [412] : [412, 404];
      expect(statuses.filter((status) => lost.includes(status))).toHaveLength(29);
      const winner = answers.find((answer) => answer.status === 200);
      if (winner) expect((await app.api.get(path)).text).toBe(winner.text);
    }
  });

  it.each(['stores', 'items', 'tags'])(
    'who all match, because none changes anything: all succeed, %s',
    async (kind) => {
      const path = await createPath(kind);
      const { name } = (await app.api.get(path)).body as { name: string };
      const etag = await etagAt(path);
      for (const ifMatch of [etag, '*']) {
        const answers = await Promise.all(
          Array.from({ length: 40 }, (_none, index) => send('PATCH', path, ifMatch, { name }, at(index))),
        );
        expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
      }
      expect(await etagAt(path)).toBe(etag);
    },
  );

  it('beside others without a condition, who change nothing: none is refused', async () => {
    const { path } = await createTaggedItem();
    const { name } = (await app.api.get(path)).body as { name: string };
    const etag = await etagAt(path);
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_none, index) =>
        send('PATCH', path, index % 4 ? undefined : etag, { name }, at(index)),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
  });

  it('who read, add one and try again on 412: nothing is lost', async () => {
    const { id, path } = await createTaggedItem();
    await send('PATCH', path, undefined, { price: 0 });
    const addOne = async (index: number) => {
      for (;;) {
        const read = await at(index).get(path);
        const price = (read.body as { price: number }).price + 1;
        const { status } = await send('PATCH', path, etagOf(read), { price }, at(index));
        if (status === 200) return;
        expect(status).toBe(412);
      }
    };
    await Promise.all(Array.from({ length: 30 }, (_none, index) => addOne(index)));
    expect(await readResource(app, 'items', id)).toMatchObject({ price: 30 });
  });
});

describe('REQUIRE_IF_MATCH=on', () => {
  let strict: TestApp;
  let api: Client;
  let strangers: Client;
  beforeAll(async () => {
    strict = await startApp({ REQUIRE_IF_MATCH: 'on' }, app.connection);
    api = strict.api.as(owner.accessToken);
    strangers = strict.api.as((await createUser(strict)).accessToken);
  });
  afterAll(() => strict.close());

  it.each(CHANGES)('refuses %s of %s without it', async (method, kind, body) => {
    const path = await createPath(kind);
    const before = await app.api.get(path);
    const missing = `${kind.replace(/s$/, '')}_not_found`;
    expectProblem(await send(method, path, undefined, body(), api), 428, 'precondition_required');
    expectProblem(await send(method, path, undefined, body(), strangers), 403, 'forbidden');
    expectProblem(await send(method, `/${kind}/999999`, undefined, body(), api), 404, missing);
    expectProblem(await send(method, path, '"x"', body(), api), 412, 'precondition_failed');
    expect((await app.api.get(path)).text).toBe(before.text);
    const answer = await send(method, path, etagOf(before), body(), api);
    expect(answer.status).toBe(method === 'DELETE' ? 204 : 200);
  });

  it('needs none for linking, unlinking and creating', async () => {
    const { path, tag } = await createTaggedItem();
    expect((await send('DELETE', `${path}/tags/${tag.id}`, undefined, undefined, api)).status).toBe(204);
    expect((await send('POST', `${path}/tags`, undefined, { tags: [tag.id] }, api)).status).toBe(200);
    expect((await send('POST', '/stores', undefined, { name: unique('store') }, api)).status).toBe(201);
  });
});
