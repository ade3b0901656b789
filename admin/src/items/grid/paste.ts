import { type Item } from '../../api';
import { mapLimited } from '../../limit';
import { type EditableColumn } from './columns';
import { type GridEdits, type Written } from './grid-edits';
import { textOf } from './values';

export interface Pasted {
  /** what was saved, in the order of the rows */
  written: Written[];
  /** the rows whose value was refused, with that value */
  refused: { item: Item; text: string }[];
  /** lines below the last row */
  left: number;
}

/** The first column of what a spreadsheet has copied, a line a cell. */
export function linesOf(text: string): string[] {
  return text
    .replace(/\r?\n$/, '')
    .split(/\r?\n/)
    .map((line) => (line.split('\t', 1)[0] ?? '').trim());
}

/** Whether a text is more than one cell. */
export function isColumn(text: string): boolean {
  return /[\r\n\t]/.test(text.trim());
}

/** Writes a column into the rows from the first one down. An empty line leaves its row as it is. */
export async function pasteColumn(
  edits: GridEdits,
  column: EditableColumn,
  rows: readonly Item[],
  lines: readonly string[],
): Promise<Pasted> {
  const values = rows
    .slice(0, lines.length)
    .map((item, index) => ({ item, text: lines[index] ?? '' }))
    .filter(({ text }) => text !== '');
  for (const { item, text } of values) edits.announce(item, column, text);
  const results = await mapLimited(values, ({ item, text }) => edits.save(item, column, text));
  return {
    written: results.filter((result) => result !== undefined),
    refused: values.filter(({ item }) => edits.cellOf(item.id, column)?.state === 'refused'),
    left: lines.slice(rows.length).filter((line) => line !== '').length,
  };
}

/**
 * Puts the former values back; what was refused is forgotten. What was changed after the paste stays.
 *
 * @returns how many were not put back
 */
export async function undoPaste(edits: GridEdits, column: EditableColumn, pasted: Pasted): Promise<number> {
  let left = 0;
  for (const { item, text } of pasted.refused) {
    const cell = edits.cellOf(item.id, column);
    if (cell?.state === 'refused' && cell.text === text) edits.restore(item.id, column);
    // Another attempt has saved it.
    else left++;
  }
  await mapLimited(pasted.written, async ({ before, after }) => {
    const { id } = after;
    if (edits.latest(after)[column] !== after[column] || edits.cellOf(id, column)?.state === 'refused')
      left++;
    else if (!(await edits.save(after, column, textOf(before, column)))) {
      left++;
      // Nobody has typed the former value, so it does not wait to be saved.
      edits.restore(id, column);
    }
  });
  return left;
}
