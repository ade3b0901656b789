import { Injectable } from '@nestjs/common';
import { type Executor } from '../database/executor';
import { type Import } from './import.entity';
import { type Part, split } from './parts';

/** What a sort or a hash table of an import may use before it goes to the disk. */
const WORK_MEM = '64MB';

/** Rows of a file that lie one after another. */
export type Lines = Pick<Part, 'from' | 'to'>;

export interface Counts {
  readonly inserted: number;
  readonly updated: number;
  readonly unchanged: number;
}

/** SQL of a name as it is compared. */
const keyOf = (name: string) => `lower(${name} COLLATE "und-x-icu") COLLATE "C"`;

/** SQL of the names of the tags of the item `i`, in the order of the API. */
const TAGS = `ARRAY(SELECT t.name FROM item_tags l JOIN tags t ON t.id = l.tag_id WHERE l.item_id = i.id ORDER BY lower(t.name), t.id)`;

/** SQL of the items `i` that the rows `r` are about. `lockItems` has noted them. */
const JOIN_ITEMS = 'import_items x ON x.sku = r.sku LEFT JOIN items i ON i.id = x.item_id';

/** SQL of the good rows `r` of the import $1. */
const GOOD_ROWS = 'r.import_id = $1 AND r.faults IS NULL';

/** SQL that is true for rows `r` in lines $2 to $3. */
const IN_LINES = 'r.line BETWEEN $2 AND $3';

/** SQL of the good rows `r` of the import $1 in these lines, with their items `i`. @param joined SQL of more about them */
const rowsAndItems = (joined = '') =>
  `import_rows r LEFT JOIN ${JOIN_ITEMS}${joined} WHERE ${GOOD_ROWS} AND ${IN_LINES}`;

/** SQL of the names of the tags that the row `r` gives to its item, in the order of the API. */
const NEW_TAGS = `ARRAY(SELECT k.name FROM (SELECT DISTINCT ${keyOf('label')} AS key FROM unnest(r.tags) AS label) AS labels
  JOIN import_tags k USING (key) ORDER BY lower(k.name), k.tag_id)`;

/** SQL of what a preview looks at: the rows `r` with their items `i` and the names of tags `t`, worked out once. */
const withNames = ({ hasTags }: Pick<Import, 'hasTags'>) =>
  hasTags
    ? ` CROSS JOIN LATERAL (SELECT ${TAGS} AS old_tags, CASE WHEN r.tags IS NOT NULL THEN ${NEW_TAGS} END AS new_tags OFFSET 0) t`
    : '';

/** SQL that is true if the item `i` gets other tags than it has. A row without tags leaves them as they are. */
const TAGS_DIFFER = '(t.new_tags IS NOT NULL AND t.old_tags <> t.new_tags)';

/** SQL that is true if the row `r` says of the item `i` what is so already. */
function isSame({ hasTags, onExisting }: Pick<Import, 'hasTags' | 'onExisting'>): string {
  if (onExisting === 'skip') return 'true';
  const tags = hasTags ? ` AND NOT ${TAGS_DIFFER}` : '';
  return `(i.name = r.name AND i.price = r.price${tags})`;
}

/** SQL of the tags of the row `r`: their ids in ascending order. */
const TAG_IDS = `ARRAY(SELECT DISTINCT k.tag_id FROM unnest(r.tags) AS label
  JOIN import_tags k ON k.key = ${keyOf('label')} ORDER BY 1)`;

/** SQL that is true if the row `r` says of the item `i` something else than is so, and may change it. */
function isDifferent({ hasTags }: Pick<Import, 'hasTags'>): string {
  const tags = hasTags
    ? ` OR r.tags IS NOT NULL
         AND ARRAY(SELECT l.tag_id FROM item_tags l WHERE l.item_id = i.id ORDER BY 1) <> ${TAG_IDS}`
    : '';
  return `(i.name <> r.name OR i.price <> r.price${tags})`;
}

