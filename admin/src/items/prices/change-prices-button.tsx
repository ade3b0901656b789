import PriceIcon from '@mui/icons-material/PriceChange';
import { Button } from '@mui/material';
import { useState } from 'react';
import { useRefresh, useTranslate } from 'react-admin';
import { setNotice } from '../notice';
import { ChangePricesDialog } from './change-prices-dialog';
import { type Edit, type EditFilter, undoEdit } from './price-edits';

/** Changes the prices of all items of a store that pass a filter. */
export function ChangePricesButton({ storeId, filter }: { storeId: number; filter: EditFilter }) {
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
    return { severity: 'success', text: translate('emporium.items.prices.undone') } as const;
  };
  const end = (done: Edit | undefined) => {
    setOpen(false);
    if (!done) return;
    refresh();
    setNotice({
      severity: 'success',
      text: translate('emporium.items.prices.done', { smart_count: done.updated }),
      undo: () => undo(done.id),
    });
  };
  return (
    <>
      <Button
        size="small"
        startIcon={<PriceIcon />}
        onClick={() => {
          setOpen(true);
        }}
      >
        {translate('emporium.items.prices.open')}
      </Button>
      {isOpen && <ChangePricesDialog storeId={storeId} filter={filter} onEnd={end} />}
    </>
  );
}
