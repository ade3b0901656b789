import { Injectable } from '@nestjs/common';
import { type Executor } from '../database/executor';
import { ItemTag } from './item-tag.entity';

/** The SQL of the links between items and tags. All methods run in the transaction that has locked the item. */
@Injectable()
export class ItemTagsRepository {
  /** Locks the item, so that only one request at a time counts and changes its links, and its store. */
  async lockItem(
    executor: Executor,
    itemId: number,
  ): Promise<{ storeId: number; ownerId: number } | undefined> {
    const [row] = await executor.rows(
      `SELECT s.id, s.owner_id FROM items i JOIN stores s ON s.id = i.store_id
       WHERE i.id = $1 FOR KEY SHARE OF s FOR NO KEY UPDATE OF i`,
      [itemId],
    );
    return row && { storeId: Number(row[0]), ownerId: Number(row[1]) };
  }

  /**
   * Locks the tags, always in the order of their ids, to avoid deadlocks. @returns the store of each tag that exists
   */
  async lockTags(executor: Executor, tagIds: readonly number[]): Promise<Map<number, number>> {
    const rows = await executor.rows(
      'SELECT id, store_id FROM tags WHERE id = ANY ($1) ORDER BY id FOR KEY SHARE',
      [tagIds],
    );
    return new Map(rows.map(([id, storeId]) => [Number(id), Number(storeId)]));
  }

  /** Locks the tags of the item against renaming. */
  async lockTagsOf(executor: Executor, itemId: number): Promise<void> {
    await executor.rows(
      `SELECT FROM item_tags l JOIN tags t ON t.id = l.tag_id WHERE l.item_id = $1
       ORDER BY t.id FOR SHARE OF t`,
      [itemId],
    );
  }

  /** @returns how many links are new */
  async insert(
    executor: Executor,
    itemId: number,
    storeId: number,
    tagIds: readonly number[],
  ): Promise<number> {
    const added = await executor.rows(
      `INSERT INTO item_tags (item_id, tag_id, store_id) SELECT DISTINCT $1::bigint, tag_id, $2::bigint
       FROM unnest($3::bigint[]) AS tag_id ON CONFLICT DO NOTHING RETURNING tag_id`,
      [itemId, storeId, tagIds],
    );
    return added.length;
  }

  async count(executor: Executor, itemId: number): Promise<number> {
    return executor.manager.countBy(ItemTag, { itemId });
  }

  async exists(executor: Executor, itemId: number, tagId: number): Promise<boolean> {
    return executor.manager.existsBy(ItemTag, { itemId, tagId });
  }

  async delete(executor: Executor, itemId: number, tagId: number): Promise<void> {
    await executor.manager.delete(ItemTag, { itemId, tagId });
  }

  /** The tags are part of the item's response, so linking changes `updated_at`. */
  async touchItem(executor: Executor, itemId: number): Promise<void> {
    await executor.rows('UPDATE items SET updated_at = now() WHERE id = $1', [itemId]);
  }
}
