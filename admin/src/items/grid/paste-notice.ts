import { type Item } from '../../api';
import { translate } from '../../i18n/provider';
import { type Notice } from '../notice';
import { type EditableColumn } from './columns';
import { type GridEdits } from './grid-edits';
import { pasteColumn, undoPaste } from './paste';

/** Pastes a column, and says what came of it. */
export async function pasteAndTell(
  edits: GridEdits,
  column: EditableColumn,
  rows: readonly Item[],
  lines: readonly string[],
): Promise<Notice> {
  const pasted = await pasteColumn(edits, column, rows, lines);
  const { written, refused, left } = pasted;
  const say = (key: string, count: number) =>
    count > 0 ? translate(`emporium.items.grid.${key}`, { smart_count: count }) : '';
  const text = [
    say('pasted', written.length),
    say('pasted_refused', refused.length),
    say('pasted_left', left),
  ]
    .filter((sentence) => sentence !== '')
    .join(' ');
  if (text === '') return { severity: 'info', text: translate('emporium.items.grid.pasted_nothing') };
  return {
    severity: refused.length + left > 0 ? 'warning' : 'success',
    text,
    undo: written.length + refused.length === 0 ? undefined : () => takeBack(),
  };

  async function takeBack(): Promise<Notice> {
    const failed = await undoPaste(edits, column, pasted);
    return failed === 0
      ? { severity: 'success', text: translate('emporium.items.grid.undone') }
      : { severity: 'warning', text: translate('emporium.items.grid.undone_partly') };
  }
}
