import pg from 'pg';
import { driverOptions } from '../src/database/connection';
import { createTestDatabase, type TestDatabase } from './support/database';
import { unique } from './support/factories';

/** What the schema keeps by itself, against whoever writes to the database. */

let database: TestDatabase;
let client: pg.Client;

beforeAll(async () => {
  database = await createTestDatabase();
  client = new pg.Client(driverOptions(database.connection));
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await database.drop();
});
afterEach(() => client.query('ROLLBACK'));

const sql = async (text: string, ...values: unknown[]) =>
  (await client.query<Record<string, unknown>>(text, values)).rows;

async function insert(text: string, ...values: unknown[]): Promise<number> {
  const [row] = await sql(`${text} RETURNING id::int`, ...values);
  return row?.id as number;
}

const addUser = () =>
  insert(`INSERT INTO users (email, password_hash) VALUES ($1, '')`, unique('user') + '@example.com');
const addStore = async (name = unique('store'), ownerId?: number) =>
  insert('INSERT INTO stores (name, owner_id) VALUES ($1, $2)', name, ownerId ?? (await addUser()));
const addItem = (storeId: number, { name = 'item', price = '1', sku = null as string | null } = {}) =>
  insert('INSERT INTO items (name, price, sku, store_id) VALUES ($1, $2, $3, $4)', name, price, sku, storeId);
const addTag = (storeId: number, name = unique('tag')) =>
  insert('INSERT INTO tags (name, store_id) VALUES ($1, $2)', name, storeId);
const link = (itemId: number, tagId: number, storeId: number) =>
  sql('INSERT INTO item_tags (item_id, tag_id, store_id) VALUES ($1, $2, $3)', itemId, tagId, storeId);

/** A store with an item that carries a tag. */
async function addLinked() {
  const storeId = await addStore();
  const [itemId, tagId] = [await addItem(storeId), await addTag(storeId)];
  await link(itemId, tagId, storeId);
  return { storeId, itemId, tagId };
}

const UNIQUE_VIOLATION = '23505';
const FOREIGN_KEY_VIOLATION = '23503';
const CHECK_VIOLATION = '23514';
const NOT_NULL_VIOLATION = '23502';
const NUMERIC_OUT_OF_RANGE = '22003';

describe('a link', () => {
  it('joins an item and a tag of one store', async () => {
    const { itemId, tagId } = await addLinked();
    expect(await sql('SELECT FROM item_tags WHERE item_id = $1 AND tag_id = $2', itemId, tagId)).toHaveLength(
      1,
    );
  });

  it('joins no tag of another store, whichever store it names', async () => {
    const [storeId, otherId] = [await addStore(), await addStore()];
    const [itemId, tagId] = [await addItem(storeId), await addTag(otherId)];
    for (const named of [storeId, otherId]) {
      await expect(link(itemId, tagId, named)).rejects.toMatchObject({ code: FOREIGN_KEY_VIOLATION });
    }
  });

  it('stands once', async () => {
    const { storeId, itemId, tagId } = await addLinked();
    await expect(link(itemId, tagId, storeId)).rejects.toMatchObject({ code: UNIQUE_VIOLATION });
  });

  it.each([
    ['item', [999_999, 0]],
    ['tag', [0, 999_999]],
  ])('needs its %s', async (_what, [itemOffset = 0, tagOffset = 0]) => {
    const storeId = await addStore();
    const [itemId, tagId] = [await addItem(storeId), await addTag(storeId)];
    const linking = link(itemId + itemOffset, tagId + tagOffset, storeId);
    await expect(linking).rejects.toMatchObject({ code: FOREIGN_KEY_VIOLATION });
  });

  it.each(['items', 'tags'])('keeps its %s in their store', async (table) => {
    const { storeId } = await addLinked();
    const moving = sql(`UPDATE ${table} SET store_id = $2 WHERE store_id = $1`, storeId, await addStore());
    await expect(moving).rejects.toMatchObject({ code: FOREIGN_KEY_VIOLATION });
  });

  it('goes with its item', async () => {
    const { itemId, tagId } = await addLinked();
    await sql('DELETE FROM items WHERE id = $1', itemId);
    expect(await sql('SELECT FROM item_tags WHERE item_id = $1', itemId)).toHaveLength(0);
    expect(await sql('SELECT FROM tags WHERE id = $1', tagId)).toHaveLength(1);
  });
});

