import { type List } from '../common/paging/list-statement';
import { decimal, integer, json, RowShape, text, time } from '../common/row-shape';
import { type ItemDto } from './dto/item.dto';

/** The shape of items whose tags are made by this SQL. */
function shapeWithTags(tags: string): RowShape<ItemDto> {
  return new RowShape<ItemDto>({
    id: integer('i.id'),
    name: text('i.name'),
    price: decimal('i.price'),
    sku: text('i.sku'),
    storeId: integer('i.store_id'),
    tags: json(tags),
    createdAt: time('i.created_at'),
    updatedAt: time('i.updated_at'),
  });
}

/** Items with their tags in one statement: TypeORM's `find` with relations would miscount or read far too much. */
export const ITEM = shapeWithTags(`(
  SELECT coalesce(json_agg(json_build_object('id', t.id, 'name', t.name) ORDER BY lower(t.name), t.id), '[]')
  FROM item_tags l JOIN tags t ON t.id = l.tag_id WHERE l.item_id = i.id
)`);

/** An item that is being made, and has no tags yet. */
export const NEW_ITEM = shapeWithTags(`'[]'`);

export const ITEMS: List<ItemDto> = {
  name: 'items',
  shape: ITEM,
  from: 'items i',
  alias: 'i',
  sorts: {
    name: { column: 'lower(i.name)', key: 'lower($key COLLATE "und-x-icu")', member: 'name' },
    price: { column: 'i.price', key: '$key::numeric', member: 'price' },
    created_at: { column: 'i.created_at', key: '$key::timestamptz', member: 'createdAt' },
    updated_at: { column: 'i.updated_at', key: '$key::timestamptz', member: 'updatedAt' },
  },
};
