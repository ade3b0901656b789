import EditIcon from '@mui/icons-material/EditNote';
import { Button } from '@mui/material';
import { useState } from 'react';
import { useRefresh, useTranslate } from 'react-admin';
import { setNotice } from '../notice';
import { ChangeItemsDialog } from './change-items-dialog';
import { type Edit, type EditFilter, touchedBy, undoEdit } from './edits';

export interface ChangeItemsButtonProps {
  storeId: number;
  filter: EditFilter;
  /** what it says */
  label: 'open' | 'open_all';
}

/** Changes all items of a store that pass a filter. */
export function ChangeItemsButton({ storeId, filter, label }: ChangeItemsButtonProps) {
  const translate = useTranslate();
  const refresh = useRefresh();
  const [isOpen, setOpen] = useState(false);

  const undo = async (id: number) => {
    try {
      await undoEdit(id);
    } catch (error) {
      return { severity: 'warning', text: error instanceof Error ? error.message : String(error) } as const;
    }
    refresh();
    return { severity: 'success', text: translate('emporium.items.edits.undone') } as const;
  };
  const end = (done: Edit | undefined) => {
    setOpen(false);
    if (!done) return;
    refresh();
    setNotice({
      severity: 'success',
      text: translate(`emporium.items.edits.${done.deleted > 0 ? 'deleted' : 'changed'}`, {
        smart_count: touchedBy(done),
      }),
      undo: () => undo(done.id),
    });
  };
  return (
    <>
      <Button
        size="small"
        startIcon={<EditIcon />}
        onClick={() => {
          setOpen(true);
        }}
      >
        {translate(`emporium.items.edits.${label}`)}
      </Button>
      {isOpen && <ChangeItemsDialog storeId={storeId} filter={filter} onEnd={end} />}
    </>
  );
}
