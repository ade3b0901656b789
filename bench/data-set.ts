import { ADJECTIVES, COMMON_WORD, MATERIALS, NOUNS, RARE_WORD } from './vocabulary';

export { COMMON_WORD, RARE_WORD } from './vocabulary';

/** The client that this needs. It must be one connection, not a pool. */
export interface Queryable {
  query: (text: string, values?: unknown[]) => Promise<{ rows: unknown[] }>;
}

/** Every item has it. */
export const UBIQUITOUS_TAG = 'catalogue';

/** Every item has one of them, so no item has two of them. */
export const COLOURS = [
  'black',
  'blue',
  'brown',
  'green',
  'grey',
  'orange',
  'pink',
  'red',
  'white',
  'yellow',
];

/** Every item has one of them or a rare tag. */
const THEMES = ['bathroom', 'bedroom', 'garden', 'kitchen', 'office', 'outdoor', 'travel', 'workshop'];

/** A few items in each store have one of them. The name of the last one ends with the number of its store. */
export const RARE_TAGS = ['limited', 'prototype', 'signed', 'vintage', 'exclusive'];

/** Every store has all of them, with ids in this order. */
const TAGS = [UBIQUITOUS_TAG, ...COLOURS, ...THEMES, ...RARE_TAGS];

export function countStores(items: number): number {
  return Math.max(5, Math.round(items / 2000));
}

/** The id of a tag of a store. The ids of stores and items are consecutive numbers from 1. */
export function tagId(store: number, name: string): number {
  return (store - 1) * TAGS.length + TAGS.indexOf(name) + 1;
}

/**
 * Fills an empty, migrated database, always with the same rows: pseudo-random values are hashes of the row's number.
 * Foreign keys and indexes are dropped and created again, which is much faster than updating them.
 */
export async function loadDataSet(client: Queryable, { items }: { items: number }): Promise<void> {
  // Otherwise VACUUM could find rows that it cannot mark as visible to all yet.
  await client.query('BEGIN; SET LOCAL synchronous_commit = on');
  try {
    const definitions = await dropDefinitions(client);
    await insertRows(client, items);
    for (const definition of definitions) await client.query(definition);
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  }
  await client.query('VACUUM (FREEZE, ANALYZE) users, stores, items, tags, item_tags');
}

/**
 * Drops foreign keys, and indexes that do not belong to a constraint. @returns the statements that create them again
 */
async function dropDefinitions(client: Queryable): Promise<string[]> {
  const { rows } = await client.query(`
    SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) AS drop,
      format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) AS make
    FROM pg_constraint
    WHERE contype = 'f' AND conrelid IN ('items'::regclass, 'tags'::regclass, 'item_tags'::regclass)
    UNION ALL
    SELECT format('DROP INDEX %s', indexrelid::regclass), pg_get_indexdef(indexrelid)
    FROM pg_index
    WHERE indrelid IN ('items'::regclass, 'item_tags'::regclass)
      AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)`);
  const definitions = rows as { drop: string; make: string }[];
  for (const { drop } of definitions) await client.query(drop);
  return definitions.map(({ make }) => make);
}

/** SQL of a number from 0, which is a hash of the row's number and `salt`. */
const hash = (row: string, salt: number) => `(hashint8extended(${row}, ${salt}) & 9223372036854775807)`;

/** SQL of an element of an array. The square makes elements at the front more frequent. */
const pick = (array: string, row: string, salt: number) =>
  `(${array})[1 + floor(cardinality(${array}) * power((${hash(row, salt)} % 1000000) / 1e6, 2))::int]`;

const FIRST_DAY = `timestamptz '2025-01-01T00:00:00Z'`;
const DAY_MS = 86_400_000;
const YEAR_MS = 365 * DAY_MS;

/** A hash that no password matches. */
const NO_PASSWORD = `$argon2id$v=19$m=19456,t=2,p=1$${'A'.repeat(22)}$${'A'.repeat(43)}`;

