import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type EntityManager, type Repository } from 'typeorm';
import { type Caller, isOwnerOrAdmin } from '../common/access';
import { FORBIDDEN, Problem } from '../common/problems/problem';
import { retryOnContention } from '../database/errors';
import { TAG_NOT_FOUND } from '../tags/tags.problems';
import { type LinkTagsDto } from './dto/link-tags.dto';
import { ItemTag } from './item-tag.entity';
import { ITEM_NOT_FOUND, TAG_OF_ANOTHER_STORE, TOO_MANY_TAGS } from './items.problems';

const MAX_TAGS = 100;

/** The links between items and tags. */
@Injectable()
export class ItemTagsService {
  constructor(@InjectRepository(ItemTag) private readonly links: Repository<ItemTag>) {}

  /**
   * Links all of the tags or none; those that are linked stay.
   *
   * @throws Problem `item_not_found`, `tag_not_found`, `forbidden`, `tag_of_another_store`, `too_many_tags`
   */
  async linkTags(itemId: number, { tags }: LinkTagsDto, caller: Caller): Promise<void> {
    await retryOnContention(() =>
      this.links.manager.transaction(async (manager) => {
        const { storeId, ownerId } = await lockItem(manager, itemId);
        await checkTags(manager, tags, storeId, () => {
          if (!isOwnerOrAdmin(caller, ownerId)) throw new Problem(FORBIDDEN);
        });
        await link(manager, itemId, storeId, tags);
      }),
    );
  }

  /** @throws Problem `item_not_found`, `tag_not_found` where not linked, `forbidden` */
  async unlinkTag(itemId: number, tagId: number, caller: Caller): Promise<void> {
    await retryOnContention(() =>
      this.links.manager.transaction(async (manager) => {
        const { ownerId } = await lockItem(manager, itemId);
        if (!(await manager.existsBy(ItemTag, { itemId, tagId }))) {
          throw new Problem(TAG_NOT_FOUND, { detail: 'The item does not carry this tag.' });
        }
        if (!isOwnerOrAdmin(caller, ownerId)) throw new Problem(FORBIDDEN);
        await manager.delete(ItemTag, { itemId, tagId });
        await touchItem(manager, itemId);
      }),
    );
  }
}

/** Holds the item, so that its links are counted and changed by one request at a time, and its store. */
async function lockItem(
  manager: EntityManager,
  itemId: number,
): Promise<{ storeId: number; ownerId: number }> {
  const [item] = await manager.query<{ storeId: number; ownerId: number }[]>(
    `SELECT s.id AS "storeId", s.owner_id AS "ownerId" FROM items i JOIN stores s ON s.id = i.store_id
     WHERE i.id = $1 FOR KEY SHARE OF s FOR NO KEY UPDATE OF i`,
    [itemId],
  );
  if (!item) throw new Problem(ITEM_NOT_FOUND);
  return item;
}

/** Holds the tags too, in one order for everybody. An unknown tag is told first, then a caller who may not. */
async function checkTags(manager: EntityManager, tags: number[], storeId: number, checkCaller: () => void) {
  const rows = await manager.query<{ id: number; storeId: number }[]>(
    'SELECT id, store_id AS "storeId" FROM tags WHERE id = ANY ($1) ORDER BY id FOR KEY SHARE',
    [tags],
  );
  const storeOf = new Map(rows.map((row) => [row.id, row.storeId]));
  const unknown = tags.find((id) => !storeOf.has(id));
  if (unknown !== undefined) throw new Problem(TAG_NOT_FOUND, { detail: `There is no tag ${unknown}.` });
  checkCaller();
  const errors = tags.flatMap((id, index) =>
    storeOf.get(id) === storeId ? [] : [{ pointer: `/tags/${index}`, message: 'belongs to another store' }],
  );
  if (errors.length > 0) throw new Problem(TAG_OF_ANOTHER_STORE, { errors });
}

async function link(manager: EntityManager, itemId: number, storeId: number, tags: number[]): Promise<void> {
  const added = await manager.query<unknown[]>(
    `INSERT INTO item_tags (item_id, tag_id, store_id) SELECT DISTINCT $1::bigint, tag_id, $2::bigint
     FROM unnest($3::bigint[]) AS tag_id ON CONFLICT DO NOTHING RETURNING tag_id`,
    [itemId, storeId, tags],
  );
  if (added.length === 0) return;
  if ((await manager.countBy(ItemTag, { itemId })) > MAX_TAGS) throw new Problem(TOO_MANY_TAGS);
  await touchItem(manager, itemId);
}

async function touchItem(manager: EntityManager, itemId: number): Promise<void> {
  await manager.query('UPDATE items SET updated_at = now() WHERE id = $1', [itemId]);
}
