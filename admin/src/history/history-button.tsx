import HistoryIcon from '@mui/icons-material/History';
import { Button } from '@mui/material';
import { type ReactNode } from 'react';
import { TopToolbar, useRecordContext, useResourceContext, useTranslate } from 'react-admin';
import { Link } from 'react-router-dom';
import { type Item, type Store } from '../api';
import { useMayWrite } from '../stores/use-may-write';

/**
 * Above the form of a store or an item, for those who may read its history.
 *
 * @param children what else they may do
 */
export function HistoryActions({ children }: { children?: ReactNode }) {
  const record = useRecordContext<Item | Store>();
  const resource = useResourceContext();
  const translate = useTranslate();
  const mayRead = useMayWrite(record && ('store_id' in record ? record.store_id : record.id));
  if (!record || !mayRead) return null;
  return (
    <TopToolbar>
      <Button
        component={Link}
        to={`/${resource}/${record.id}/history`}
        size="small"
        startIcon={<HistoryIcon />}
      >
        {translate('emporium.history.open')}
      </Button>
      {children}
    </TopToolbar>
  );
}
