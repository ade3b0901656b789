import { Injectable } from '@nestjs/common';
import { type Caller } from '../common/access';
import { onConstraint } from '../common/problems/on-constraint';
import { FORBIDDEN, Problem } from '../common/problems/problem';
import { checkOwner } from '../common/write-as';
import { type Executor } from '../database/executor';
import { ItemTagsService } from '../items/item-tags.service';
import { ITEM_NOT_FOUND, SKU_TAKEN, TAG_OF_ANOTHER_STORE } from '../items/items.problems';
import { type Resource } from '../reads/row-shape';
import { STORE_NAME_TAKEN } from '../stores/stores.problems';
import { TAG_IN_USE, TAG_NAME_TAKEN, TAG_NOT_FOUND } from '../tags/tags.problems';
import { ChangesRepository, type UndoableChange } from './changes.repository';
import { type ChangeDto } from './dto/change.dto';
import { CHANGE_NOT_FOUND, CHANGED_SINCE, UNDO_NOT_POSSIBLE } from './history.problems';
import { UndoRepository } from './undo.repository';

/** The constraints that keep an old state from coming back. */
const CONFLICTS = {
  stores_owner_id_name_key: STORE_NAME_TAKEN,
  stores_owner_id_fkey: CHANGED_SINCE,
  items_store_id_sku_key: SKU_TAKEN,
  tags_store_id_name_key: TAG_NAME_TAKEN,
  item_tags_tag_fkey: TAG_IN_USE,
};

/** What a link needs, and may be gone. */
const GONE: readonly unknown[] = [ITEM_NOT_FOUND, TAG_NOT_FOUND, TAG_OF_ANOTHER_STORE];

type Undo = (transaction: Executor, change: UndoableChange, caller: Caller) => Promise<boolean>;

/** Puts single changes back. Each undo is a change of its own, so it can be undone too. */
@Injectable()
export class UndoService {
  constructor(
    private readonly changes: ChangesRepository,
    private readonly undos: UndoRepository,
    private readonly links: ItemTagsService,
  ) {}

  /**
   * @returns the change that this made
   * @throws Problem `change_not_found`, `forbidden`, `changed_since`, `undo_not_possible`, `sku_taken`,
   *   `store_name_taken`, `tag_name_taken`, `tag_in_use`, `too_many_tags`
   */
  async undo(executor: Executor, id: number, caller: Caller): Promise<Resource<ChangeDto>> {
    return executor.transaction(async (transaction) => {
      const change = await this.changes.findUndoable(transaction, id);
      if (!change) throw new Problem(CHANGE_NOT_FOUND);
      checkOwner(caller, change.ownerId);
      const isDone = await this.undoOf(change)(transaction, change, caller).catch((error: unknown) => {
        throw onConstraint(error, CONFLICTS);
      });
      const own = isDone ? await this.changes.findOwn(transaction, change) : undefined;
      if (!own) throw new Problem(CHANGED_SINCE);
      return own;
    });
  }

  private undoOf({ resource, action }: UndoableChange): Undo {
    const { undos } = this;
    const by: Readonly<Record<string, Undo>> = {
      'store update': this.restoreStore,
      'item create': (transaction, { id }) => undos.deleteItem(transaction, id),
      'item update': (transaction, { id }) => undos.restoreItem(transaction, id),
      'item delete': (transaction, { id }) => undos.recreateItem(transaction, id),
      'tag create': (transaction, { id }) => undos.deleteTag(transaction, id),
      'tag update': (transaction, { id }) => undos.restoreTag(transaction, id),
      'tag delete': (transaction, { id }) => undos.recreateTag(transaction, id),
      'link link': this.unlink,
      'link unlink': this.link,
    };
    const undo = by[`${resource} ${action}`];
    if (!undo) throw new Problem(UNDO_NOT_POSSIBLE);
    return undo;
  }

  private readonly restoreStore: Undo = async (transaction, { id, hasNewOwner }, { role }) => {
    if (hasNewOwner && role !== 'admin') {
      throw new Problem(FORBIDDEN, { detail: 'Only an admin may give a store to another user.' });
    }
    return this.undos.restoreStore(transaction, id);
  };

  private readonly link: Undo = (executor, { resourceId, tagId }, caller) =>
    unlessGone(this.links.linkTags({ executor, id: resourceId, caller }, { tags: [tagId] }));

  private readonly unlink: Undo = (executor, { resourceId, tagId }, caller) =>
    unlessGone(this.links.unlinkTag({ executor, id: resourceId, caller }, tagId));
}

async function unlessGone(writing: Promise<unknown>): Promise<boolean> {
  try {
    await writing;
    return true;
  } catch (error) {
    if (error instanceof Problem && GONE.includes(error.type)) return false;
    throw error;
  }
}
