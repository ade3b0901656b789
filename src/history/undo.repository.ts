import { Injectable } from '@nestjs/common';
import { type Executor } from '../database/executor';
import { MAX_TAGS } from '../items/items.rules';

/** SQL of a member before and after the change `c`. */
const before = (member: string, type = 'text') => `(c.changes->'${member}'->>0)::${type}`;
const after = (member: string, type = 'text') => `(c.changes->'${member}'->>1)::${type}`;

/** SQL that puts the members of an update back, and the condition that they have not changed since. */
function restored(alias: string, members: Readonly<Record<string, string>>) {
  const entries = Object.entries(members);
  const set = entries.map(
    ([name, type]) =>
      `${name} = CASE WHEN c.changes ? '${name}' THEN ${before(name, type)} ELSE ${alias}.${name} END`,
  );
  const isUnchanged = entries.map(
    ([name, type]) =>
      `(NOT c.changes ? '${name}' OR ${alias}.${name} IS NOT DISTINCT FROM ${after(name, type)})`,
  );
  return { set: set.join(', '), isUnchanged: isUnchanged.join(' AND ') };
}

const STORE = restored('s', { name: 'text', owner_id: 'bigint' });
const ITEM = restored('i', { name: 'text', price: 'numeric', sku: 'text' });
const TAG = restored('t', { name: 'text' });

/** SQL of what was linked or unlinked together with the change `c`. */
const together = (action: 'link' | 'unlink') =>
  `changes c JOIN changes l ON l.store_id = c.store_id AND l.transaction_id = c.transaction_id
    AND l.resource = 'link' AND l.action = '${action}'`;
const LINKED_TAG = after('tag_id', 'bigint').replaceAll('c.', 'l.');
const UNLINKED_TAG = before('tag_id', 'bigint').replaceAll('c.', 'l.');

/** SQL of the links of the item `i` as the transaction of the change `c` made them. */
const TAGS_OF_CREATION = `ARRAY(SELECT ${LINKED_TAG} FROM changes l
  WHERE l.resource = 'link' AND l.action = 'link' AND l.resource_id = i.id AND l.transaction_id = c.transaction_id ORDER BY 1)`;

/**
 * The SQL that puts changes back. It is here and not in the repositories of the other features, because each statement
 * also compares what it writes with the change. A method with a boolean result tells whether nothing had changed since.
 */
@Injectable()
export class UndoRepository {
  async restoreStore(transaction: Executor, changeId: number): Promise<boolean> {
    return wrote(
      transaction,
      `UPDATE stores s SET ${STORE.set}, updated_at = now() FROM changes c
       WHERE c.id = $1 AND s.id = c.resource_id AND ${STORE.isUnchanged} RETURNING s.id`,
      changeId,
    );
  }

  async restoreItem(transaction: Executor, changeId: number): Promise<boolean> {
    return wrote(
      transaction,
      `UPDATE items i SET ${ITEM.set}, updated_at = now() FROM changes c
       WHERE c.id = $1 AND i.id = c.resource_id AND i.store_id = c.store_id AND ${ITEM.isUnchanged} RETURNING i.id`,
      changeId,
    );
  }

  async restoreTag(transaction: Executor, changeId: number): Promise<boolean> {
    return wrote(
      transaction,
      `UPDATE tags t SET ${TAG.set}, updated_at = now() FROM changes c
       WHERE c.id = $1 AND t.id = c.resource_id AND t.store_id = c.store_id AND ${TAG.isUnchanged} RETURNING t.id`,
      changeId,
    );
  }

  /** Deletes an item that is as it was created, with the tags that it got in the same transaction. */
  async deleteItem(transaction: Executor, changeId: number): Promise<boolean> {
    return wrote(
      transaction,
      `DELETE FROM items i USING changes c WHERE c.id = $1 AND i.id = c.resource_id AND ${ITEM.isUnchanged}
         AND ARRAY(SELECT tag_id FROM item_tags l WHERE l.item_id = i.id ORDER BY 1) = ${TAGS_OF_CREATION}
       RETURNING i.id`,
      changeId,
    );
  }

