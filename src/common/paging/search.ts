import { textLength } from '../input/text';

/** Trigrams need three characters; of a text with each character tripled they find shorter words too. */
const SHORT = 2;

const tripled = (sql: string) => String.raw`regexp_replace(${sql}, '(.)', '\1\1\1', 'g')`;
/** LIKE's own characters stand for themselves. */
const escaped = (sql: string) => String.raw`regexp_replace(${sql}, '([%_\\])', '\\\1', 'g')`;

/**
 * Conditions that each word stands somewhere in a text, in any case.
 *
 * @param column SQL of the text, in lower case, with a trigram index
 * @param hasShort whether it has one of the tripled text too
 * @param value takes a value of the statement, and gives its parameter
 */
export function containsWords(
  words: string,
  column: string,
  { hasShort }: { hasShort: boolean },
  value: (word: string) => string,
): string[] {
  return words.split(/\s+/u).map((word) => {
    const lower = `lower(${value(word)} COLLATE "und-x-icu")`;
    const isShort = hasShort && textLength(word) <= SHORT;
    if (isShort) return `${tripled(column)} LIKE '%' || ${escaped(tripled(lower))} || '%'`;
    return `${column} LIKE '%' || ${escaped(lower)} || '%'`;
  });
}
