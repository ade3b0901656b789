import { Injectable } from '@nestjs/common';
import { type Executor } from '../database/executor';
import { type Import } from './import.entity';
import { type Part, split } from './parts';

/** SQL of the changes that the import $1 made, in the transaction $2. */
const MADE = 'import_id = $1 AND transaction_id = $2';

/**
 * SQL of the changes `c` that the import made of items from $3 to $4. They are found by the index of the items, one item after
 * another. PostgreSQL would read all changes of the import, or even of all stores, for each part.
 */
const madeInPart = (items: string) => `(
  SELECT c.* FROM undone_items u CROSS JOIN LATERAL (
    SELECT * FROM changes WHERE resource_id = u.id AND import_id + 0 = $1 AND transaction_id = $2 OFFSET 0) c
  WHERE u.id BETWEEN $3 AND $4 AND NOT u.is_conflict AND ${items}) c`;
const DELETED = madeInPart('u.is_deleted');
const OLD = madeInPart('NOT u.is_new');

/** SQL of the changes `c` of the item of `u` that came after the import. */
const LATER = `c.resource_id = u.id AND c.transaction_id <> $2 AND c.id > (SELECT min(id) FROM changes WHERE ${MADE})`;

/** SQL that is true if the item of `u` exists, and is not as it was before the first later change of each member. */
const IS_OTHER = `EXISTS (
  SELECT FROM items i, (
    SELECT DISTINCT ON (m.key) m.key, m.value->0 AS old FROM changes c, jsonb_each(c.changes) m
    WHERE ${LATER} AND c.resource = 'item' ORDER BY m.key, c.id) AS first
  WHERE i.id = u.id AND old <> coalesce(
    CASE key WHEN 'name' THEN to_jsonb(i.name) WHEN 'price' THEN to_jsonb(i.price) WHEN 'sku' THEN to_jsonb(i.sku) ELSE old END, 'null'))`;

/** SQL that is true if later changes have linked a tag to the item of `u` for good, or removed one. */
const HAS_OTHER_TAGS = `EXISTS (
  SELECT FROM changes c WHERE ${LATER} AND c.resource = 'link'
  GROUP BY coalesce(c.changes->'tag_id'->>1, c.changes->'tag_id'->>0)
  HAVING count(*) FILTER (WHERE c.action = 'link') <> count(*) FILTER (WHERE c.action = 'unlink'))`;

/**
 * The SQL that takes an import back, set-wise, from what the history says that it did. The methods run in one transaction,
 * in this order.
 */
@Injectable()
export class ImportUndoRepository {
  /**
   * Whether the history still has all that the import changed. @param days how long it is kept: what is older is removed a
   * few rows at a time, so those that are left prove nothing
   */
  async isKept(
    transaction: Executor,
    { id, transactionId }: Import,
    changedItems: number,
    days: number,
  ): Promise<boolean> {
    const [row] = await transaction.planned(
      `SELECT count(DISTINCT resource_id), coalesce(min(at) > now() - $3 * interval '1 day', true) FROM changes
       WHERE ${MADE} AND resource IN ('item', 'link')`,
      [id, transactionId, days],
    );
    return Number(row?.[0]) >= changedItems && row?.[1] === 't';
  }

  /**
   * Notes the items that the import touched, and locks them in the order of their ids. An item is a conflict if somebody
   * has changed it or its links since, unless it is again as the import left it, or deleted it; one that the import deleted,
   * if it is back, or another has its SKU; one that would get a tag back, if the tag is gone.
   *
   * @returns how many items there are
   */
  async collect(transaction: Executor, { id, transactionId }: Import): Promise<number> {
    await transaction.planned(
      `CREATE TEMPORARY TABLE undone_items ON COMMIT DROP AS
       SELECT c.resource_id AS id, bool_or(c.action = 'create') AS is_new, bool_or(c.action = 'delete') AS is_deleted,
         false AS is_conflict
       FROM changes c WHERE ${MADE} AND c.resource IN ('item', 'link') GROUP BY c.resource_id`,
      [id, transactionId],
    );
    await transaction.rows('ALTER TABLE undone_items ADD PRIMARY KEY (id)');
    // Statements are planned by how many items there are.
    await transaction.rows('ANALYZE undone_items');
    const [row] = await transaction.planned(
      `SELECT (SELECT count(*) FROM undone_items), count(*)
       FROM (SELECT FROM items WHERE id IN (SELECT id FROM undone_items) ORDER BY id FOR UPDATE) AS locked`,
      [],
    );
    // The tags that return: nobody can delete one from here on.
    await transaction.planned(
      `SELECT count(*) FROM (
         SELECT FROM tags t WHERE t.id IN (
           SELECT (changes->'tag_id'->>0)::bigint FROM changes WHERE ${MADE} AND action = 'unlink')
         ORDER BY t.id FOR KEY SHARE) AS locked`,
      [id, transactionId],
    );
    await transaction.planned(
      `UPDATE undone_items u SET is_conflict = true WHERE u.is_deleted = EXISTS (SELECT FROM items i WHERE i.id = u.id)
         OR u.is_deleted AND EXISTS (SELECT FROM changes c JOIN items i ON i.store_id = c.store_id AND i.sku = c.changes->'sku'->>0
           WHERE ${MADE} AND c.resource = 'item' AND c.action = 'delete' AND c.resource_id = u.id)
         OR EXISTS (SELECT FROM changes c WHERE ${MADE} AND c.resource_id = u.id AND c.action = 'unlink'
           AND NOT EXISTS (SELECT FROM tags t WHERE t.id = (c.changes->'tag_id'->>0)::bigint))
         OR EXISTS (SELECT FROM changes c WHERE ${LATER} AND c.resource IN ('item', 'link')) AND (${IS_OTHER} OR ${HAS_OTHER_TAGS})`,
      [id, transactionId],
    );
    return Number(row?.[0]);
  }

