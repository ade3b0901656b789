import { type Filter } from './filter';

/** Letters and digits that have trigrams on every server, whatever its locale. Others may have none. */
const HAS_TRIGRAM = /[a-z0-9]{3}/i;

/** LIKE's own characters stand for themselves. The literals mean the same with any standard_conforming_strings. */
const escaped = (sql: string) => String.raw`regexp_replace(${sql}, E'([%_\\\\])', E'\\\\\\1', 'g')`;

/** A letter can become a sentence in the folded form. So many characters of a word tell enough to an index. */
const MOST_SOUGHT = 100;

/** What the second index of a text is over: a text has all of it that a word in it has. */
const pairs = (sql: string) => `characters_and_pairs(${sql})`;

/** A word in the form of the column. NULL, which finds nothing, if nothing is left: it had marks or blanks only. */
const folded = (parameter: string) => `nullif(btrim(fold(${parameter})), '')`;

/**
 * Filters that each word stands somewhere in a text, without regard to case, marks and variants of letters.
 *
 * @param column a column with the text in the form of the SQL function `fold`, and with a trigram index
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
    const sought = folded(value(word));
    // Not LIKE: of a word without trigrams PostgreSQL would read the whole index of them.
    const check = `strpos(${column}, ${sought}) > 0`;
    if (hasTrigram(word)) return { check, find: `${column} LIKE '%' || ${escaped(sought)} || '%'` };
    return hasShort
      ? { check, find: `${pairs(column)} @> ${pairs(`left(${sought}, ${MOST_SOUGHT})`)} AND ${check}` }
      : { check };
  });
}

/** Only chooses an index: what is found does not depend on whether this folds letters exactly as the database does. */
function hasTrigram(word: string): boolean {
  return HAS_TRIGRAM.test(word.normalize('NFKD').replaceAll(/\p{M}/gu, ''));
}
