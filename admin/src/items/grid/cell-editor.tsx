import { type KeyboardEvent, useEffect, useRef } from 'react';
import { useTranslate } from 'react-admin';
import { type Item } from '../../api';
import { type EditableColumn } from './columns';
import { type GridEdits } from './grid-edits';
import { isColumn } from './paste';
import { textOf } from './values';

/** Where to go after a value was typed. */
export type Way = 'stay' | 'down' | 'next' | 'before';

export interface CellEditorProps {
  edits: GridEdits;
  item: Item;
  column: EditableColumn;
  /** a key that was typed on the cell, and replaces its value */
  start: string | undefined;
  /** @param hasFocus whether the field has the focus still, and not what was clicked */
  onEnd: (way: Way, hasFocus: boolean) => void;
  onPasteColumn: (text: string) => void;
}

export function CellEditor({ edits, item, column, start, onEnd, onPasteColumn }: CellEditorProps) {
  const translate = useTranslate();
  const cell = edits.useCell(item.id, column);
  const input = useRef<HTMLInputElement>(null);
  const first = useRef({ text: cell?.text ?? textOf(item, column), state: cell?.state, start });
  /** Leaving the field takes the focus from it as well, which must not save a second time. */
  const isDone = useRef(false);

  useEffect(() => {
    const { text, start: key } = first.current;
    edits.type(item, column, key ?? text);
    input.current?.focus();
    if (key === undefined) input.current?.select();
    // The list can take the row away while something is typed. That is kept, but nobody has said that it is to be saved.
    return () => {
      if (!isDone.current) edits.keep(item.id, column);
    };
    // Only when the field opens: the item may change while something is typed.
  }, []);

  const save = (way: Way, hasFocus = true) => {
    if (isDone.current) return;
    isDone.current = true;
    const text = edits.cellOf(item.id, column)?.text ?? '';
    if (text === first.current.text && first.current.state === undefined) edits.restore(item.id, column);
    else void edits.save(item, column, text);
    onEnd(way, hasFocus);
  };
  const cancel = () => {
    isDone.current = true;
    edits.restore(item.id, column);
    onEnd('stay', true);
  };
  const handleKey = (event: KeyboardEvent) => {
    event.stopPropagation();
    if (event.nativeEvent.isComposing) return;
    if (event.key === 'Enter') save('down');
    else if (event.key === 'Escape') cancel();
    else if (event.key === 'Tab') save(event.shiftKey ? 'before' : 'next');
    else return;
    event.preventDefault();
  };

  return (
    <>
      <input
        ref={input}
        className="editor"
        aria-label={translate('emporium.items.grid.edit_cell', {
          column: translate(`resources.items.fields.${column}`),
          name: item.name,
        })}
        inputMode={column === 'price' ? 'decimal' : 'text'}
        autoComplete="off"
        maxLength={column === 'name' ? 200 : undefined}
        value={cell?.text ?? first.current.text}
        onChange={(event) => {
          edits.type(item, column, event.target.value);
        }}
        onKeyDown={handleKey}
        onBlur={() => {
          // Another window has the focus, and this field is still the one of the page.
          if (document.activeElement === input.current) return;
          save('stay', false);
        }}
        onPaste={(event) => {
          const text = event.clipboardData.getData('text/plain');
          event.stopPropagation();
          if (!isColumn(text)) return;
          event.preventDefault();
          cancel();
          onPasteColumn(text);
        }}
      />
      {/* A keyboard on glass has no Escape. The field must not lose the focus before, because that saves. */}
      <button
        type="button"
        className="cancel"
        tabIndex={-1}
        aria-label={translate('ra.action.cancel')}
        onPointerDown={(event) => {
          event.preventDefault();
          event.stopPropagation();
          cancel();
        }}
      >
        ✕
      </button>
    </>
  );
}
