import { Injectable } from '@nestjs/common';
import { isWritableBy, type Writable } from '../../common/write-as';
import { type Executor } from '../../database/executor';
import { Values } from '../../database/values';
import { MAX_PRICE, MAX_TAGS } from '../../items/items.rules';
import { type Narrowing } from '../../reads/list/narrowing';
import { type Import } from '../import.entity';
import { type Lines } from '../item-writes.repository';
import { type Edit } from './edit';
import { changedPrice } from './price-sql';

/** What is known of a new edit. */
export type NewEdit = Pick<Import, 'actorId' | 'requestId' | 'onError' | 'dryRun'> & { edit: Edit };

export type EditCounts = Pick<Import, 'rows' | 'updated' | 'deleted' | 'unchanged' | 'failed'>;

/** Labels as the index of tags has them. */
const key = (label: string) => `lower(${label} COLLATE "und-x-icu")`;

const TAGS_OF_ITEM = 'item_tags l JOIN tags t ON t.id = l.tag_id WHERE l.item_id = m.id';

/** SQL of the given tags, in the spelling that the store has. @param store and `names` are parameters */
const givenTags = (store: string, names: string) => `SELECT DISTINCT ON (${key('label')})
    coalesce(t.name, label) COLLATE "und-x-icu" AS name
  FROM unnest(${names}::text[]) WITH ORDINALITY AS given (label, n)
  LEFT JOIN tags t ON t.store_id = ${store} AND lower(t.name) = ${key('label')}
  ORDER BY ${key('label')}, n`;

const IS_PRICE_BAD = `new_price NOT BETWEEN 0 AND ${MAX_PRICE}`;
const ARE_TAGS_BAD = `cardinality(new_tags) > ${MAX_TAGS}`;

/** SQL of the members that differ, with these values. */
const differing = (price: string, tags: string) =>
  `CASE WHEN price <> new_price THEN jsonb_build_object('price', trim_scale(${price})) ELSE '{}'::jsonb END
        || CASE WHEN old_tags <> new_tags THEN jsonb_build_object('tags', to_jsonb(${tags})) ELSE '{}'::jsonb END`;

/** SQL of what happens to each item, as a preview has it. */
const PLANNED = `SELECT line, action, item_id, version,
    CASE action
      WHEN 'delete' THEN jsonb_build_object(
        'name', name, 'price', trim_scale(price), 'sku', sku, 'tags', to_jsonb(old_tags))
      WHEN 'update' THEN ${differing('price', 'old_tags')} ELSE '{}'::jsonb
    END AS before,
    CASE action WHEN 'update' THEN ${differing('new_price', 'new_tags')} ELSE '{}'::jsonb END AS after
  FROM edited_items`;

/**
 * The SQL of edits of many items, set-wise. `collect` works out everything first, in a temporary table of the transaction:
 * a preview shows it, and the other methods write it, so both are the same.
 */
@Injectable()
export class EditWritesRepository {
  /** Makes an edit that waits for its job. @returns its id; undefined if the caller may not change the store */
  async insert(
    executor: Executor,
    { id, caller }: Writable,
    { actorId, requestId, onError, dryRun, edit }: NewEdit,
  ): Promise<number | undefined> {
    const { add, list } = new Values();
    const columns = [actorId, requestId, onError, dryRun, JSON.stringify(edit)].map(add);
    const [row] = await executor.rows(
      `WITH made AS (
         INSERT INTO imports (store_id, state, on_existing, actor_id, request_id, on_error, dry_run, edit)
         SELECT s.id, 'queued', 'update', ${columns.join(', ')} FROM stores s
         WHERE s.id = ${add(id)} AND ${isWritableBy(caller, add)} RETURNING id)
       INSERT INTO import_progress (import_id) SELECT id FROM made RETURNING import_id`,
      list,
    );
    return row && Number(row[0]);
  }

