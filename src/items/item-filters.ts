import { type Filter, type IndexedFilter } from '../reads/list/filter';

// In all of these `i` is the item; parameters stand for ids, names and stores.

/** Keeps the planner from making a join of a check, for which it would read all links of the tag. */
const FENCE = ' OFFSET 0';

const hasLink = (tag: string, fence = '') =>
  `EXISTS (SELECT FROM item_tags l WHERE l.item_id = i.id AND l.tag_id ${tag}${fence})`;

const isNamed = (...names: readonly string[]) =>
  `lower(t.name) IN (${names.map((name) => `lower(${name} COLLATE "und-x-icu")`).join(', ')})`;

const tagsNamed = (...names: readonly string[]) => `IN (SELECT t.id FROM tags t WHERE ${isNamed(...names)})`;

/** The tags of a store by these names, each of which it has once at most. */
const tagOfStore = (store: string, ...names: readonly string[]) => {
  const tags = `(SELECT t.id FROM tags t WHERE t.store_id = ${store} AND ${isNamed(...names)})`;
  return names.length === 1 ? `= ${tags}` : `IN ${tags}`;
};

/** Every store has it once at most. */
export function hasSku(sku: string): Filter {
  const check = `i.sku = ${sku}`;
  return { check, ids: [`SELECT i.id FROM items i WHERE ${check}`], isFew: true };
}

export function hasTag(id: string): IndexedFilter {
  return {
    check: hasLink(`= ${id}`, FENCE),
    find: hasLink(`= ${id}`),
    ids: [`SELECT item_id AS id FROM item_tags WHERE tag_id = ${id}`],
    range: { column: 'i.store_id', value: `(SELECT store_id FROM tags WHERE id = ${id})` },
  };
}

/** @param store the one that all items of the list belong to, if there is one */
export function hasTagNamed(name: string, store: string | undefined): IndexedFilter {
  const conditions = [isNamed(name), ...(store === undefined ? [] : [`t.store_id = ${store}`])];
  return {
    check: hasLink(tagOfStore('i.store_id', name), FENCE),
    find: hasLink(tagsNamed(name)),
    // Tag by tag, each by way of its index.
    ids: [
      `SELECT l.item_id AS id
      FROM tags t CROSS JOIN LATERAL (SELECT item_id FROM item_tags WHERE tag_id = t.id${FENCE}) AS l
      WHERE ${conditions.join(' AND ')}`,
    ],
  };
}

/** @param store as above */
export function hasNoTagNamed(names: readonly string[], store: string | undefined): Filter {
  const checks = names.map((name) => `NOT ${hasLink(tagOfStore('i.store_id', name), FENCE)}`);
  return {
    check: checks.join(' AND '),
    find: `NOT ${hasLink(tagsNamed(...names))}`,
    // Store by store: there items and links stand in the same order, to be read side by side.
    ids: [
      `SELECT i.id FROM stores s CROSS JOIN LATERAL (
        SELECT i.id FROM items i WHERE i.store_id = s.id AND NOT ${hasLink(tagOfStore('s.id', ...names))}${FENCE}
      ) AS i WHERE ${store === undefined ? 'true' : `s.id = ${store}`}`,
    ],
    isExpensive: true,
  };
}