/** SQL of what a preview has of a row `r` and its item `i`. `findTags` comes before. */
function plannedOf(of: Pick<Import, 'hasTags' | 'onExisting'>) {
  const { hasTags } = of;
  const before = `jsonb_strip_nulls(jsonb_build_object(
    'name', CASE WHEN i.name <> r.name THEN i.name END,
    'price', CASE WHEN i.price <> r.price THEN trim_scale(i.price) END,
    'tags', ${hasTags ? `CASE WHEN i.id IS NOT NULL AND ${TAGS_DIFFER} THEN to_jsonb(t.old_tags) END` : 'NULL'}))`;
  const after = `jsonb_strip_nulls(jsonb_build_object(
    'name', CASE WHEN i.name IS DISTINCT FROM r.name THEN r.name END,
    'price', CASE WHEN i.price IS DISTINCT FROM r.price THEN trim_scale(r.price) END,
    'sku', CASE WHEN i.id IS NULL THEN r.sku END,
    'tags', ${hasTags ? `CASE WHEN i.id IS NULL OR ${TAGS_DIFFER} THEN to_jsonb(t.new_tags) END` : 'NULL'}))`;
  const unlessSame = (value: string) =>
    `CASE WHEN i.id IS NOT NULL AND ${isSame(of)} THEN '{}' ELSE ${value} END`;
  return {
    action: `CASE WHEN i.id IS NULL THEN 'insert' WHEN ${isSame(of)} THEN 'none' ELSE 'update' END`,
    before: unlessSame(before),
    after: unlessSame(after),
  };
}

/**
 * The SQL with which an import writes items, set-wise. The methods run in the transaction of the import, one after another.
 * `lines` are a part of the file, so that the progress can be told, and an import can be cancelled.
 */
@Injectable()
export class ItemWritesRepository {
  /**
   * Comes before statements over all rows of a file. They must not be planned as nested loops: PostgreSQL knows nothing of
   * rows that have just arrived, and expects few. They sort and join in memory, and nothing that runs once is compiled.
   */
  async prepareForAll(transaction: Executor): Promise<void> {
    await configure(transaction, {
      enable_nestloop: 'off',
      jit: 'off',
      work_mem: WORK_MEM,
    });
  }

  /**
   * Comes before statements over a part of the rows, whose items are found by index. The foreign keys of links are checked
   * with each part. Otherwise those of the whole file would be checked at the end, when the progress has long been full.
   */
  async prepareForParts(transaction: Executor): Promise<void> {
    await configure(transaction, { enable_nestloop: 'on' });
    await transaction.rows('SET CONSTRAINTS ALL IMMEDIATE');
  }

  /**
   * Renews the statistics that lists and exports are planned by. PostgreSQL does so by itself only when a tenth of the table
   * has changed, and until then it may take a store that was filled by an import for an empty one: an export of a million
   * items then takes 26 seconds instead of 3. Who does not own the tables gets a warning instead.
   */
  async renewStatistics(transaction: Executor): Promise<void> {
    await transaction.rows('ANALYZE (SKIP_LOCKED) items, tags, item_tags');
  }

  /** Makes the changes known as those of the import, and of who asked for it. */
  async setOrigin(
    transaction: Executor,
    { id }: Pick<Import, 'id'>,
    actorId: number,
    requestId: string,
  ): Promise<void> {
    await transaction.rows(
      `SELECT set_config('emporium.import_id', $1, true), set_config('emporium.actor_id', $2, true),
         set_config('emporium.request_id', $3, true)`,
      [String(id), String(actorId), requestId],
    );
  }

  /** Finds rows with an sku that an earlier row has, good or bad. */
  async markDuplicates(transaction: Executor, importId: number): Promise<void> {
    await transaction.planned(
      `UPDATE import_rows r SET faults = coalesce(r.faults, '[]') || jsonb_build_array(jsonb_build_object(
         'pointer', '/sku', 'message', 'is the same as in line ' || d.first))
       FROM (SELECT line, first_value(line) OVER same AS first FROM import_rows
         WHERE import_id = $1 AND sku IS NOT NULL WINDOW same AS (PARTITION BY sku ORDER BY line)) d
       WHERE r.import_id = $1 AND r.line = d.line AND d.line > d.first AND r.faults IS DISTINCT FROM '[]'`,
      [importId],
    );
  }

