import { Button } from '@mui/material';
import {
  CreateButton,
  DataTable,
  DateField,
  List,
  ReferenceField,
  TopToolbar,
  useGetIdentity,
  usePermissions,
  useRecordContext,
  useTranslate,
} from 'react-admin';
import { Link } from 'react-router-dom';
import { type Store } from '../api';
import { linkToList } from '../layout/link-to-list';
import { Pages } from '../layout/pages';
import { Search } from '../layout/search';
import { useIsWide } from '../layout/use-is-wide';

const FILTERS = [<Search key="q" source="q" alwaysOn />];

function StoreLinks() {
  const store = useRecordContext<Store>();
  const translate = useTranslate();
  if (!store) return null;
  const stop = (event: { stopPropagation: () => void }) => {
    event.stopPropagation();
  };
  return (
    <>
      <Button component={Link} size="small" to={linkToList('items', { store_id: store.id })} onClick={stop}>
        {translate('emporium.stores.open_items')}
      </Button>
      <Button component={Link} size="small" to={linkToList('tags', { store_id: store.id })} onClick={stop}>
        {translate('emporium.stores.open_tags')}
      </Button>
    </>
  );
}

/** Admins see all stores, everybody else their own: others' could not be changed. */
export function StoreList() {
  const { permissions } = usePermissions<string>();
  const { identity } = useGetIdentity();
  const isWide = useIsWide();
  if (!identity) return null;
  return (
    <List
      filters={FILTERS}
      filter={permissions === 'admin' ? {} : { owner_id: identity.id }}
      sort={{ field: 'name', order: 'ASC' }}
      pagination={<Pages />}
      actions={
        <TopToolbar>
          <CreateButton />
        </TopToolbar>
      }
      exporter={false}
    >
      <DataTable bulkActionButtons={false} rowClick="edit">
        <DataTable.Col source="name" />
        {permissions === 'admin' && isWide && (
          <DataTable.Col source="owner_id" disableSort>
            <ReferenceField source="owner_id" reference="users" link={false} />
          </DataTable.Col>
        )}
        {isWide && (
          <DataTable.Col source="created_at">
            <DateField source="created_at" />
          </DataTable.Col>
        )}
        <DataTable.Col label={false}>
          <StoreLinks />
        </DataTable.Col>
      </DataTable>
    </List>
  );
}
