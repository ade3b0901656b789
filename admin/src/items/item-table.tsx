import { Alert, LinearProgress, Typography } from '@mui/material';
import { useEffect, useState } from 'react';
import { useListContext, usePermissions, useTranslate } from 'react-admin';
import { type Item } from '../api';
import { NoStore, useHasNoStore } from '../stores/no-store';
import { ListFault } from '../layout/list-fault';
import { useMayWrite } from '../stores/use-may-write';
import { BulkBar } from './bulk/bulk-bar';
import { useCachedItems } from './cached-items';
import { ItemFilters } from './filters/item-filters';
import { GridEdits } from './grid/grid-edits';
import { ItemGrid } from './grid/item-grid';
import { UnsavedBar } from './grid/unsaved-bar';
import { useItemFilter } from './item-filter';
import { NoticeBar, setNotice, useNotice } from './notice';
import { TagsDialog } from './tags/tags-dialog';

/** All that stands between the title and the pages of the list. */
export function ItemTable() {
  const { data, error, isFetching, total, onUnselectItems } = useListContext<Item>();
  const [filter] = useItemFilter();
  const { store_id: storeId } = filter;
  const { permissions } = usePermissions<string>();
  const mayWrite = useMayWrite(storeId);
  const hasNoStore = useHasNoStore();
  const translate = useTranslate();
  const cached = useCachedItems();
  const [edits] = useState(() => new GridEdits(cached));
  const notice = useNotice();
  const [tagged, setTagged] = useState<Item>();

  // Rows that are not shown any more must not be changed with the others; the selection outlives the page otherwise.
  const rowsShown = JSON.stringify(filter);
  useEffect(() => {
    onUnselectItems();
  }, [rowsShown]);

  if (hasNoStore) return <NoStore />;
  // Another store is not there before its rows are: those of the last one would be shown with its rights.
  const isReady =
    storeId === undefined
      ? permissions === 'admin'
      : (data?.every((item) => item.store_id === storeId) ?? false);
  return (
    <>
      <ItemFilters />
      <div style={{ height: 4 }}>{isFetching && <LinearProgress aria-hidden />}</div>
      {mayWrite === false && <Alert severity="info">{translate('emporium.items.read_only_list')}</Alert>}
      <UnsavedBar edits={edits} />
      <NoticeBar notice={notice} onChange={setNotice} />
      {mayWrite && <BulkBar storeId={storeId} onNotice={setNotice} />}
      {error && <ListFault />}
      {isReady && data && data.length > 0 && (
        <ItemGrid
          edits={edits}
          mayWrite={mayWrite ?? false}
          isOneStore={storeId !== undefined}
          onNotice={setNotice}
          onOpenTags={setTagged}
        />
      )}
      {isReady && total === 0 && (
        <Typography sx={{ padding: 3 }} color="textSecondary">
          {translate('emporium.items.nothing')}
        </Typography>
      )}
      {tagged && (
        <TagsDialog
          item={tagged}
          onClose={() => {
            setTagged(undefined);
          }}
        />
      )}
    </>
  );
}