  /** Locks the tags that are named, against renaming too, always in the order of their ids, to avoid deadlocks. */
  async lockTags(transaction: Executor, storeId: number, names: readonly string[]): Promise<void> {
    await transaction.planned(
      `SELECT id FROM tags WHERE store_id = $1 AND lower(name) IN (SELECT ${key('label')} FROM unnest($2::text[]) AS label)
       ORDER BY id FOR SHARE`,
      [storeId, names],
    );
  }

  /**
   * Locks the items that are asked for, always in the order of their ids, to avoid deadlocks, and works out what happens to
   * each.
   */
  async collect(
    transaction: Executor,
    storeId: number,
    change: Edit['change'],
    { all, value, values }: Narrowing,
  ): Promise<void> {
    const isDeletion = change.delete === true;
    const matching = `items i WHERE ${all.join(' AND ')} ORDER BY i.id FOR ${isDeletion ? 'UPDATE' : 'NO KEY UPDATE'} OF i`;
    const run = (text: string) => transaction.planned(...values.statement(text));
    // What was written while this waited for a lock is seen only by the next statement.
    await run(`SELECT count(*) FROM (SELECT FROM ${matching}) AS locked`);

    const hasTags = change.add_tags !== undefined || change.remove_tags !== undefined;
    const added = value(change.add_tags ?? []);
    const removed = value(change.remove_tags ?? []);
    const newTags = `ARRAY(SELECT name FROM (
        SELECT t.name FROM ${TAGS_OF_ITEM}
          AND lower(t.name) <> ALL (ARRAY(SELECT ${key('label')} FROM unnest(${removed}::text[]) AS label))
        UNION SELECT name FROM added) AS labels ORDER BY lower(name), name)`;
    const [none, old] = [
      `'{}'::text[]`,
      `ARRAY(SELECT t.name FROM ${TAGS_OF_ITEM} ORDER BY lower(t.name), t.id)`,
    ];
    const action = isDeletion
      ? `'delete'`
      : `CASE WHEN ${IS_PRICE_BAD} OR ${ARE_TAGS_BAD} THEN 'failed'
         WHEN price = new_price AND old_tags = new_tags THEN 'none' ELSE 'update' END`;
    await run(
      `CREATE TEMPORARY TABLE edited_items ON COMMIT DROP AS
       WITH matching AS MATERIALIZED (SELECT i.id, i.xmin::text AS version, i.name, i.sku, i.price FROM ${matching}),
       added AS MATERIALIZED (${givenTags(value(storeId), added)})
       SELECT *, ${action} AS action FROM (
         SELECT row_number() OVER (ORDER BY m.id) AS line, m.id AS item_id, m.version, m.name, m.sku, m.price,
           ${change.price ? changedPrice('m.price', change.price, value) : 'm.price'} AS new_price,
           ${hasTags || isDeletion ? old : none} AS old_tags, ${hasTags ? newTags : none} AS new_tags
         FROM matching m) AS items`,
    );
    await transaction.rows('ALTER TABLE edited_items ADD PRIMARY KEY (line)');
    await transaction.rows('ANALYZE edited_items');
  }

  async count(transaction: Executor): Promise<EditCounts> {
    const [row = []] = await transaction.planned(
      `SELECT count(*), count(*) FILTER (WHERE action = 'failed'), count(*) FILTER (WHERE action = 'update'),
         count(*) FILTER (WHERE action = 'delete'), count(*) FILTER (WHERE action = 'none')
       FROM edited_items`,
      [],
    );
    const [rows = 0, failed = 0, updated = 0, deleted = 0, unchanged = 0] = row.map(Number);
    return { rows, failed, updated, deleted, unchanged };
  }

  /** Writes for which items the change is not possible, at most `limit` errors. */
  async collectErrors(transaction: Executor, importId: number, limit: number): Promise<void> {
    await transaction.planned(
      `INSERT INTO import_errors (import_id, line, pointer, message)
       SELECT $1::bigint, line, pointer, message FROM (
         SELECT line, '/price' AS pointer, 'of item ' || item_id || ' would be ' || trim_scale(new_price)
           || ', and must be from 0 to ${MAX_PRICE}' AS message FROM edited_items WHERE ${IS_PRICE_BAD}
         UNION ALL SELECT line, '/tags', 'of item ' || item_id || ' would be ' || cardinality(new_tags)
           || ', and must be at most ${MAX_TAGS}' FROM edited_items WHERE ${ARE_TAGS_BAD}
       ) AS faults ORDER BY line, pointer LIMIT $2`,
      [importId, limit],
    );
  }

