import { type KeyboardEvent, type RefObject, useEffect, useLayoutEffect, useState } from 'react';
import { type Column, isEditable } from './columns';

export interface Position {
  row: number;
  column: Column;
}

export interface ActiveCell {
  position: Position;
  /** whether it is being edited, and the key that it began with */
  editing: { start: string | undefined } | undefined;
  /** makes a cell the active one, and gives it the focus */
  go: (position: Position) => void;
  /** the focus is there already */
  isAt: (position: Position) => void;
  edit: (start?: string) => void;
  /** moves on from a cell that was edited */
  endEditing: (way: 'stay' | 'down' | 'next' | 'before', hasFocus: boolean) => void;
  handleKey: (event: KeyboardEvent) => void;
}

/**
 * The one cell of the grid that Tab reaches. Arrow keys move it, as the pattern "grid" of the ARIA practices has it, and
 * Enter, F2 or a letter begins to edit it.
 */
export function useActiveCell(
  table: RefObject<HTMLTableElement | null>,
  columns: readonly Column[],
  ids: readonly number[],
  mayEdit: boolean,
): ActiveCell {
  const [wanted, setWanted] = useState<Position & { id?: number }>({ row: 0, column: 'name' });
  const [edited, setEdited] = useState<{ id: number; start: string | undefined }>();
  /** Counts the moves of the focus. A flag in a ref would be used up by the effect of an older rendering. */
  const [moves, setMoves] = useState(0);
  const rows = ids.length;
  // The list may have another order now or be shorter, and the window narrower.
  const rowOfItem = wanted.id === undefined ? -1 : ids.indexOf(wanted.id);
  const position: Position = {
    row: rowOfItem >= 0 ? rowOfItem : Math.max(0, Math.min(wanted.row, rows - 1)),
    column: columns.includes(wanted.column) ? wanted.column : 'name',
  };
  const { row, column } = position;
  // The list can take the row away while something is typed: then another item must not get it.
  const editing = edited && edited.id === ids[row] ? edited : undefined;
  const isGone = edited !== undefined && editing === undefined;

  useEffect(() => {
    if (isGone) setEdited(undefined);
  }, [isGone]);

  useLayoutEffect(() => {
    if (moves === 0) return;
    const cell = table.current?.querySelector<HTMLElement>(`[data-row="${row}"][data-column="${column}"]`);
    const widget = cell?.hasAttribute('tabindex') ? cell : cell?.querySelector<HTMLElement>('[tabindex]');
    widget?.focus();
    // Only when the focus is to move: another order of the list must not take it from where the user is now.
  }, [moves]);

  const go = (next: Position) => {
    setMoves((count) => count + 1);
    setEdited(undefined);
    setWanted({ ...next, id: ids[next.row] });
  };
  const isAt = (next: Position) => {
    if (next.row === row && next.column === column) return;
    setEdited(undefined);
    setWanted({ ...next, id: ids[next.row] });
  };
  const edit = (start?: string) => {
    const id = ids[row];
    if (mayEdit && isEditable(column) && id !== undefined) setEdited({ id, start });
  };
  const endEditing: ActiveCell['endEditing'] = (way, hasFocus) => {
    const index = row * 2 + (column === 'price' ? 1 : 0) + (way === 'next' ? 1 : -1);
    if (way === 'down') go({ row: Math.min(row + 1, rows - 1), column });
    else if (way !== 'stay' && index >= 0 && index < rows * 2)
      go({ row: Math.floor(index / 2), column: index % 2 === 0 ? 'name' : 'price' });
    else if (hasFocus) go(position);
    else setEdited(undefined);
  };

  const handleKey = (event: KeyboardEvent) => {
    if (!(event.target as HTMLElement).closest('[data-row]')) return;
    const next = neighbour(event, position, columns, rows);
    if (next) {
      event.preventDefault();
      go(next);
    } else if (isEditable(column) && mayEdit) {
      // A space alone is no value, and who presses it means to select or to scroll.
      const isText =
        event.key.length === 1 && event.key !== ' ' && !event.ctrlKey && !event.metaKey && !event.altKey;
      if (!isText && event.key !== 'Enter' && event.key !== 'F2') return;
      event.preventDefault();
      edit(isText ? event.key : undefined);
    }
  };

  return { position, editing, go, isAt, edit, endEditing, handleKey };
}

/** The cell that a key leads to. */
function neighbour(
  { key, ctrlKey, metaKey, altKey, shiftKey }: KeyboardEvent,
  { row, column }: Position,
  columns: readonly Column[],
  rows: number,
): Position | undefined {
  if (altKey || shiftKey) return undefined;
  const isWhole = ctrlKey || metaKey;
  const index = columns.indexOf(column);
  const columnAt = (wanted: number) => columns[Math.max(0, Math.min(wanted, columns.length - 1))] ?? column;
  const rowAt = (wanted: number) => Math.max(0, Math.min(wanted, rows - 1));
  switch (key) {
    case 'ArrowUp':
      return { row: rowAt(isWhole ? 0 : row - 1), column };
    case 'ArrowDown':
      return { row: rowAt(isWhole ? rows : row + 1), column };
    case 'ArrowLeft':
      return { row, column: columnAt(isWhole ? 0 : index - 1) };
    case 'ArrowRight':
      return { row, column: columnAt(isWhole ? columns.length : index + 1) };
    case 'Home':
      return { row: isWhole ? 0 : row, column: columnAt(0) };
    case 'End':
      return { row: isWhole ? rowAt(rows) : row, column: columnAt(columns.length) };
    case 'PageUp':
      return { row: rowAt(row - 10), column };
    case 'PageDown':
      return { row: rowAt(row + 10), column };
    default:
      return undefined;
  }
}
