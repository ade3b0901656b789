import { Box, Typography } from '@mui/material';
import { type MouseEvent, useDeferredValue, useMemo, useRef } from 'react';
import { useListContext, useTranslate } from 'react-admin';
import { useNavigate } from 'react-router-dom';
import { type Item } from '../../api';
import { type Notice } from '../notice';
import { type Column, isEditable, useColumns } from './columns';
import { GridHead } from './grid-head';
import { GridRow } from './grid-row';
import { GridTable } from './grid-table';
import { type GridEdits } from './grid-edits';
import { linesOf } from './paste';
import { pasteAndTell } from './paste-notice';
import { useRowActions } from './row-actions';
import { type Position, useActiveCell } from './use-active-cell';
import { useStoreNames } from './use-store-names';

const NO_ITEMS: Item[] = [];

export interface ItemGridProps {
  edits: GridEdits;
  mayWrite: boolean;
  isOneStore: boolean;
  onNotice: (notice: Notice) => void;
  onOpenTags: (item: Item) => void;
}

/** The rows of the list as a grid, whose names and prices are changed in place. */
export function ItemGrid({ edits, mayWrite, isOneStore, onNotice, onOpenTags }: ItemGridProps) {
  const { data: newest = NO_ITEMS, selectedIds, onToggleItem } = useListContext<Item>();
  // A hundred new rows are drawn a few at a time, so that the next key of a search does not wait for them.
  const data = useDeferredValue(newest);
  const storeNames = useStoreNames(data, !isOneStore);
  const navigate = useNavigate();
  const translate = useTranslate();
  const columns = useColumns(isOneStore);
  const table = useRef<HTMLTableElement>(null);
  const ids = useMemo(() => data.map(({ id }) => id), [data]);
  const active = useActiveCell(table, columns, ids, mayWrite);
  const { position, editing } = active;
  /** the cell that had the focus before the mouse was pressed: a second click on it edits it */
  const wasActive = useRef<string>(undefined);
  const selected = useMemo(() => new Set<unknown>(selectedIds), [selectedIds]);

  /** The links are plain ones, because components would make the rows slow. */
  const openLink = (event: MouseEvent) => {
    const link = (event.target as Element).closest('a');
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    void navigate(link.hash.slice(1));
  };
  const paste = async (text: string) => {
    if (!mayWrite || !isEditable(position.column)) return;
    onNotice(await pasteAndTell(edits, position.column, data.slice(position.row), linesOf(text)));
  };
  const actions = useRowActions({
    toggle: (id) => {
      onToggleItem(id);
    },
    openTags: onOpenTags,
    endEditing: (way, hasFocus) => {
      active.endEditing(way, hasFocus);
    },
    pasteColumn: (text) => void paste(text),
  });

  return (
    <>
      {mayWrite && (
        <Typography
          id="items-help"
          variant="body2"
          color="textSecondary"
          sx={{ paddingX: 2, paddingBottom: 1, display: { xs: 'none', md: 'block' } }}
        >
          {translate('emporium.items.grid.help')}
        </Typography>
      )}
      <Box sx={{ overflowX: 'clip' }}>
        <GridTable
          ref={table}
          role="grid"
          aria-label={translate('emporium.items.grid.label')}
          aria-describedby={mayWrite ? 'items-help' : undefined}
          aria-rowcount={data.length + 1}
          aria-multiselectable
          onKeyDown={(event) => {
            if (event.key === 'Escape' && isEditable(position.column)) {
              const item = data[position.row];
              // What is on its way cannot be called back.
              if (item && edits.cellOf(item.id, position.column)?.state === 'refused')
                edits.restore(item.id, position.column);
            } else active.handleKey(event);
          }}
          onFocus={(event) => {
            const at = positionOf(event.target);
            if (at) active.isAt(at);
          }}
          onClick={(event) => {
            openLink(event);
            const at = positionOf(event.target as Element);
            if (!at || !isEditable(at.column) || editing) return;
            if (wasActive.current === cellOf(at)) active.edit();
          }}
          onMouseDown={() => {
            wasActive.current = table.current?.contains(document.activeElement)
              ? cellOf(position)
              : undefined;
          }}
          onDoubleClick={(event) => {
            const at = positionOf(event.target as Element);
            if (at && isEditable(at.column) && !editing) active.edit();
          }}
          onPaste={(event) => {
            if (!positionOf(event.target as Element)) return;
            event.preventDefault();
            void paste(event.clipboardData.getData('text/plain'));
          }}
        >
          <GridHead columns={columns} />
          <tbody>
            {data.map((item, index) => {
              const isActive = index === position.row;
              return (
                <GridRow
                  key={item.id}
                  item={item}
                  index={index}
                  columns={columns}
                  edits={edits}
                  actions={actions}
                  activeColumn={isActive ? position.column : undefined}
                  editing={isActive ? editing : undefined}
                  isSelected={selected.has(item.id)}
                  mayWrite={mayWrite}
                  storeName={storeNames.get(item.store_id)}
                />
              );
            })}
          </tbody>
        </GridTable>
      </Box>
    </>
  );
}

function cellOf({ row, column }: Position): string {
  return `${row} ${column}`;
}

/** The cell that an element is in. */
function positionOf(element: Element): Position | undefined {
  const cell = element.closest<HTMLElement>('[data-row]');
  if (!cell) return undefined;
  return { row: Number(cell.dataset.row), column: cell.dataset.column as Column };
}
