import { plain } from './columns';

/** What can be between the names of tags. */
export const TAG_DELIMITERS = ['|', ',', ';'] as const;
export type TagDelimiter = (typeof TAG_DELIMITERS)[number];

/** What a row without a name is: a bad one, or more of the product in the row above. */
export const EMPTY_NAMES = ['fail', 'previous'] as const;
export type EmptyName = (typeof EMPTY_NAMES)[number];

interface Habits {
  tagDelimiter: TagDelimiter;
  emptyName: EmptyName;
}

const OURS: Habits = { tagDelimiter: '|', emptyName: 'fail' };
const SHOPIFY: Habits = { tagDelimiter: ',', emptyName: 'previous' };
const WOOCOMMERCE: Habits = { tagDelimiter: ',', emptyName: 'fail' };

const REGULAR_PRICES = ['regular price', 'regularer preis'];
const TAGS = ['tags', 'categories', 'schlagworter', 'kategorien'];

/** How the system writes its files that this header is of, if it is one that is known. */
export function guessHabits(header: readonly string[]): Habits {
  const names = new Set(header.map(plain));
  const hasOneOf = (wanted: readonly string[]) => wanted.some((name) => names.has(name));
  if (['handle', 'title', 'variant price'].every((name) => names.has(name))) return SHOPIFY;
  return hasOneOf(REGULAR_PRICES) && hasOneOf(TAGS) ? WOOCOMMERCE : OURS;
}
