import { type Filter, type IndexedFilter } from '../reads/list/filter';

// In the SQL of these filters `i` is the item. The arguments (ids, names, stores) are parameters such as `$1`.

/** Keeps the planner from turning a check into a join, for which it would read all links of the tag. */
const FENCE = ' OFFSET 0';

const hasLink = (tag: string, fence = '') =>
  `EXISTS (SELECT FROM item_tags l WHERE l.item_id = i.id AND l.tag_id ${tag}${fence})`;

const isNamed = (...names: readonly string[]) =>
  `lower(t.name) IN (${names.map((name) => `lower(${name} COLLATE "und-x-icu")`).join(', ')})`;

const tagsNamed = (...names: readonly string[]) => `IN (SELECT t.id FROM tags t WHERE ${isNamed(...names)})`;

/** The tags of a store with these names. A name is unique in its store. */
const tagOfStore = (store: string, ...names: readonly string[]) => {
  const tags = `(SELECT t.id FROM tags t WHERE t.store_id = ${store} AND ${isNamed(...names)})`;
  return names.length === 1 ? `= ${tags}` : `IN ${tags}`;
};

/** A SKU is unique in its store, so few items have it. */
export function hasSku(sku: string): Filter {
  const check = `i.sku = ${sku}`;
  return { check, ids: [`SELECT i.id FROM items i WHERE ${check}`], isSelective: true };
}

export function hasTag(id: string): IndexedFilter {
  return {
    check: hasLink(`= ${id}`, FENCE),
    find: hasLink(`= ${id}`),
    ids: [`SELECT item_id AS id FROM item_tags WHERE tag_id = ${id}`],
    range: { column: 'i.store_id', value: `(SELECT store_id FROM tags WHERE id = ${id})` },
  };
}

/** @param store of all items of the list, where the list is of one store */
export function hasTagNamed(name: string, store: string | undefined): IndexedFilter {
  const conditions = [isNamed(name), ...(store === undefined ? [] : [`t.store_id = ${store}`])];
  return {
    check: hasLink(tagOfStore('i.store_id', name), FENCE),
    find: hasLink(tagsNamed(name)),
    // The fence makes PostgreSQL use the index of the links for each tag.
    ids: [
      `SELECT l.item_id AS id
      FROM tags t CROSS JOIN LATERAL (SELECT item_id FROM item_tags WHERE tag_id = t.id${FENCE}) AS l
      WHERE ${conditions.join(' AND ')}`,
    ],
  };
}

/** @param store as in `hasTagNamed` */
export function hasNoTagNamed(names: readonly string[], store: string | undefined): Filter {
  const checks = names.map((name) => `NOT ${hasLink(tagOfStore('i.store_id', name), FENCE)}`);
  return {
    check: checks.join(' AND '),
    find: `NOT ${hasLink(tagsNamed(...names))}`,
    // One store after the other, because their indexes have items and links of a store in the same order, for a merge
    // join.
    ids: [
      `SELECT i.id FROM stores s CROSS JOIN LATERAL (
        SELECT i.id FROM items i WHERE i.store_id = s.id AND NOT ${hasLink(tagOfStore('s.id', ...names))}${FENCE}
      ) AS i WHERE ${store === undefined ? 'true' : `s.id = ${store}`}`,
    ],
    isExpensive: true,
  };
}
