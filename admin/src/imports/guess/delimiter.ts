import { guessColumns } from './columns';
import { readCsv } from './csv';

/** What can be between two fields, by the names that the API has for them. */
export const DELIMITERS = [',', ';', 'tab', '|'] as const;
export type Delimiter = (typeof DELIMITERS)[number];

export const characterOf = (delimiter: Delimiter) => (delimiter === 'tab' ? '\t' : delimiter);

const ROWS = 50;

/** The one with which the header has names that are known, and the rows are as long as the header. */
export function guessDelimiter(text: string, isWhole: boolean): Delimiter {
  let best: Delimiter = ',';
  let highest = 0;
  for (const delimiter of DELIMITERS) {
    const score = scoreOf(readCsv(text, { delimiter: characterOf(delimiter), most: ROWS, isWhole }));
    if (score > highest) [best, highest] = [delimiter, score];
  }
  return best;
}

function scoreOf([header = [], ...rows]: string[][]): number {
  if (header.length < 2) return 0;
  const same = rows.filter((row) => row.length === header.length).length;
  const known = Object.keys(guessColumns(header)).length;
  return known + (2 * same) / Math.max(1, rows.length) + Math.min(header.length, 20) / 100;
}
