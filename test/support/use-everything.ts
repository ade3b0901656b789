import { type TestApp } from './app';
import { createItem, createStore, createTag, linkTags, registerUser, unique } from './factories';
import { idsOf, walk } from './lists';

const NAME = String.raw`O'Reilly's "back\slash" \' $1 100%_ ÅŁ`;

/** What a shop does in a day, with answers that depend on nothing but what was sent. */
export async function useEverything(
  app: TestApp,
  makeAdmin: (userId: number) => Promise<void>,
): Promise<void> {
  const owner = await registerUser(app.api, `${unique('łö')}@example.com`);
  const admin = await registerUser(app.api);
  await makeAdmin(admin.id);
  const store = await createStore(owner, NAME);
  const tag = await createTag(store, NAME);
  const items = [];
  for (const [index, price] of [15.99, 0.1, 99999999.99, 7].entries()) {
    items.push(
      await createItem(store, { name: `${NAME} ${index}`, price, ...(index > 1 && { sku: `'${index}\\` }) }),
    );
  }
  const ids = items.map(({ id }) => id);
  await linkTags(store, ids[0] ?? 0, tag.id);

  const item = await app.api.get(`/items/${ids[0] ?? 0}`);
  expect(item.body).toMatchObject({
    name: `${NAME} 0`,
    price: 15.99,
    sku: null,
    tags: [{ id: tag.id, name: NAME }],
  });
  for (const member of ['created_at', 'updated_at']) {
    expect(item.body[member]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(Math.abs(Date.parse(item.body[member] as string) - Date.now())).toBeLessThan(600_000);
  }
  const etag = item.headers.get('etag') ?? '';
  expect((await app.api.get(`/items/${ids[0] ?? 0}`, { headers: { 'if-none-match': etag } })).status).toBe(
    304,
  );

  const filters = `tag=${encodeURIComponent(NAME)}&q=${encodeURIComponent(String.raw`\'`)}`;
  const { text } = await app.api.get(`/stores/${store.id}/items/export?format=ndjson&${filters}`);
  expect(JSON.parse(text)).toEqual({ name: `${NAME} 0`, price: 15.99, sku: null, tags: [NAME] });

  for (const sort of ['id', 'name', '-price', 'created_at', '-updated_at']) {
    const pages = await walk(app.api, `/items?store_id=${store.id}&sort=${sort}&limit=1`);
    expect([...pages.flat()].sort((a, b) => a - b)).toEqual(ids);
  }
  for (const q of [
    `O'Reilly`,
    String.raw`back\slash`,
    String.raw`\'`,
    '100%_',
    '%',
    '_',
    '"',
    '$1',
    'åł',
    'reilly',
  ]) {
    const query = `q=${encodeURIComponent(q)}`;
    expect({ q, found: idsOf(await app.api.get(`/items?${query}&count=true`)) }).toEqual({ q, found: ids });
    expect(idsOf(await app.api.get(`/stores?${query}`))).toEqual([store.id]);
    expect(idsOf(await app.api.get(`/stores/${store.id}/tags?${query}`))).toEqual([tag.id]);
  }
  expect(idsOf(await app.api.get(`/items?sku=${encodeURIComponent("'2\\")}`))).toEqual([ids[2]]);
  expect(idsOf(await app.api.get('/items?min_price=0.1&max_price=15.99&sort=price'))).toEqual([
    ids[1],
    ids[3],
    ids[0],
  ]);
  expect(idsOf(await app.api.get(`/items?tag=${encodeURIComponent(NAME.toUpperCase())}`))).toEqual([ids[0]]);
  expect(idsOf(await admin.api.get(`/users?q=${encodeURIComponent(owner.email.toUpperCase())}`))).toEqual([
    owner.id,
  ]);

  // Writers that meet.
  const patches = await Promise.all(
    [1, 2, 3, 4, 5, 6].map((price) => owner.api.patch(`/items/${ids[1] ?? 0}`, { price, sku: null })),
  );
  expect(patches.map(({ status }) => status)).toEqual(patches.map(() => 200));
  const same = await Promise.all([1, 2, 3].map(() => owner.api.post('/stores', { name: 'same' })));
  expect(same.map(({ status }) => status).sort()).toEqual([201, 409, 409]);
  expect((await owner.api.get('/me')).body).toMatchObject({ email: owner.email });
  expect((await app.api.as(owner.refreshToken).post('/refresh')).status).toBe(200);
  expect((await owner.api.get('/sessions')).status).toBe(200);
  expect((await owner.api.delete(`/tags/${tag.id}`)).status).toBe(409);
  expect((await owner.api.delete(`/items/${ids[0] ?? 0}`)).status).toBe(204);
  expect((await owner.api.delete(`/stores/${store.id}`)).status).toBe(204);
  expect((await app.api.get('/health/ready')).status).toBe(200);
}
