import AddIcon from '@mui/icons-material/Add';
import { Button } from '@mui/material';
import { List, SortButton, TopToolbar, useTranslate } from 'react-admin';
import { Link } from 'react-router-dom';
import { ImportButton } from '../imports/import-button';
import { useItemFilter } from './item-filter';
import { ItemPages } from './item-pages';
import { ItemTable } from './item-table';
import { ChangeItemsButton } from './edits/change-items-button';
import { toEditFilter } from './edits/edits';
import { useMayWrite } from '../stores/use-may-write';

const ORDERS = ['name', 'price', 'created_at', 'updated_at', 'id'];

function ItemActions() {
  const [filter] = useItemFilter();
  const { store_id: storeId } = filter;
  const mayWrite = useMayWrite(storeId);
  const translate = useTranslate();
  const search = storeId === undefined ? '' : `?store_id=${storeId}`;
  return (
    <TopToolbar sx={{ flexWrap: 'wrap', height: 'auto' }}>
      <SortButton fields={ORDERS} />
      {storeId !== undefined && mayWrite && (
        <ChangeItemsButton storeId={storeId} filter={toEditFilter(filter)} label="open_all" />
      )}
      <Button
        component={Link}
        size="small"
        startIcon={<AddIcon />}
        to={{ pathname: '/items/create', search }}
      >
        {translate('ra.action.create')}
      </Button>
      <ImportButton storeId={storeId} />
    </TopToolbar>
  );
}

export function ItemList() {
  return (
    <List
      actions={<ItemActions />}
      pagination={<ItemPages />}
      sort={{ field: 'name', order: 'ASC' }}
      perPage={25}
      empty={false}
      exporter={false}
      // The grid keeps what is typed, also without a connection.
      offline={false}
    >
      <ItemTable />
    </List>
  );
}
