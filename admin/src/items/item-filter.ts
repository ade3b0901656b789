import { useListContext } from 'react-admin';
import { type Item } from '../api';

/** The filters of the list, by the names that the API has for them. */
export interface ItemFilter {
  q?: string;
  store_id?: number;
  tag_id?: number[];
  tag_match?: 'any';
  without_tag?: string[];
  min_price?: number;
  max_price?: number;
}

/** A link to this list may have one tag where the API takes several. */
export function listOf<Value>(value: Value | Value[] | undefined): Value[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

/** The filter, and how to change it. A member that becomes undefined is removed. */
export function useItemFilter(): [ItemFilter, (changes: ItemFilter) => void] {
  const context = useListContext<Item>();
  const filter = context.filterValues as ItemFilter;
  const change = (changes: ItemFilter) => {
    const members: [string, unknown][] = Object.entries({ ...filter, ...changes });
    const next = Object.fromEntries(members.filter(([, value]) => value !== undefined));
    context.setFilters(next, undefined, false);
  };
  return [filter, change];
}