  /** @returns how many conflicts there are, and the first ones */
  async findConflicts(transaction: Executor, limit: number): Promise<{ count: number; first: number[] }> {
    const rows = await transaction.planned(
      'SELECT count(*) OVER (), id FROM undone_items WHERE is_conflict ORDER BY id LIMIT $1',
      [limit],
    );
    return { count: Number(rows[0]?.[0] ?? 0), first: rows.map(([, id]) => Number(id)) };
  }

  /** Lists the items that were left alone among the errors of the import, at most `limit`. */
  async listConflicts(transaction: Executor, { id }: Import, limit: number): Promise<void> {
    await transaction.planned(
      `INSERT INTO import_errors (import_id, line, pointer, message)
       SELECT $1::bigint, 0, '', 'item ' || id || ' has changed since the import, and was left alone by the undo'
       FROM undone_items WHERE is_conflict ORDER BY id LIMIT $2`,
      [id, limit],
    );
  }

  /** The items that are taken back in parts of `size`. */
  async split(transaction: Executor, size: number): Promise<Part[]> {
    const all = { column: 'id', rows: 'undone_items WHERE NOT is_conflict', values: [] };
    return split(transaction, all, size);
  }

  /** Deletes the items that the import created, and their links. */
  async deleteNew(transaction: Executor, { from, to }: Part): Promise<void> {
    await transaction.planned(
      `DELETE FROM items i USING undone_items u
       WHERE i.id = u.id AND u.id BETWEEN $1 AND $2 AND u.is_new AND NOT u.is_conflict`,
      [from, to],
    );
  }

  /** Creates the items again that the import deleted, with their ids. Their links return with those of changed items. */
  async recreateDeleted(
    transaction: Executor,
    { id, transactionId }: Import,
    { from, to }: Part,
  ): Promise<void> {
    await transaction.planned(
      `INSERT INTO items (id, name, price, sku, store_id, created_at) OVERRIDING SYSTEM VALUE
       SELECT c.resource_id, c.changes->'name'->>0, (c.changes->'price'->>0)::numeric, c.changes->'sku'->>0, c.store_id,
         (c.changes->'created_at'->>0)::timestamptz
       FROM ${DELETED} WHERE c.resource = 'item' AND c.action = 'delete' ORDER BY c.resource_id`,
      [id, transactionId, from, to],
    );
  }

  /** Gives the items that it changed their former members and links. */
  async restoreOld(transaction: Executor, { id, transactionId }: Import, { from, to }: Part): Promise<void> {
    const values = [id, transactionId, from, to];
    await transaction.planned(
      `UPDATE items i SET updated_at = now(),
         name = CASE WHEN c.changes ? 'name' THEN c.changes->'name'->>0 ELSE i.name END,
         price = CASE WHEN c.changes ? 'price' THEN (c.changes->'price'->>0)::numeric ELSE i.price END
       FROM ${OLD} WHERE c.resource = 'item' AND c.action = 'update' AND i.id = c.resource_id`,
      values,
    );
    await transaction.planned(
      `DELETE FROM item_tags l USING ${OLD}
       WHERE c.action = 'link' AND l.item_id = c.resource_id AND l.tag_id = (c.changes->'tag_id'->>1)::bigint`,
      values,
    );
    await transaction.planned(
      `INSERT INTO item_tags (item_id, tag_id, store_id)
       SELECT c.resource_id, t.id, c.store_id FROM ${OLD} JOIN tags t
         ON t.id = (c.changes->'tag_id'->>0)::bigint AND t.store_id = c.store_id
       WHERE c.action = 'unlink'
       ON CONFLICT DO NOTHING`,
      values,
    );
    // The tags are part of an item's response, so a change of links alone is a change of the item.
    await transaction.planned(
      `UPDATE items i SET updated_at = now() FROM undone_items u
       WHERE i.id = u.id AND u.id BETWEEN $1 AND $2 AND NOT u.is_new AND NOT u.is_conflict
         AND i.xmin::text <> pg_current_xact_id()::xid::text`,
      [from, to],
    );
  }

  /**
   * Deletes the tags that the import made, unless something else carries them, or somebody has changed them since. They are
   * locked before, because a request that links one may not have ended.
   */
  async deleteTags(transaction: Executor, { id, transactionId }: Import): Promise<void> {
    await transaction.planned(
      `SELECT count(*) FROM (
         SELECT FROM tags t WHERE t.id IN (SELECT resource_id FROM changes WHERE ${MADE} AND resource = 'tag' AND action = 'create')
         ORDER BY t.id FOR UPDATE) AS locked`,
      [id, transactionId],
    );
    await transaction.planned(
      `DELETE FROM tags t USING changes c
       WHERE c.import_id = $1 AND c.transaction_id = $2 AND c.resource = 'tag' AND c.action = 'create' AND t.id = c.resource_id
         AND NOT EXISTS (SELECT FROM item_tags l WHERE l.tag_id = t.id)
         AND NOT EXISTS (SELECT FROM changes o WHERE o.resource_id = t.id AND o.resource = 'tag' AND o.id > c.id)`,
      [id, transactionId],
    );
  }
}
