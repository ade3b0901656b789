import EditIcon from '@mui/icons-material/EditNote';
import { Button } from '@mui/material';
import { useState } from 'react';
import { useRefresh, useTranslate } from 'react-admin';
import { PanelError } from '../../panel-error';
import { writesOf } from '../../imports/import';
import { type Notice, setNotice } from '../notice';
import { ChangeItemsDialog } from './change-items-dialog';
import { type Edit, type EditFilter, undoEdit } from './edits';

export interface ChangeItemsButtonProps {
  storeId: number;
  filter: EditFilter;
  /** what it says */
  label: 'open' | 'open_all';
  /** the items are gone */
  onDeleted?: () => void;
}

/** Changes all items of a store that pass a filter. */
export function ChangeItemsButton({ storeId, filter, label, onDeleted }: ChangeItemsButtonProps) {
  const translate = useTranslate();
  const refresh = useRefresh();
  const [isOpen, setOpen] = useState(false);

  const undo = async (id: number): Promise<Notice> => {
    try {
      await undoEdit(id);
    } catch (error) {
      if (error instanceof PanelError && error.code === 'changed_since')
        return {
          severity: 'warning',
          text: translate('emporium.items.edits.changed_since'),
          link: {
            to: `/stores/${storeId}/imports/${id}`,
            text: translate('emporium.items.edits.page_of_change'),
          },
        };
      return { severity: 'warning', text: error instanceof Error ? error.message : String(error) };
    }
    refresh();
    return { severity: 'success', text: translate('emporium.items.edits.undone') };
  };
  const end = (done: Edit | undefined) => {
    setOpen(false);
    if (!done) return;
    if (done.deleted > 0) onDeleted?.();
    refresh();
    setNotice({
      severity: 'success',
      text: translate(`emporium.items.edits.${done.deleted > 0 ? 'deleted' : 'changed'}`, {
        smart_count: writesOf(done),
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
