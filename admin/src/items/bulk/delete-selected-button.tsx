import DeleteIcon from '@mui/icons-material/Delete';
import { Button } from '@mui/material';
import { useDeleteMany, useListContext, useNotify, useRefresh, useTranslate } from 'react-admin';
import { type Item } from '../../api';
import { Cancelled } from '../../panel-error';
import { useCachedItems } from '../cached-items';

/** How long a deletion can be taken back, in milliseconds. For as long react-admin hides the rows in lists that it reads. */
const TIME_TO_UNDO = 5000;

/** The rows go from the list at once, and from the server when the time to take it back is over. */
export function DeleteSelectedButton({ disabled }: { disabled: boolean }) {
  const { selectedIds, onUnselectItems } = useListContext<Item>();
  const cached = useCachedItems();
  const notify = useNotify();
  const refresh = useRefresh();
  const translate = useTranslate();
  const [deleteMany] = useDeleteMany<Item, Error>();

  const remove = () => {
    const ids = selectedIds.map(Number);
    void deleteMany(
      'items',
      // If somebody has changed an item after it was shown here, it is deleted only after a question.
      { ids, meta: { seen: cached.find(ids) } },
      {
        mutationMode: 'undoable',
        onSuccess: () => {
          onUnselectItems();
          notify(translate('emporium.items.bulk.deleted', { smart_count: ids.length }), {
            type: 'info',
            undoable: true,
            autoHideDuration: TIME_TO_UNDO,
          });
        },
        onError: (error) => {
          if (!(error instanceof Cancelled)) notify(error.message, { type: 'error' });
          refresh();
        },
      },
    );
  };
  return (
    <Button size="small" color="error" startIcon={<DeleteIcon />} disabled={disabled} onClick={remove}>
      {translate('emporium.items.bulk.delete')}
    </Button>
  );
}
