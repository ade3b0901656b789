import { type FiltersOf, givenFilters, type List, option } from '../reads/list/list';
import { Narrowing } from '../reads/list/narrowing';
import { wordFilters } from '../reads/list/search';
import { byText, byTime, type Sort } from '../reads/list/sorts';
import { type ItemDto } from './dto/item.dto';
import { type ItemQueryDto } from './dto/item-query.dto';
import { hasNoTagNamed, hasSku, hasTag, hasTagNamed } from './item-filters';
import { ITEM } from './item.shape';

/** What is asked of a list of items: the query, and the store that the path names. */
export type ItemListQuery = ItemQueryDto & { ofStore?: number | undefined };

/** The filters for the items of one store. */
export type ItemFilters = Omit<FiltersOf<ItemQueryDto>, 'storeId'>;

export const ITEMS: List<ItemDto, FiltersOf<ItemListQuery>> = {
  name: 'items',
  shape: ITEM,
  from: 'items i',
  alias: 'i',
  sorts: {
    name: byText('i.name', 'name'),
    price: byPrice('i.price', 'price'),
    created_at: byTime('i.created_at', 'createdAt'),
    updated_at: byTime('i.updated_at', 'updatedAt'),
  },
  filters: {
    ofStore: (list, id) => {
      list.whereEquals('i.store_id', list.value(id));
    },
    storeId: (list, id) => {
      list.whereEquals('i.store_id', list.value(id));
    },
    minPrice: (list, price) => {
      list.whereInSort('price', `i.price >= ${list.value(price)}::numeric`);
    },
    maxPrice: (list, price) => {
      list.whereInSort('price', `i.price <= ${list.value(price)}::numeric`);
    },
    sku: (list, sku) => {
      if (list.isOnlyById('sku')) list.whereEquals('i.sku', list.value(sku));
      else list.filter(hasSku(list.value(sku)));
    },
    q: (list, words) => {
      list.filter(...wordFilters(words, 'i.search', { hasShort: true }, list.value));
    },
    tagId: (list, ids, { tagMatch }) => {
      const tags = ids.map(list.value);
      // The index of a tag's links is in the order of the items.
      if (tags.length === 1 && list.isOnlyById('tagId')) {
        list.readIdsFrom('item_tags l', 'l.item_id');
        list.whereEquals('l.tag_id', tags[0] ?? '');
      } else if (tagMatch === 'any') {
        list.filterAny(...tags.map(hasTag));
      } else {
        list.filter(...tags.map(hasTag));
      }
    },
    tag: (list, names, { tagMatch }) => {
      const filters = names.map((name) => hasTagNamed(list.value(name), list.range?.value));
      if (tagMatch === 'any') list.filterAny(...filters);
      else list.filter(...filters);
    },
    withoutTag: (list, names) => {
      list.filter(hasNoTagNamed(names.map(list.value), list.range?.value));
    },
    tagMatch: option,
  },
};

/** The items of a store that pass filters, in statements without an order, in which `i` is the item. */
export function narrowToStore(ofStore: number, filters: ItemFilters): Narrowing {
  const all = { ...filters, ofStore };
  return Narrowing.of(ITEMS, { field: '', given: givenFilters(ITEMS.filters, all) }, all);
}

/** By an amount of money. */
function byPrice<Dto>(column: string, member: keyof Dto): Sort<Dto> {
  return { column, key: '$key::numeric', member, isKey: (text) => /^\d{1,8}\.\d\d$/.test(text) };
}
