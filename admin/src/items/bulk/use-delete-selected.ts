import { useEffect, useRef } from 'react';
import { useDeleteMany, useListContext, useNotify, useRefresh, useTranslate } from 'react-admin';
import { type Item } from '../../api';
import { NotDeleted } from '../../panel-error';
import { useCachedItems } from '../cached-items';

/** How long a deletion can be taken back, in milliseconds. For as long react-admin hides the rows in lists that it reads. */
const TIME_TO_UNDO = 5000;

/**
 * The rows go from the list at once, and from the server when the time to take it back is over. Those that could not be
 * deleted are selected again, so that it can be tried again.
 */
export function useDeleteSelected(): () => void {
  const list = useListContext<Item>();
  const cached = useCachedItems();
  const notify = useNotify();
  const refresh = useRefresh();
  const translate = useTranslate();
  const [deleteMany] = useDeleteMany<Item, Error>();
  /** the list as it is when the server answers */
  const latest = useRef(list);
  useEffect(() => {
    latest.current = list;
  });

  return () => {
    const ids = list.selectedIds.map(Number);
    const rowsShown = JSON.stringify(list.filterValues);
    const selectAgain = (left: readonly number[]) => {
      const { selectedIds, onSelect } = latest.current;
      // Rows that are not shown any more must not be changed with the others.
      if (JSON.stringify(latest.current.filterValues) !== rowsShown) return;
      onSelect([...new Set([...selectedIds.map(Number), ...left])]);
    };
    void deleteMany(
      'items',
      // If somebody has changed an item after it was shown here, it is deleted only after a question.
      { ids, meta: { seen: cached.find(ids) } },
      {
        mutationMode: 'undoable',
        onSuccess: () => {
          list.onUnselectItems();
          notify(translate('emporium.items.bulk.deleted', { smart_count: ids.length }), {
            type: 'info',
            undoable: true,
            autoHideDuration: TIME_TO_UNDO,
          });
        },
        onError: (error) => {
          if (error instanceof NotDeleted) selectAgain(error.ids);
          if (error.message !== '') notify(error.message, { type: 'error' });
          refresh();
        },
      },
    );
  };
}
