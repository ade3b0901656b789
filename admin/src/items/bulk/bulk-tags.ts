import { type Item, type Tag } from '../../api';
import { translate } from '../../i18n/provider';
import { mapLimited } from '../../limit';
import { type CachedItems } from '../cached-items';
import { type Notice } from '../notice';
import { linkTag, unlinkTag } from '../tags/tag-links';

export type TagAct = 'add' | 'remove';

const ACTS = {
  add: { call: linkTag, reverse: 'remove', text: 'emporium.items.bulk.tag_added' },
  remove: { call: unlinkTag, reverse: 'add', text: 'emporium.items.bulk.tag_removed' },
} as const;

/** Adds a tag to items, or removes it from them. The undo reverses it for exactly those that have changed. */
export async function changeTagOf(
  ids: readonly number[],
  act: TagAct,
  tag: Tag,
  cached: CachedItems,
): Promise<Notice> {
  const { reverse, text } = ACTS[act];
  const { changed, failure } = await callForEach(ids, act, tag, cached);
  return {
    severity: failure === undefined ? 'success' : 'warning',
    text: [translate(text, { smart_count: changed.length, tag: tag.name }), failure ?? ''].join(' ').trim(),
    undo:
      changed.length === 0
        ? undefined
        : async () => {
            const undone = await callForEach(changed, reverse, tag, cached);
            return undone.failure === undefined
              ? { severity: 'success', text: translate('emporium.items.bulk.tag_undone') }
              : { severity: 'warning', text: undone.failure };
          },
  };
}

/** One item that fails keeps no other from being changed. */
async function callForEach(ids: readonly number[], act: TagAct, tag: Tag, cached: CachedItems) {
  const { call } = ACTS[act];
  const reasons: string[] = [];
  const items = await mapLimited(ids, async (id): Promise<Item | undefined> => {
    try {
      const item = await call(id, tag.id);
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