  /** Finds rows whose item exists, for `on_existing=fail`. */
  async markExisting(transaction: Executor, importId: number, storeId: number): Promise<void> {
    await transaction.planned(
      `UPDATE import_rows r SET faults = jsonb_build_array(jsonb_build_object(
         'pointer', '/sku', 'message', 'is the SKU of item ' || i.id))
       FROM items i WHERE r.import_id = $1 AND r.faults IS NULL AND i.store_id = $2 AND i.sku = r.sku`,
      [importId, storeId],
    );
  }

  /**
   * Writes what is wrong with the bad rows where it can be listed, at most `limit` faults. @returns the number of bad rows,
   * without those of which only the SKU is kept
   */
  async collectErrors(transaction: Executor, importId: number, limit: number): Promise<number> {
    await transaction.rows('DELETE FROM import_errors WHERE import_id = $1', [importId]);
    await transaction.planned(
      `INSERT INTO import_errors (import_id, line, pointer, message)
       SELECT $1::bigint, r.line, f.value->>'pointer', f.value->>'message'
       FROM import_rows r CROSS JOIN LATERAL jsonb_array_elements(r.faults) WITH ORDINALITY AS f (value, n)
       WHERE r.import_id = $1 AND r.faults IS NOT NULL ORDER BY r.line, f.n LIMIT $2`,
      [importId, limit],
    );
    const [row] = await transaction.rows(
      `SELECT count(*) FROM import_rows WHERE import_id = $1 AND faults <> '[]'`,
      [importId],
    );
    return Number(row?.[0]);
  }

  /**
   * Locks the items that the import is about, always in the order of their ids, to avoid deadlocks. They are noted in a table
   * of the transaction, whose size PostgreSQL knows: it takes a store that is being filled for an empty one, and would look
   * through all of it for each row. @returns their number
   */
  async lockItems(transaction: Executor, importId: number, storeId: number): Promise<number> {
    await transaction.planned(
      `CREATE TEMPORARY TABLE import_items ON COMMIT DROP AS
       SELECT i.sku, i.id AS item_id FROM items i WHERE i.store_id = $2
         AND i.sku IN (SELECT r.sku FROM import_rows r WHERE ${GOOD_ROWS} AND r.sku IS NOT NULL)
       ORDER BY i.id FOR NO KEY UPDATE`,
      [importId, storeId],
    );
    await transaction.rows('ALTER TABLE import_items ADD PRIMARY KEY (sku)');
    await transaction.rows('ANALYZE import_items');
    const [row] = await transaction.rows('SELECT count(*) FROM import_items');
    return Number(row?.[0]);
  }

  /** The lines of a file in parts of `size` rows. */
  async split(transaction: Executor, importId: number, size: number): Promise<Part[]> {
    const all = { column: 'line', rows: 'import_rows WHERE import_id = $1', values: [importId] };
    return split(transaction, all, size);
  }

  /** Writes what the import would do. */
  async plan(transaction: Executor, of: Import, { from, to }: Lines): Promise<Counts> {
    const { action, before, after } = plannedOf(of);
    const [row] = await transaction.planned(
      `WITH planned AS (
         SELECT r.line, i.id AS item_id, i.xmin::text AS version, ${action} AS action, ${before} AS before, ${after} AS after
         FROM ${rowsAndItems(withNames(of))}),
       written AS (
         INSERT INTO import_changes (import_id, line, action, item_id, version, before, after)
         SELECT $1, line, action, item_id, version, before, after FROM planned ORDER BY line RETURNING action)
       SELECT count(*) FILTER (WHERE action = 'insert'), count(*) FILTER (WHERE action = 'update'),
         count(*) FILTER (WHERE action = 'none') FROM written`,
      [of.id, from, to],
    );
    return countsOf(row);
  }