describe('a tag', () => {
  it('stays while an item carries it', async () => {
    const { tagId } = await addLinked();
    await expect(sql('DELETE FROM tags WHERE id = $1', tagId)).rejects.toMatchObject({
      code: FOREIGN_KEY_VIOLATION,
      constraint: 'item_tags_tag_fkey',
    });
    expect(await sql('SELECT FROM tags WHERE id = $1', tagId)).toHaveLength(1);
    expect(await sql('SELECT FROM item_tags WHERE tag_id = $1', tagId)).toHaveLength(1);
  });

  it('stays when a transaction that deletes it commits', async () => {
    const { tagId } = await addLinked();
    await sql('BEGIN');
    await sql('DELETE FROM tags WHERE id = $1', tagId);
    await expect(sql('COMMIT')).rejects.toMatchObject({ code: FOREIGN_KEY_VIOLATION });
    expect(await sql('SELECT FROM tags WHERE id = $1', tagId)).toHaveLength(1);
  });

  it('stays when another transaction has just linked it', async () => {
    const storeId = await addStore();
    const [itemId, tagId] = [await addItem(storeId), await addTag(storeId)];
    const other = new pg.Client(driverOptions(database.connection));
    await other.connect();
    try {
      await other.query('BEGIN');
      await other.query('INSERT INTO item_tags (item_id, tag_id, store_id) VALUES ($1, $2, $3)', [
        itemId,
        tagId,
        storeId,
      ]);
      await other.query('SET CONSTRAINTS ALL IMMEDIATE');
      const deletion = sql('DELETE FROM tags WHERE id = $1', tagId);
      await Promise.all([
        expect(deletion).rejects.toMatchObject({ code: FOREIGN_KEY_VIOLATION }),
        other.query('COMMIT'),
      ]);
      expect(await sql('SELECT FROM item_tags WHERE tag_id = $1', tagId)).toHaveLength(1);
    } finally {
      await other.end();
    }
  });

  it('goes once no item carries it', async () => {
    const { tagId } = await addLinked();
    await sql('DELETE FROM item_tags WHERE tag_id = $1', tagId);
    await sql('DELETE FROM tags WHERE id = $1', tagId);
    expect(await sql('SELECT FROM tags WHERE id = $1', tagId)).toHaveLength(0);
  });
});

describe('a store', () => {
  it.each([
    ['items first', true],
    ['tags first', false],
  ])('takes items, tags and links along, and nothing else: %s', async (_order, itemsFirst) => {
    const [storeId, kept] = [await addStore(), await addLinked()];
    const make = itemsFirst ? [addItem, addTag] : [addTag, addItem];
    const ids = [await make[0]?.(storeId), await make[1]?.(storeId)] as [number, number];
    const [itemId, tagId] = itemsFirst ? ids : (ids.toReversed() as [number, number]);
    await link(itemId, tagId, storeId);
    await sql('DELETE FROM stores WHERE id = $1', storeId);
    for (const table of ['items', 'tags', 'item_tags']) {
      expect(await sql(`SELECT FROM ${table} WHERE store_id = $1`, storeId)).toHaveLength(0);
      expect(await sql(`SELECT FROM ${table} WHERE store_id = $1`, kept.storeId)).toHaveLength(1);
    }
  });

  it('takes them along when many go in one statement', async () => {
    const [first, second] = [await addLinked(), await addLinked()];
    await sql('DELETE FROM stores WHERE id = ANY ($1)', [first.storeId, second.storeId]);
    const stores = [first.storeId, second.storeId];
    expect(await sql('SELECT FROM item_tags WHERE store_id = ANY ($1)', stores)).toHaveLength(0);
  });

  it('has an owner, who cannot go before it', async () => {
    const ownerId = await addUser();
    const storeId = await addStore(unique('store'), ownerId);
    await expect(sql('DELETE FROM users WHERE id = $1', ownerId)).rejects.toMatchObject({
      code: FOREIGN_KEY_VIOLATION,
    });
    await expect(addStore(unique('store'), 999_999)).rejects.toMatchObject({ code: FOREIGN_KEY_VIOLATION });
    const disowning = sql('UPDATE stores SET owner_id = NULL WHERE id = $1', storeId);
    await expect(disowning).rejects.toMatchObject({ code: NOT_NULL_VIOLATION });
  });
});

