import { type Filter } from './filter';

/** What has trigrams on every server, whatever its locale. Of any other word they say little or nothing. */
const HAS_TRIGRAM = /[a-z0-9]{3}/i;

/** LIKE's own characters stand for themselves. */
const escaped = (sql: string) => String.raw`regexp_replace(${sql}, '([%_\\])', '\\\1', 'g')`;

/** What the second index of a text is over: a text has all of it that a word in it has. */
const pairs = (sql: string) => `characters_and_pairs(${sql} COLLATE "C")`;

/**
 * Filters that each word stands somewhere in a text, in any case.
 *
 * @param column SQL of the text, in lower case, with a trigram index
 * @param hasShort whether it has an index of its characters and pairs of characters too
 * @param value takes a value of the statement, and gives its parameter
 */
export function wordFilters(
  words: string,
  column: string,
  { hasShort }: { hasShort: boolean },
  value: (word: string) => string,
): Filter[] {
  return words.split(/\s+/u).map((word) => {
    const lower = `lower(${value(word)} COLLATE "und-x-icu")`;
    // Not LIKE: of a word without trigrams PostgreSQL would read the whole index of them.
    const check = `strpos(${column}, ${lower}) > 0`;
    if (HAS_TRIGRAM.test(word)) return { check, find: `${column} LIKE '%' || ${escaped(lower)} || '%'` };
    return hasShort ? { check, find: `${pairs(column)} @> ${pairs(lower)} AND ${check}` } : { check };
  });
}
