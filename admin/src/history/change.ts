import { type Change } from '../api';

export type Resource = Change['resource'];
export type Action = Change['action'];

/** What a change is in the texts, such as `item_update`. */
export const kindOf = ({ resource, action }: Change) => `${resource}_${action}`;

/** The id of the element that shows a change. */
export const elementIdOf = ({ id }: Change) => `change-${id}`;

/** The same of an entry that the change stands in for all changes of an import. Both can be on the page. */
export const importElementIdOf = ({ id }: Change) => `import-change-${id}`;

/** Members that say nothing to a person who reads what has changed. */
const NOT_SHOWN: readonly string[] = ['created_at', 'updated_at', 'tag_id', 'tag_name'];

/** A member with its old and its new value. */
export interface ChangedMember {
  name: string;
  before: unknown;
  after: unknown;
}

/** The members that are worth showing. What is created or deleted is named elsewhere, and shows only what it has. */
export function membersOf({ action, changes }: Change): ChangedMember[] {
  const shown = Object.entries(changes)
    .map(([name, [before, after]]) => ({ name, before, after }))
    .filter(({ name }) => !NOT_SHOWN.includes(name))
    .sort((one, other) => placeOf(one.name) - placeOf(other.name));
  if (action === 'update') return shown;
  return shown.filter(({ name, before, after }) => name !== 'name' && (before ?? after ?? null) !== null);
}

/** As in the forms. */
const ORDER: readonly string[] = ['name', 'price', 'sku', 'owner_id'];

function placeOf(member: string): number {
  const place = ORDER.indexOf(member);
  return place < 0 ? ORDER.length : place;
}

/** The value that is there after the change, or was there before a deletion. */
function lastValue({ changes }: Change, member: string): unknown {
  return changes[member]?.[1] ?? changes[member]?.[0];
}

/** The name that the change itself tells; undefined if it is about something else. */
export function nameIn(change: Change): string | undefined {
  const name = change.resource === 'link' ? undefined : lastValue(change, 'name');
  return typeof name === 'string' ? name : undefined;
}

/** The tag of a link. */
export function tagOf(change: Change): string {
  const name = lastValue(change, 'tag_name');
  return typeof name === 'string' ? name : `#${String(lastValue(change, 'tag_id'))}`;
}

export function tagIdOf(change: Change): number {
  return Number(lastValue(change, 'tag_id'));
}
