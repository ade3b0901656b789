import { type Filter } from '../reads/list/list';
import { type ListStatement } from '../reads/list/list-statement';
import { wordFilters } from '../reads/list/search';
import { type ItemDto } from './dto/item.dto';
import { type ItemQueryDto } from './dto/item-query.dto';

/** What narrows a list of items: the query, and the store that the path names. */
export type ItemFilters = ReturnType<typeof filtersOf>;

export function filtersOf(query: ItemQueryDto, ofStore: number | undefined) {
  const { q, storeId, sku, minPrice, maxPrice, tagId, tag, withoutTag, tagMatch } = query;
  return { ofStore, q, storeId, sku, minPrice, maxPrice, tagId, tag, withoutTag, tagMatch };
}

/** Narrows a list to the items that pass all filters. */
export function narrow(list: ListStatement<ItemDto>, filters: ItemFilters, sort: string): void {
  const { tagId = [], tag = [], withoutTag = [], tagMatch, q } = filters;
  const { value } = list;
  const given = Object.keys(filters).filter(
    (name) => name !== 'tagMatch' && filters[name as keyof ItemFilters] !== undefined,
  );
  const only = given.length === 1 && sort.endsWith('id') ? given[0] : undefined;

  if (only === 'tagId' && tagId.length === 1) {
    // The index of a tag's links is in the order of the items.
    list.through('item_tags l', 'l.item_id').within('l.tag_id', value(tagId[0]));
    return;
  }
  if (only === 'sku') {
    list.within('i.sku', value(filters.sku));
    return;
  }

  const stores = [filters.ofStore, filters.storeId].filter((id) => id !== undefined).map(value);
  const [store, ...otherStores] = stores;
  if (store !== undefined) list.within('i.store_id', store);
  list.where(...otherStores.map((other) => `i.store_id = ${other}`));

  narrowByPrice(list, filters, sort);
  if (filters.sku !== undefined) list.filter(hasSku(value(filters.sku)));
  if (q !== undefined) list.filter(...wordFilters(q, 'i.search', { hasShort: true }, value));

  const tags = [
    ...tagId.map((id) => hasTag(value(id))),
    ...tag.map((name) => hasTagNamed(value(name), stores)),
  ];
  if (tagMatch === 'any' && tags.length > 0) list.filter(hasAny(tags));
  else list.filter(...tags.map(planFew));
  if (withoutTag.length > 0) list.filter(hasNoTagNamed(withoutTag.map(value), stores));
}

function narrowByPrice(
  list: ListStatement<ItemDto>,
  { minPrice, maxPrice }: ItemFilters,
  sort: string,
): void {
  const conditions: string[] = [];
  if (minPrice !== undefined) conditions.push(`i.price >= ${list.value(minPrice)}::numeric`);
  if (maxPrice !== undefined) conditions.push(`i.price <= ${list.value(maxPrice)}::numeric`);
  if (sort.endsWith('price')) list.where(...conditions);
  else list.filter(...conditions.map((check) => ({ check })));
}

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

interface TagFilter extends Filter {
  readonly find: string;
  readonly ids: readonly string[];
}

/** Every store has it once at most. */
function hasSku(sku: string): Filter {
  const check = `i.sku = ${sku}`;
  return { check, ids: [`SELECT i.id FROM items i WHERE ${check}`], isFew: true };
}

function hasTag(id: string): TagFilter {
  return {
    check: hasLink(`= ${id}`, FENCE),
    find: hasLink(`= ${id}`),
    ids: [`SELECT item_id AS id FROM item_tags WHERE tag_id = ${id}`],
    range: { column: 'i.store_id', value: `(SELECT store_id FROM tags WHERE id = ${id})` },
  };
}

function hasTagNamed(name: string, stores: readonly string[]): TagFilter {
  const conditions = [isNamed(name), ...stores.map((store) => `t.store_id = ${store}`)];
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

function hasAny(tags: readonly TagFilter[]): TagFilter {
  const ids = tags.flatMap((tag) => tag.ids);
  const check = `(${tags.map((tag) => tag.check).join(' OR ')})`;
  return { check, find: `i.id IN (${ids.join(' UNION ALL ')})`, ids };
}

function hasNoTagNamed(names: readonly string[], stores: readonly string[]): Filter {
  const checks = names.map((name) => `NOT ${hasLink(tagOfStore('i.store_id', name), FENCE)}`);
  const conditions = ['true', ...stores.map((store) => `s.id = ${store}`)];
  return {
    check: checks.join(' AND '),
    find: `NOT ${hasLink(tagsNamed(...names))}`,
    // Store by store: there items and links stand in the same order, to be read side by side.
    ids: [
      `SELECT i.id FROM stores s CROSS JOIN LATERAL (
        SELECT i.id FROM items i WHERE i.store_id = s.id AND NOT ${hasLink(tagOfStore('s.id', ...names))}${FENCE}
      ) AS i WHERE ${conditions.join(' AND ')}`,
    ],
    isDear: true,
  };
}

/**
 * Of how many tags asked for PostgreSQL weighs which to begin with. The time to weigh them grows faster than their number;
 * the others are checked on the items that have these.
 */
const MAX_PLANNED = 3;

function planFew(filter: TagFilter, index: number): Filter {
  return index < MAX_PLANNED ? filter : { ...filter, find: filter.check };
}