  /**
   * Deletes a tag that has the name it was created with, and the links that an undo of its deletion made with it; those of an
   * import are part of the import. It fails at `item_tags_tag_fkey` if an item carries it otherwise.
   */
  async deleteTag(transaction: Executor, changeId: number): Promise<boolean> {
    await transaction.rows(
      `WITH touched AS (
         UPDATE items SET updated_at = now() WHERE id IN (
           SELECT i.id FROM ${together('link')} AND ${LINKED_TAG} = c.resource_id
           JOIN items i ON i.id = l.resource_id AND i.store_id = c.store_id
           JOIN item_tags t ON t.item_id = i.id AND t.tag_id = c.resource_id
           WHERE c.id = $1 AND c.import_id IS NULL ORDER BY i.id FOR NO KEY UPDATE OF i)
         RETURNING id)
       DELETE FROM item_tags t USING touched, changes c
       WHERE c.id = $1 AND t.item_id = touched.id AND t.tag_id = c.resource_id`,
      [changeId],
    );
    const deleted = await wrote(
      transaction,
      `DELETE FROM tags t USING changes c WHERE c.id = $1 AND t.id = c.resource_id AND ${TAG.isUnchanged} RETURNING t.id`,
      changeId,
    );
    await transaction.rows('SET CONSTRAINTS item_tags_tag_fkey IMMEDIATE');
    return deleted;
  }

  /** Creates a deleted item again, with its id and those of its tags that still exist. */
  async recreateItem(transaction: Executor, changeId: number): Promise<boolean> {
    const created = await wrote(
      transaction,
      `INSERT INTO items (id, name, price, sku, store_id, created_at) OVERRIDING SYSTEM VALUE
       SELECT c.resource_id, ${before('name')}, ${before('price', 'numeric')}, ${before('sku')}, c.store_id,
         ${before('created_at', 'timestamptz')}
       FROM changes c WHERE c.id = $1 ON CONFLICT (id) DO NOTHING RETURNING id`,
      changeId,
    );
    if (!created) return false;
    await transaction.rows(
      `INSERT INTO item_tags (item_id, tag_id, store_id)
       SELECT c.resource_id, t.id, c.store_id
       FROM ${together('unlink')} AND l.resource_id = c.resource_id
       JOIN tags t ON t.id = ${UNLINKED_TAG} AND t.store_id = c.store_id
       WHERE c.id = $1 ORDER BY t.id FOR KEY SHARE OF t`,
      [changeId],
    );
    return true;
  }

  /** Creates a deleted tag again, with its id and its links to those items that still exist and have room for a tag. */
  async recreateTag(transaction: Executor, changeId: number): Promise<boolean> {
    const created = await wrote(
      transaction,
      `INSERT INTO tags (id, name, store_id, created_at) OVERRIDING SYSTEM VALUE
       SELECT c.resource_id, ${before('name')}, c.store_id, ${before('created_at', 'timestamptz')}
       FROM changes c WHERE c.id = $1 ON CONFLICT (id) DO NOTHING RETURNING id`,
      changeId,
    );
    if (!created) return false;
    // The tags are part of an item's response, so linking changes the item.
    await transaction.rows(
      `WITH touched AS (
         UPDATE items SET updated_at = now() WHERE id IN (
           SELECT i.id FROM ${together('unlink')} AND ${UNLINKED_TAG} = c.resource_id
           JOIN items i ON i.id = l.resource_id AND i.store_id = c.store_id
           WHERE c.id = $1 AND (SELECT count(*) FROM item_tags WHERE item_id = i.id) < ${MAX_TAGS}
           ORDER BY i.id FOR NO KEY UPDATE OF i)
         RETURNING id)
       INSERT INTO item_tags (item_id, tag_id, store_id)
       SELECT touched.id, c.resource_id, c.store_id FROM touched, changes c WHERE c.id = $1`,
      [changeId],
    );
    return true;
  }
}

/** Whether a statement about a change wrote a row. */
async function wrote(transaction: Executor, text: string, changeId: number): Promise<boolean> {
  return (await transaction.rows(text, [changeId])).length > 0;
}
