import { api, type Item } from '../../api';
import { asUser } from '../../as-user';
import { translate } from '../../i18n/provider';
import { mapLimited } from '../../limit';
import { type CachedItems } from '../cached-items';
import { type Notice } from '../notice';
import { createTag, linkTag, unlinkTag } from '../tags/tag-links';

export type TagAct = 'add' | 'remove';

/** The tags of one name, each in a store of its own. */
export interface NamedTags {
  name: string;
  /** the id of the tag, by the id of its store */
  ids: ReadonlyMap<number, number>;
}

const ACTS = {
  add: { call: linkTag, reverse: 'remove', text: 'emporium.items.bulk.tag_added' },
  remove: { call: unlinkTag, reverse: 'add', text: 'emporium.items.bulk.tag_removed' },
} as const;

/** The stores of items. Those that the panel has read already are not read again. */
export async function storesOf(ids: readonly number[], cached: CachedItems): Promise<number[]> {
  const known = cached.find(ids);
  const unknown = ids.filter((id) => !known.some((item) => item.id === id));
  const read = await mapLimited(unknown, (id) => asUser(() => api.items.get({ id })));
  return [...new Set([...known, ...read].map((item) => item.store_id))];
}

/** Finds the tag of a name in each of the stores. To add it, it is created where there is none. */
export async function tagsNamed(name: string, storeIds: readonly number[], act: TagAct): Promise<NamedTags> {
  const found = await mapLimited(storeIds, async (storeId) => {
    const id =
      (await findTag(storeId, name)) ?? (act === 'add' ? (await createTag(storeId, name)).id : undefined);
    return id === undefined ? [] : [[storeId, id] as const];
  });
  return { name, ids: new Map(found.flat()) };
}

/** A search finds all names that contain the text, so it goes on until one is the same. */
function findTag(storeId: number, name: string): Promise<number | undefined> {
  return asUser(async () => {
    for await (const tag of api.tags.list({ id: storeId, q: name, sort: 'name', limit: 100 })) {
      if (tag.name.toLowerCase() === name.toLowerCase()) return tag.id;
    }
    return undefined;
  });
}

/** Adds a tag to items, or removes it from them. The undo reverses it for exactly those that have changed. */
export async function changeTagOf(
  ids: readonly number[],
  act: TagAct,
  tags: NamedTags,
  cached: CachedItems,
): Promise<Notice> {
  const { reverse, text } = ACTS[act];
  const { changed, failure } = await callForEach(ids, act, tags, cached);
  return {
    severity: failure === undefined ? 'success' : 'warning',
    text: [translate(text, { smart_count: changed.length, tag: tags.name }), failure ?? ''].join(' ').trim(),
    undo:
      changed.length === 0
        ? undefined
        : async () => {
            const undone = await callForEach(changed, reverse, tags, cached);
            return undone.failure === undefined
              ? { severity: 'success', text: translate('emporium.items.bulk.tag_undone') }
              : { severity: 'warning', text: undone.failure };
          },
  };
}

/** One item that fails keeps no other from being changed. */
async function callForEach(ids: readonly number[], act: TagAct, tags: NamedTags, cached: CachedItems) {
  const { call } = ACTS[act];
  const reasons: string[] = [];
  const items = await mapLimited(ids, async (id): Promise<Item | undefined> => {
    try {
      const item = await call(id, (storeId) => tags.ids.get(storeId));
      if (item) cached.put(item);
      return item;
    } catch (error) {
      reasons.push(error instanceof Error ? error.message : String(error));
      return undefined;
    }
  });
  const failure =
    reasons.length === 0
      ? undefined
      : translate('emporium.items.bulk.failed', { smart_count: reasons.length, reason: reasons[0] });
  return { changed: items.flatMap((item) => item?.id ?? []), failure };
}
