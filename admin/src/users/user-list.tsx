import { DataTable, DateField, List, SelectField, SelectInput } from 'react-admin';
import { ListFault } from '../layout/list-fault';
import { ListPages } from '../layout/pages';
import { RowLink } from '../layout/row-link';
import { Search } from '../layout/search';
import { useIsWide } from '../layout/use-is-wide';
import { ROLES } from './roles';

const FILTERS = [
  <Search key="q" source="q" alwaysOn />,
  <SelectInput key="role" source="role" choices={ROLES} alwaysOn />,
];

/** For admins. Accounts are made by registration or the command line. */
export function UserList() {
  const isWide = useIsWide();
  return (
    <List
      filters={FILTERS}
      sort={{ field: 'email', order: 'ASC' }}
      pagination={<ListPages />}
      actions={false}
      exporter={false}
      error={<ListFault />}
    >
      <DataTable bulkActionButtons={false} rowClick="edit">
        <DataTable.Col source="email">
          <RowLink source="email" />
        </DataTable.Col>
        <DataTable.Col source="role" disableSort>
          <SelectField source="role" choices={ROLES} />
        </DataTable.Col>
        {isWide && (
          <DataTable.Col source="created_at">
            <DateField source="created_at" />
          </DataTable.Col>
        )}
      </DataTable>
    </List>
  );
}
