import { useListContext, useTranslate } from 'react-admin';
import { type Item } from '../../api';
import { type Column, SORTABLE } from './columns';

/** Columns that show no label, because they are narrow. */
const LABELS: Partial<Record<Column, string>> = {
  select: 'emporium.items.grid.select_column',
  open: 'emporium.items.grid.actions',
};

const ORDERS = { ASC: 'ascending', DESC: 'descending' } as const;

export function GridHead({ columns }: { columns: readonly Column[] }) {
  return (
    <thead>
      <tr role="row" aria-rowindex={1}>
        {columns.map((column) => (
          <HeadCell key={column} column={column} />
        ))}
      </tr>
    </thead>
  );
}

function HeadCell({ column }: { column: Column }) {
  const { sort, setSort } = useListContext<Item>();
  const translate = useTranslate();
  const isSorted = sort.field === column;
  const label = translate(LABELS[column] ?? `resources.items.fields.${column}`);
  return (
    <th
      role="columnheader"
      scope="col"
      className={column}
      aria-sort={isSorted ? ORDERS[sort.order] : undefined}
      aria-label={column in LABELS ? label : undefined}
    >
      {column === 'select' ? (
        <SelectAll />
      ) : SORTABLE.has(column) ? (
        <button
          type="button"
          onClick={() => {
            setSort({ field: column, order: isSorted && sort.order === 'ASC' ? 'DESC' : 'ASC' });
          }}
        >
          {label}
          {isSorted && <span aria-hidden>{sort.order === 'ASC' ? ' ↑' : ' ↓'}</span>}
        </button>
      ) : (
        column !== 'open' && label
      )}
    </th>
  );
}

function SelectAll() {
  const { data = [], selectedIds, onSelect } = useListContext<Item>();
  const translate = useTranslate();
  const shown = data.map(({ id }) => id);
  const isAll = shown.length > 0 && shown.every((id) => selectedIds.includes(id));
  const others = selectedIds.filter((id) => !shown.includes(id));
  return (
    <input
      type="checkbox"
      aria-label={translate('emporium.items.grid.select_all')}
      checked={isAll}
      ref={(input) => {
        if (input) input.indeterminate = !isAll && shown.some((id) => selectedIds.includes(id));
      }}
      onChange={() => {
        onSelect(isAll ? others : [...others, ...shown]);
      }}
    />
  );
}
