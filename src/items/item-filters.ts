import { type ListStatement } from '../common/paging/list-statement';
import { containsWords } from '../common/paging/search';
import { type ItemDto } from './dto/item.dto';
import { type ItemQueryDto } from './dto/item-query.dto';

/** What narrows a list of items: the query, and the store that the path names. */
export type ItemFilters = ReturnType<typeof filtersOf>;

export function filtersOf(query: ItemQueryDto, ofStore: number | undefined) {
  const { q, storeId, sku, minPrice, maxPrice, tagId, tag, withoutTag, tagMatch } = query;
  return { ofStore, q, storeId, sku, minPrice, maxPrice, tagId, tag, withoutTag, tagMatch };
}

/**
 * Narrows a list to the items that pass all filters.
 *
 * @returns whether one index answers it whatever the values, so that it needs to be planned once only
 */
export function narrow(list: ListStatement<ItemDto>, filters: ItemFilters, sort: string): boolean {
  const { ofStore, storeId, q, sku, minPrice, maxPrice, tagId = [], tag = [], withoutTag = [] } = filters;
  const { value } = list;

  for (const id of [ofStore, storeId]) {
    if (id !== undefined) list.where(`i.store_id = ${value(id)}`);
  }
  if (sku !== undefined) list.where(`i.sku = ${value(sku)}`);
  if (minPrice !== undefined) list.where(`i.price >= ${value(minPrice)}::numeric`);
  if (maxPrice !== undefined) list.where(`i.price <= ${value(maxPrice)}::numeric`);
  if (q !== undefined) list.where(...containsWords(q, 'i.search', { hasShort: true }, value));

  const isById = sort === 'id' || sort === '-id';
  const isOfOneTag = tagId.length === 1 && tag.length === 0;
  if (isOfOneTag && isById) {
    // By way of the index of the tag's links, which is in the order of the items.
    list.through('item_tags l', 'l.item_id').where(`l.tag_id = ${value(tagId[0])}`);
  } else if (filters.tagMatch === 'any') {
    const any = [...tagId.map((id) => hasId(value(id))), ...(tag.length > 0 ? [hasName(tag, value)] : [])];
    if (any.length > 0) list.where(carries(any.join(' OR ')));
  } else {
    const all = [...tagId.map((id) => hasId(value(id))), ...tag.map((name) => hasName([name], value))];
    list.where(...all.map((condition, index) => carries(condition, index >= MAX_PLANNED ? 'OFFSET 0' : '')));
  }
  if (withoutTag.length > 0) list.where(`NOT ${carries(hasName(withoutTag, value))}`);

  const isNarrowedOtherwise =
    [q, sku, minPrice, maxPrice].some((filter) => filter !== undefined) ||
    tag.length + withoutTag.length > 0 ||
    (ofStore !== undefined && storeId !== undefined);
  return !isNarrowedOtherwise && (tagId.length === 0 || (isOfOneTag && isById && !hasStore(filters)));
}

const hasStore = ({ ofStore, storeId }: ItemFilters) => ofStore !== undefined || storeId !== undefined;

const hasId = (id: string) => `l.tag_id = ${id}`;

/** Whether a link's tag has one of these names. */
function hasName(names: readonly string[], value: (name: string) => string): string {
  const forms = names.map((name) => `lower(${value(name)} COLLATE "und-x-icu")`);
  return `l.tag_id IN (SELECT t.id FROM tags t WHERE lower(t.name) IN (${forms.join(', ')}))`;
}

/**
 * Of how many tags asked for PostgreSQL weighs which to begin with. The time to weigh them grows faster than their number;
 * the others (`OFFSET 0`) are looked up for each item that has these.
 */
const MAX_PLANNED = 3;

/** Whether an item has a link of which this holds. */
const carries = (condition: string, fence = '') =>
  `EXISTS (SELECT FROM item_tags l WHERE l.item_id = i.id AND (${condition}) ${fence})`;
