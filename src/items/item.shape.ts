import { decimal, integer, json, RowShape, text, time } from '../reads/row-shape';
import { type ItemDto } from './dto/item.dto';

/** SQL of the JSON array of tags. @param rows the tags `t` */
function tagsOf(rows: string): string {
  return `(
  SELECT '[' || coalesce(string_agg(
    '{"id":' || t.id || ',"name":' || to_json(t.name) || '}', ',' ORDER BY lower(t.name), t.id
  ), '') || ']'
  FROM ${rows}
)`;
}

/** The shape of items. @param tags SQL of the JSON array of their tags */
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

/**
 * Items with their tags in one statement: TypeORM's `find` with relations would count wrongly or read too much. OFFSET
 * 0 makes PostgreSQL read the tags by the index; without it the planner would scan a small table of tags again for each
 * item.
 */
export const ITEM = shapeWithTags(
  tagsOf(`item_tags l CROSS JOIN LATERAL (SELECT t.id, t.name FROM tags t WHERE t.id = l.tag_id OFFSET 0) AS t
  WHERE l.item_id = i.id`),
);

/**
 * SQL of the same JSON of an item's tags, in which it locks them against renaming until the end of the transaction. A
 * lock returns the latest name, also one that was committed after the statement had begun.
 */
export const LOCKED_TAGS = tagsOf(
  `(SELECT t.id, t.name FROM item_tags l JOIN tags t ON t.id = l.tag_id WHERE l.item_id = i.id
    ORDER BY t.id FOR SHARE OF t) AS t`,
);

/** An item that has just been inserted, and has no tags yet. */
export const NEW_ITEM = shapeWithTags(`'[]'`);

/** The list of columns of an item whose tags are known. @param tags the parameter with their JSON */
export function selectWithTags(tags: string): string {
  return shapeWithTags(`${tags}::text`).select;
}