  /**
   * Finds the tags that items get, of which the store may have some. Of a name in several cases the first one of the file wins.
   * From here on the rows mean these tags, by their ids: somebody may rename a tag while the import runs, and nobody can
   * delete one.
   */
  async findTags(transaction: Executor, of: Import): Promise<void> {
    const join = of.onExisting === 'skip' ? ` LEFT JOIN ${JOIN_ITEMS}` : '';
    const isWritten = of.onExisting === 'skip' ? ' AND i.id IS NULL' : '';
    await transaction.planned(
      `CREATE TEMPORARY TABLE import_tags ON COMMIT DROP AS
       SELECT DISTINCT ON (${keyOf('label')}) ${keyOf('label')} AS key, label COLLATE "und-x-icu" AS name,
         $2::bigint AS store_id, NULL::bigint AS tag_id
       FROM (SELECT label COLLATE "C" AS label, min(r.line) AS line
         FROM import_rows r${join} CROSS JOIN unnest(r.tags) AS label WHERE ${GOOD_ROWS}${isWritten} GROUP BY 1) AS labels
       ORDER BY ${keyOf('label')}, line, label`,
      [of.id, of.storeId],
    );
    await transaction.rows('ALTER TABLE import_tags ADD PRIMARY KEY (key)');
    await lockTags(transaction);
    await transaction.rows('ANALYZE import_tags');
  }

  /** Makes the tags that the store does not have. */
  async makeTags(transaction: Executor): Promise<void> {
    // Another request can make a tag of a name, or give the name to one, between two statements.
    for (
      let missing = await countMissing(transaction);
      missing > 0;
      missing = await countMissing(transaction)
    ) {
      await transaction.rows(
        `INSERT INTO tags (name, store_id) SELECT name, store_id FROM import_tags WHERE tag_id IS NULL ORDER BY key
         ON CONFLICT (store_id, lower(name)) DO NOTHING`,
      );
      await lockTags(transaction);
    }
  }

  /** Changes the items of these lines that exist, and differ. Their links are changed with them. */
  async update(transaction: Executor, of: Import, { from, to }: Lines): Promise<Omit<Counts, 'inserted'>> {
    const values = [of.id, from, to];
    const [found] = await transaction.planned(
      `SELECT count(*) FROM ${rowsAndItems()} AND i.id IS NOT NULL`,
      values,
    );
    const existing = Number(found?.[0]);
    if (existing === 0 || of.onExisting === 'skip') return { updated: 0, unchanged: existing };
    const links = of.hasTags
      ? `, unlinked AS (
           DELETE FROM item_tags l USING differing n
           WHERE l.item_id = n.item_id AND n.has_tags AND l.tag_id <> ALL (n.tag_ids)),
         linked AS (
           INSERT INTO item_tags (item_id, tag_id, store_id)
           SELECT n.item_id, unnest(n.tag_ids), $4::bigint FROM differing n ON CONFLICT DO NOTHING)`
      : '';
    const [row] = await transaction.planned(
      `WITH differing AS MATERIALIZED (
         SELECT i.id AS item_id, r.name, r.price, r.tags IS NOT NULL AS has_tags, ${of.hasTags ? TAG_IDS : 'NULL'} AS tag_ids
         FROM ${rowsAndItems()} AND i.id IS NOT NULL AND ${isDifferent(of)}),
       changed AS (
         UPDATE items i SET name = n.name, price = n.price, updated_at = now() FROM differing n WHERE i.id = n.item_id
         RETURNING i.id)${links}
       SELECT count(*) FROM changed`,
      of.hasTags ? [...values, of.storeId] : values,
    );
    const updated = Number(row?.[0]);
    return { updated, unchanged: existing - updated };
  }