describe('names and skus', () => {
  it.each([
    ['in another case', 'Gartengeräte', 'GARTENGERÄTE', true],
    ['with a capital sharp s', 'Straße', 'STRAẞE', true],
    ['with a dotted capital I', 'İzmir', 'i\u0307zmir', true],
    ['with double s', 'Straße', 'STRASSE', false],
    ['with a dotless i', 'Izmir', 'ızmir', false],
  ])('of stores of one owner and of tags of one store are unique %s', async (_what, name, other, alike) => {
    const ownerId = await addUser();
    const storeId = await addStore(name, ownerId);
    await addTag(storeId, name);
    for (const adding of [() => addStore(other, ownerId), () => addTag(storeId, other)]) {
      if (alike) await expect(adding()).rejects.toMatchObject({ code: UNIQUE_VIOLATION });
      else expect(await adding()).toEqual(expect.any(Number));
    }
    expect(await addTag(await addStore(name), name)).toEqual(expect.any(Number));
  });

  it('have skus once in a store, and none as often as one likes', async () => {
    const [storeId, otherId] = [await addStore(), await addStore()];
    await addItem(storeId, { sku: 'A' });
    await expect(addItem(storeId, { sku: 'A' })).rejects.toMatchObject({ code: UNIQUE_VIOLATION });
    await addItem(storeId, { sku: 'a' });
    await addItem(otherId, { sku: 'A' });
    await addItem(storeId);
    await addItem(storeId);
    expect(await sql('SELECT FROM items WHERE store_id = $1', storeId)).toHaveLength(4);
  });

  it.each([
    ['a store', () => addStore('😀'.repeat(201))],
    ['a store without one', () => addStore('')],
    ['an item', async () => addItem(await addStore(), { name: 'a'.repeat(201) })],
    ['an item without one', async () => addItem(await addStore(), { name: '' })],
    ['a tag', async () => addTag(await addStore(), 'a'.repeat(201))],
    ['a tag without one', async () => addTag(await addStore(), '')],
    ['a sku', async () => addItem(await addStore(), { sku: 'a'.repeat(65) })],
    ['an empty sku', async () => addItem(await addStore(), { sku: '' })],
  ])('have their length: %s', async (_what, adding) => {
    await expect(adding()).rejects.toMatchObject({ code: CHECK_VIOLATION });
  });

  it('may be as long as the API lets them be', async () => {
    const storeId = await addStore('😀'.repeat(200));
    await addTag(storeId, '😀'.repeat(200));
    const itemId = await addItem(storeId, { name: '😀'.repeat(200), sku: '😀'.repeat(64) });
    expect(await sql('SELECT FROM items WHERE id = $1', itemId)).toHaveLength(1);
  });
});

describe('an item', () => {
  it.each(['0', '0.01', '99999999.99'])('costs %s', async (price) => {
    const itemId = await addItem(await addStore(), { price });
    const [item] = await sql('SELECT price::float8 FROM items WHERE id = $1', itemId);
    expect(item).toEqual({ price: Number(price) });
  });

  it.each([
    ['-0.01', CHECK_VIOLATION],
    ['NaN', CHECK_VIOLATION],
    ['100000000', NUMERIC_OUT_OF_RANGE],
    ['99999999.999', NUMERIC_OUT_OF_RANGE],
    ['Infinity', NUMERIC_OUT_OF_RANGE],
    ['-Infinity', NUMERIC_OUT_OF_RANGE],
  ])('does not cost %s', async (price, code) => {
    const storeId = await addStore();
    await expect(addItem(storeId, { price })).rejects.toMatchObject({ code });
    const itemId = await addItem(storeId);
    await expect(sql('UPDATE items SET price = $2 WHERE id = $1', itemId, price)).rejects.toMatchObject({
      code,
    });
  });

  it.each(['name', 'price', 'store_id'])('is not without %s', async (column) => {
    const itemId = await addItem(await addStore());
    const removing = sql(`UPDATE items SET ${column} = NULL WHERE id = $1`, itemId);
    await expect(removing).rejects.toMatchObject({ code: NOT_NULL_VIOLATION });
  });
});

describe.each([
  ['an item', (storeId: number) => addItem(storeId), 'items'],
  ['a tag', (storeId: number) => addTag(storeId), 'tags'],
] as const)('%s', (_what, add, table) => {
  it('is not without its store', async () => {
    await expect(add(999_999)).rejects.toMatchObject({ code: FOREIGN_KEY_VIOLATION });
    const id = await add(await addStore());
    const disowning = sql(`UPDATE ${table} SET store_id = NULL WHERE id = $1`, id);
    await expect(disowning).rejects.toMatchObject({ code: NOT_NULL_VIOLATION });
  });
});
