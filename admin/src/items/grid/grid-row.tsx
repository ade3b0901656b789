import OpenIcon from '@mui/icons-material/Edit';
import { memo, type ReactNode } from 'react';
import { DateField, ReferenceField, useTranslate } from 'react-admin';
import { Link } from 'react-router-dom';
import { type Item } from '../../api';
import { CellEditor } from './cell-editor';
import { CellValue } from './cell-value';
import { type Column, type EditableColumn, isEditable } from './columns';
import { type GridEdits } from './grid-edits';
import { type RowActions } from './row-actions';
import { TagButton } from './tag-button';
import { textOf } from './values';

export interface GridRowProps {
  item: Item;
  index: number;
  columns: readonly Column[];
  edits: GridEdits;
  actions: RowActions;
  /** the column of the active cell, if it is in this row */
  activeColumn: Column | undefined;
  /** whether the active cell is being edited, and the key that it began with */
  editing: { start: string | undefined } | undefined;
  isSelected: boolean;
  mayWrite: boolean;
}

export const GridRow = memo(function GridRow(props: GridRowProps) {
  const { item, index, columns, activeColumn, isSelected } = props;
  return (
    <tr role="row" aria-rowindex={index + 2} aria-selected={isSelected} data-id={item.id}>
      {columns.map((column) =>
        isEditable(column) ? (
          <EditableCell key={column} {...props} column={column} />
        ) : (
          <td
            key={column}
            role="gridcell"
            className={column}
            data-row={index}
            data-column={column}
            tabIndex={hasWidget(column) ? undefined : tabIndexOf(column === activeColumn)}
          >
            <PlainCell {...props} column={column} />
          </td>
        ),
      )}
    </tr>
  );
});

/** The focus goes to what is in such a cell, and not to the cell. */
function hasWidget(column: Column): boolean {
  return column === 'select' || column === 'tags' || column === 'open';
}

function tabIndexOf(isActive: boolean): 0 | -1 {
  return isActive ? 0 : -1;
}

function EditableCell({
  item,
  index,
  column,
  edits,
  actions,
  activeColumn,
  editing,
  mayWrite,
}: GridRowProps & { column: EditableColumn }) {
  const cell = edits.useCell(item.id, column);
  const isActive = column === activeColumn;
  const isEdited = isActive && editing !== undefined;
  return (
    <td
      role="gridcell"
      className={`${column} ${cell?.state ?? ''}`}
      data-row={index}
      data-column={column}
      tabIndex={isEdited ? undefined : tabIndexOf(isActive)}
      aria-readonly={!mayWrite}
      aria-invalid={cell?.state === 'refused' || undefined}
    >
      {isEdited ? (
        <CellEditor
          edits={edits}
          item={item}
          column={column}
          start={editing.start}
          onEnd={actions.endEditing}
          onPasteColumn={actions.pasteColumn}
        />
      ) : (
        <CellValue cell={cell} text={textOf(item, column)} />
      )}
    </td>
  );
}

function PlainCell({
  item,
  column,
  actions,
  activeColumn,
  isSelected,
  mayWrite,
}: GridRowProps & { column: Column }): ReactNode {
  const translate = useTranslate();
  const tabIndex = tabIndexOf(column === activeColumn);
  switch (column) {
    case 'select':
      return (
        <input
          type="checkbox"
          aria-label={translate('emporium.items.grid.select', { name: item.name })}
          tabIndex={tabIndex}
          checked={isSelected}
          onChange={() => {
            actions.toggle(item.id);
          }}
        />
      );
    case 'sku':
      return item.sku;
    case 'store_id':
      return <ReferenceField record={item} source="store_id" reference="stores" link={false} />;
    case 'tags':
      return <TagButton item={item} tabIndex={tabIndex} mayWrite={mayWrite} onOpen={actions.openTags} />;
    case 'updated_at':
      return <DateField record={item} source="updated_at" />;
    default:
      return (
        <Link
          to={`/items/${item.id}`}
          tabIndex={tabIndex}
          aria-label={translate('emporium.items.grid.open', { name: item.name })}
        >
          <OpenIcon fontSize="small" />
        </Link>
      );
  }
}