  /**
   * Creates the items of these lines that do not exist, with their links. @param someExist whether any of the file exist
   *
   * @returns their number
   */
  async insert(transaction: Executor, of: Import, { from, to }: Lines, someExist: boolean): Promise<number> {
    const rows = someExist
      ? `${rowsAndItems()} AND i.id IS NULL`
      : `import_rows r WHERE ${GOOD_ROWS} AND ${IN_LINES}`;
    const [row] = await transaction.planned(
      `WITH new AS MATERIALIZED (
         SELECT nextval(pg_get_serial_sequence('items', 'id')) AS item_id, n.* FROM (
           SELECT r.name, r.price, r.sku, r.tags FROM ${rows} ORDER BY r.line) AS n),
       created AS (
         INSERT INTO items (id, name, price, sku, store_id) OVERRIDING SYSTEM VALUE
         SELECT item_id, name, price, sku, $4 FROM new RETURNING id)${
           of.hasTags
             ? `,
       linked AS (
         INSERT INTO item_tags (item_id, tag_id, store_id)
         SELECT DISTINCT n.item_id, k.tag_id, $4::bigint
         FROM new n CROSS JOIN unnest(n.tags) AS label JOIN import_tags k ON k.key = ${keyOf('label')})`
             : ''
         }
       SELECT count(*) FROM created`,
      [of.id, from, to, of.storeId],
    );
    return Number(row?.[0]);
  }

  /** The ids of the changes of a preview in parts of `size`. */
  async splitPlan(transaction: Executor, importId: number, size: number): Promise<Part[]> {
    const all = { column: 'id', rows: 'import_changes WHERE import_id = $1', values: [importId] };
    return split(transaction, all, size);
  }

  /** The lines of a part of a preview that are no longer true, at most `limit`. The tags have been found. */
  async findOutdated(
    transaction: Executor,
    of: Import,
    { from, to }: Lines,
    limit: number,
  ): Promise<number[]> {
    const { action, before, after } = plannedOf(of);
    const rows = await transaction.planned(
      // PostgreSQL takes the part for very small, and would look through all of it for each change. Its rows are found by index.
      `SELECT c.line FROM import_changes c CROSS JOIN LATERAL (
         SELECT * FROM import_rows WHERE import_id = c.import_id AND line = c.line OFFSET 0) r
         LEFT JOIN ${JOIN_ITEMS}${withNames(of)}
       WHERE c.import_id = $1 AND c.id BETWEEN $2 AND $3
         AND ((i.id, i.xmin::text) IS DISTINCT FROM (c.item_id, c.version)
           OR (${action}, ${before}, ${after}) IS DISTINCT FROM (c.action, c.before, c.after))
       ORDER BY c.line LIMIT $4`,
      [of.id, from, to, limit],
    );
    return rows.map(([line]) => Number(line));
  }
}

/** Gives the names in `import_tags` their tags, which nobody can delete then, and the names as they are spelt there. */
async function lockTags(transaction: Executor): Promise<void> {
  await transaction.rows(
    `WITH found AS MATERIALIZED (
       SELECT t.id, t.name FROM tags t WHERE t.store_id = (SELECT store_id FROM import_tags LIMIT 1)
         AND lower(t.name) COLLATE "C" IN (SELECT key FROM import_tags WHERE tag_id IS NULL)
       ORDER BY t.id FOR KEY SHARE)
     UPDATE import_tags k SET tag_id = f.id, name = f.name FROM found f
     WHERE k.tag_id IS NULL AND k.key = lower(f.name) COLLATE "C"`,
  );
}

/** How many names in `import_tags` have no tag. */
async function countMissing(transaction: Executor): Promise<number> {
  const [row] = await transaction.rows('SELECT count(*) FROM import_tags WHERE tag_id IS NULL');
  return Number(row?.[0]);
}

function countsOf(row: readonly (string | null)[] = []): Counts {
  const [inserted, updated, unchanged] = row;
  return { inserted: Number(inserted), updated: Number(updated), unchanged: Number(unchanged) };
}

/** Changes settings of PostgreSQL until the transaction ends. */
async function configure(transaction: Executor, settings: Readonly<Record<string, string>>): Promise<void> {
  const calls = Object.entries(settings).map(([name, value]) => `set_config('${name}', '${value}', true)`);
  await transaction.rows(`SELECT ${calls.join(', ')}`);
}
