import { Injectable } from '@nestjs/common';
import { Problem } from '../common/problems/problem';
import { checkOwner, type WriteRequest } from '../common/write-as';
import { type Executor } from '../database/executor';
import { type Resource } from '../reads/row-shape';
import { TAG_NOT_FOUND } from '../tags/tags.problems';
import { type ItemDto } from './dto/item.dto';
import { type LinkTagsDto } from './dto/link-tags.dto';
import { ItemTagsRepository } from './item-tags.repository';
import { ITEM_NOT_FOUND, TAG_OF_ANOTHER_STORE, TOO_MANY_TAGS } from './items.problems';
import { ItemsRepository } from './items.repository';
import { MAX_TAGS } from './items.rules';

/** The links between items and tags. */
@Injectable()
export class ItemTagsService {
  constructor(
    private readonly items: ItemsRepository,
    private readonly links: ItemTagsRepository,
  ) {}

  /**
   * Links all of the tags or none. Tags that are linked already stay linked.
   *
   * @throws Problem `item_not_found`, `tag_not_found`, `forbidden`, `precondition_failed`, `tag_of_another_store`,
   *   `too_many_tags`
   */
  async linkTags(request: WriteRequest, { tags }: LinkTagsDto): Promise<Resource<ItemDto>> {
    const { id: itemId, caller } = request;
    return request.executor.transaction(async (executor) => {
      const { storeId, ownerId } = await this.lockItem(executor, itemId);
      const storeOf = await this.links.lockTags(executor, tags);
      // The order of the refusals: an unknown tag, a caller who is not the owner, a tag of another store.
      const unknown = tags.find((id) => !storeOf.has(id));
      if (unknown !== undefined) throw new Problem(TAG_NOT_FOUND, { detail: `There is no tag ${unknown}.` });
      checkOwner(caller, ownerId);
      await this.checkPrecondition(executor, request);
      checkStore(tags, storeOf, storeId);

      const added = await this.links.insert(executor, itemId, storeId, tags);
      if (added > 0) {
        if ((await this.links.count(executor, itemId)) > MAX_TAGS) throw new Problem(TOO_MANY_TAGS);
        await this.links.touchItem(executor, itemId);
      }
      return this.findLocked(executor, itemId);
    });
  }

  /**
   * @throws Problem `item_not_found`, `tag_not_found` when the item does not carry the tag, `forbidden`,
   *   `precondition_failed`
   */
  async unlinkTag(request: WriteRequest, tagId: number): Promise<void> {
    const { id: itemId, caller } = request;
    await request.executor.transaction(async (executor) => {
      const { ownerId } = await this.lockItem(executor, itemId);
      if (!(await this.links.exists(executor, itemId, tagId))) {
        throw new Problem(TAG_NOT_FOUND, { detail: 'The item does not carry this tag.' });
      }
      checkOwner(caller, ownerId);
      await this.checkPrecondition(executor, request);
      await this.links.delete(executor, itemId, tagId);
      await this.links.touchItem(executor, itemId);
    });
  }

  private async checkPrecondition(executor: Executor, { id, precondition }: WriteRequest): Promise<void> {
    if (!precondition?.needsCheck) return;
    await this.links.lockTagsOf(executor, id);
    precondition.check((await this.findLocked(executor, id)).etag);
  }

  private async findLocked(executor: Executor, id: number): Promise<Resource<ItemDto>> {
    return (await this.items.find(executor, id)) as Resource<ItemDto>;
  }

  private async lockItem(executor: Executor, itemId: number): Promise<{ storeId: number; ownerId: number }> {
    const item = await this.links.lockItem(executor, itemId);
    if (!item) throw new Problem(ITEM_NOT_FOUND);
    return item;
  }
}

function checkStore(tags: readonly number[], storeOf: ReadonlyMap<number, number>, storeId: number): void {
  const errors = tags.flatMap((id, index) =>
    storeOf.get(id) === storeId ? [] : [{ pointer: `/tags/${index}`, message: 'belongs to another store' }],
  );
  if (errors.length > 0) throw new Problem(TAG_OF_ANOTHER_STORE, { errors });
}
