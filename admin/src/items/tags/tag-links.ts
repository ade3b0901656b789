import { isProblem } from 'emporium-client';
import { api, type Item, type Tag } from '../../api';
import { asUser } from '../../as-user';

/** The tag for an item of this store; undefined if there is none. */
export type TagOfStore = (storeId: number) => number | undefined;

/** Links a tag, unless the item has it already. Resolves with the item if it has changed. */
export function linkTag(itemId: number, tagOf: TagOfStore): Promise<Item | undefined> {
  return changeLinks(itemId, (item) => {
    const tagId = tagOf(item.store_id);
    if (tagId === undefined || hasTag(item, tagId)) return undefined;
    return api.items.linkTags({ id: itemId, body: { tags: [tagId] }, ifMatch: item });
  });
}

/** Unlinks a tag, if the item has it. Resolves with the item if it has changed. */
export function unlinkTag(itemId: number, tagOf: TagOfStore): Promise<Item | undefined> {
  return changeLinks(itemId, async (item) => {
    const tagId = tagOf(item.store_id);
    if (tagId === undefined || !hasTag(item, tagId)) return undefined;
    await api.items.unlinkTag({ item_id: itemId, tag_id: tagId, ifMatch: item });
    return api.items.get({ id: itemId });
  });
}

export function createTag(storeId: number, name: string): Promise<Tag> {
  return asUser(() => api.tags.create({ id: storeId, body: { name } }));
}

/** The undo takes back exactly what was done, so it must be known whether something was. */
function changeLinks(
  id: number,
  change: (item: Item) => Promise<Item | undefined> | undefined,
): Promise<Item | undefined> {
  return asUser(async () => {
    for (;;) {
      const item = await api.items.get({ id });
      try {
        return await change(item);
      } catch (error) {
        // Somebody has changed the item in between. A link is in nobody's way, so it is tried on what is there now.
        if (!isProblem(error, 'precondition_failed')) throw error;
      }
    }
  });
}

function hasTag(item: Item, tagId: number): boolean {
  return item.tags.some(({ id }) => id === tagId);
}
