import { problemType } from '../common/problems/problem';

export const ITEM_NOT_FOUND = problemType(404, 'item_not_found', 'There is no such item.');
export const SKU_TAKEN = problemType(409, 'sku_taken', 'Another item of the store has this SKU.');
export const TAG_OF_ANOTHER_STORE = problemType(
  400,
  'tag_of_another_store',
  'A tag belongs to another store.',
);
export const TOO_MANY_TAGS = problemType(409, 'too_many_tags', 'An item carries at most 100 tags.');