  /** Writes what the edit would do. */
  async plan(transaction: Executor, importId: number): Promise<void> {
    await transaction.planned(
      `INSERT INTO import_changes (import_id, line, action, item_id, version, before, after)
       SELECT $1::bigint, line, action, item_id, version, before, after FROM (${PLANNED}) AS planned ORDER BY line`,
      [importId],
    );
  }

  /** The items to which something else would happen now than a preview says, at most `limit`. */
  async findOutdated(transaction: Executor, importId: number, limit: number): Promise<number[]> {
    const rows = await transaction.planned(
      `SELECT coalesce(n.item_id, c.item_id) FROM (${PLANNED}) AS n
         FULL JOIN (SELECT * FROM import_changes WHERE import_id = $1) AS c ON c.item_id = n.item_id
       WHERE n.item_id IS NULL OR c.item_id IS NULL
         OR (n.version, n.action, n.before, n.after) IS DISTINCT FROM (c.version, c.action, c.before, c.after)
       ORDER BY 1 LIMIT $2`,
      [importId, limit],
    );
    return rows.map(([id]) => Number(id));
  }

  /** Makes the tags that items get and the store does not have. */
  async createTags(transaction: Executor, storeId: number, names: readonly string[]): Promise<void> {
    await transaction.planned(
      `INSERT INTO tags (name, store_id) SELECT name, $1::bigint FROM (${givenTags('$1', '$2')}) AS given
       WHERE EXISTS (SELECT FROM edited_items WHERE action <> 'failed') ON CONFLICT (store_id, lower(name)) DO NOTHING`,
      [storeId, names],
    );
  }

  async update(transaction: Executor, { from, to }: Lines): Promise<void> {
    await transaction.planned(
      `UPDATE items i SET price = e.new_price, updated_at = now() FROM edited_items e
       WHERE e.line BETWEEN $1 AND $2 AND e.action = 'update' AND i.id = e.item_id`,
      [from, to],
    );
  }

  /** Changes the links of the items: of the tags that are named, which are locked, and of no others. */
  async link(
    transaction: Executor,
    storeId: number,
    { added, removed }: { added: readonly string[]; removed: readonly string[] },
    { from, to }: Lines,
  ): Promise<void> {
    const isChanged = `e.line BETWEEN $1 AND $2 AND e.action = 'update'`;
    const named = (names: string) =>
      `lower(t.name) IN (SELECT ${key('label')} FROM unnest(${names}::text[]) AS label)`;
    await transaction.planned(
      `DELETE FROM item_tags l USING edited_items e, tags t
       WHERE ${isChanged} AND l.item_id = e.item_id AND t.id = l.tag_id AND ${named('$3')} AND NOT ${named('$4')}`,
      [from, to, removed, added],
    );
    await transaction.planned(
      `INSERT INTO item_tags (item_id, tag_id, store_id) SELECT e.item_id, t.id, $3::bigint
       FROM edited_items e JOIN tags t ON t.store_id = $3 AND ${named('$4')} WHERE ${isChanged} ON CONFLICT DO NOTHING`,
      [from, to, storeId, added],
    );
  }

  /** Deletes the items. First their links, in one statement, which the foreign key would do item by item. */
  async delete(transaction: Executor, { from, to }: Lines): Promise<void> {
    for (const [table, id] of [
      ['item_tags', 'item_id'],
      ['items', 'id'],
    ] as const) {
      await transaction.planned(
        `DELETE FROM ${table} d USING edited_items e WHERE e.line BETWEEN $1 AND $2 AND d.${id} = e.item_id`,
        [from, to],
      );
    }
  }
}
