import { InexactNumber } from '../../common/input/inexact-number';
import { NAME_RULE, type ValueRule } from '../../common/input/rules';
import { ITEM_RULES, MAX_TAGS } from '../../items/items.rules';
import { type ImportRow, type RawRow, type RowFault } from './import-row';

/** Checks a row by the rules of `POST /items`, and its tags by those of `POST /stores/{id}/tags`. */
export function checkRow({ line, item, faults, fields }: RawRow): ImportRow {
  // Nothing else is known of a row that cannot be read.
  if (faults.some(({ pointer }) => pointer === '')) return { line, sku: null, faults, fields };
  const found: RowFault[] = [...faults];
  const isKnown = (pointer: string) => faults.some((fault) => fault.pointer === pointer);
  const check = (pointer: string, value: unknown, { normalize, fault }: ValueRule): unknown => {
    if (isKnown(pointer)) return undefined;
    const normalized = normalize(value);
    const message = faultOf(normalized, fault);
    if (message !== undefined) found.push({ pointer, message });
    return normalized;
  };

  const name = check('/name', item.name, ITEM_RULES.name);
  const price = check('/price', item.price, ITEM_RULES.price);
  const hasSku = item.sku !== undefined && item.sku !== null;
  const sku = hasSku ? (check('/sku', item.sku, ITEM_RULES.sku) as string) : null;
  let tags: string[] | null = null;
  if (item.tags !== undefined && !Array.isArray(item.tags)) {
    found.push({ pointer: '/tags', message: 'must be a list' });
  } else if (item.tags !== undefined) {
    tags = item.tags.map((each, index) => check(`/tags/${index}`, each, NAME_RULE) as string);
    if (tags.length > MAX_TAGS)
      found.push({ pointer: '/tags', message: `must have at most ${MAX_TAGS} tags` });
  }
  if (found.length > 0) {
    const isSkuBad = found.some(({ pointer }) => pointer === '/sku');
    return { line, sku: isSkuBad ? null : sku, faults: found, fields };
  }
  return { line, name: name as string, price: String(price), sku, tags };
}

function faultOf(value: unknown, fault: ValueRule['fault']): string | undefined {
  if (value === undefined) return 'is required';
  return value instanceof InexactNumber ? value.fault : fault(value);
}
