import { NAME_RULE, textRule } from '../common/input/rules';
import { PRICE_RULE } from './price.rules';

export { MAX_PRICE } from './price';

export const MAX_SKU_LENGTH = 64;

/** The most tags that an item carries. */
export const MAX_TAGS = 100;

/** The rules for the members of an item, for what does not come as a body of a request. */
export const ITEM_RULES = { name: NAME_RULE, price: PRICE_RULE, sku: textRule(1, MAX_SKU_LENGTH) };
