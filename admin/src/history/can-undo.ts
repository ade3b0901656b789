import { type Change } from '../api';
import { isSame } from '../data/differences';
import { type Row } from '../data/resources';
import { tagIdOf } from './change';
import { type Subject } from './subject';

/** `changed`: not as long as things are as they are now. */
export type Undoable = 'yes' | 'no' | 'changed';

/**
 * Whether the API would undo a change, as far as the page knows. It decides itself in the end.
 *
 * @param subject how the thing is now; undefined as long as it is not known
 */
export function undoable(change: Change, subject: Subject | undefined, isAdmin: boolean): Undoable {
  const { resource, action, changes } = change;
  if (resource === 'store' && action === 'create') return 'no';
  // Only an admin gives a store to another user.
  if (resource === 'store' && 'owner_id' in changes && !isAdmin) return 'no';
  if (!subject) return 'yes';
  return isStillSo(change, subject.row) ? 'yes' : 'changed';
}

function isStillSo(change: Change, row: Row | null): boolean {
  const { action, changes } = change;
  if (action === 'delete') return row === null;
  if (row === null) return false;
  if (action === 'link') return hasTag(row, tagIdOf(change));
  if (action === 'unlink') return !hasTag(row, tagIdOf(change));
  return Object.entries(changes).every(([member, [, after]]) => isSame(row[member], after));
}

function hasTag(row: Row, tagId: number): boolean {
  const tags = (row.tags ?? []) as { id: number }[];
  return tags.some(({ id }) => id === tagId);
}