async function insertRows(client: Queryable, items: number): Promise<void> {
  const stores = countStores(items);
  const owners = await client.query(
    `INSERT INTO users (email, password_hash)
     SELECT format('owner-%s@example.com', n), $1 FROM generate_series(1, 5) n RETURNING id`,
    [NO_PASSWORD],
  );
  await client.query(
    `INSERT INTO stores (id, name, owner_id, created_at, updated_at) OVERRIDING SYSTEM VALUE
     SELECT n, format('Store %s', n), ($2::bigint[])[1 + n % 5], ${FIRST_DAY}, ${FIRST_DAY}
     FROM generate_series(1, $1) n`,
    [stores, (owners.rows as { id: unknown }[]).map(({ id }) => id)],
  );
  await client.query(
    `INSERT INTO tags (id, name, store_id, created_at, updated_at) OVERRIDING SYSTEM VALUE
     SELECT (store - 1) * cardinality($2::text[]) + number,
       CASE WHEN number = cardinality($2::text[]) THEN format('%s %s', name, store) ELSE name END,
       store, ${FIRST_DAY}, ${FIRST_DAY}
     FROM generate_series(1, $1) store, unnest($2::text[]) WITH ORDINALITY tag (name, number)
     ORDER BY store, number`,
    [stores, TAGS],
  );
  await insertItems(client, items, stores);
  await insertLinks(client);
  for (const [table, last] of Object.entries({ stores, tags: stores * TAGS.length, items })) {
    await client.query(`SELECT setval(pg_get_serial_sequence('${table}', 'id'), $1)`, [last]);
  }
}

async function insertItems(client: Queryable, items: number, stores: number): Promise<void> {
  await client.query(
    `INSERT INTO items (id, name, price, sku, store_id, created_at, updated_at) OVERRIDING SYSTEM VALUE
     SELECT n,
       initcap(concat_ws(' ',
         CASE WHEN ${hash('n', 1)} % 2 = 0 THEN '${COMMON_WORD}' END,
         ${pick('$3::text[]', 'n', 2)}, ${pick('$4::text[]', 'n', 3)}, ${pick('$5::text[]', 'n', 4)},
         CASE WHEN n % ($1 / 5) = $1 / 10 THEN '${RARE_WORD}' END)),
       (1 + ${hash('n', 5)} % 999999)::numeric / 100,
       CASE WHEN ${hash('n', 6)} % 10 > 0
         THEN upper(lpad(to_hex(${hash('n', 7)} % 65536), 4, '0')) || '-' || n END,
       1 + ${hash('n', 8)} % $2,
       ${FIRST_DAY} + created * interval '1 ms',
       ${FIRST_DAY} + interval '1 ms' * CASE WHEN ${hash('n', 9)} % 2 = 0 THEN created
         ELSE created + ${hash('n', 10)} % (${YEAR_MS} - created) END
     FROM (
       -- Ordered like the ids, except for differences up to a day.
       SELECT n, n * ${YEAR_MS - DAY_MS} / ($1 + 1) + ${hash('n', 11)} % ${DAY_MS} AS created
       FROM generate_series(1, $1::bigint) n
     ) row`,
    [items, stores, ADJECTIVES, MATERIALS, NOUNS],
  );
}

async function insertLinks(client: Queryable): Promise<void> {
  const rare = TAGS.length - RARE_TAGS.length;
  const themes = rare - THEMES.length;
  await client.query(`
    INSERT INTO item_tags (item_id, tag_id, store_id)
    SELECT id, (store_id - 1) * ${TAGS.length} + number, store_id
    FROM items, LATERAL (VALUES
      (1),
      (2 + ${hash('id', 21)} % ${COLOURS.length}),
      (CASE WHEN ${hash('id', 22)} % 80 = 0 THEN ${rare + 1} + ${hash('id', 23)} % ${RARE_TAGS.length}
        ELSE ${themes + 1} + ${hash('id', 23)} % ${THEMES.length} END)
    ) tag (number)`);
}
