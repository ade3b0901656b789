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
import { keepFromRow } from '../layout/keep-from-row';
import { linkToList } from '../layout/link-to-list';
import { ListFault } from '../layout/list-fault';
import { ListPages } from '../layout/pages';
import { RowLink } from '../layout/row-link';
import { Search } from '../layout/search';
import { useIsWide } from '../layout/use-is-wide';

const FILTERS = [<Search key="q" source="q" alwaysOn />];

function StoreLinks() {
  const store = useRecordContext<Store>();
  const translate = useTranslate();
  if (!store) return null;
  return (['items', 'tags'] as const).map((list) => {
    const label = translate(`emporium.stores.open_${list}`);
    return (
      <Button
        key={list}
        component={Link}
        size="small"
        to={linkToList(list, { store_id: store.id })}
        aria-label={`${label}: ${store.name}`}
        onClick={keepFromRow}
      >
        {label}
      </Button>
    );
  });
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
      pagination={<ListPages />}
      actions={
        <TopToolbar>
          <CreateButton />
        </TopToolbar>
      }
      exporter={false}
      error={<ListFault />}
    >
      <DataTable bulkActionButtons={false} rowClick="edit">
        <DataTable.Col source="name">
          <RowLink source="name" />
        </DataTable.Col>
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
