import { DataTable, DateField, List, SearchInput, SelectField, SelectInput } from 'react-admin';
import { Pages } from '../layout/pages';
import { WideOnly } from '../layout/wide-only';
import { ROLES } from './roles';

const FILTERS = [
  <SearchInput key="q" source="q" alwaysOn />,
  <SelectInput key="role" source="role" choices={ROLES} alwaysOn />,
];

/** For admins. Accounts are made by registration or the command line. */
export function UserList() {
  return (
    <List
      filters={FILTERS}
      sort={{ field: 'email', order: 'ASC' }}
      pagination={<Pages />}
      actions={false}
      exporter={false}
    >
      <DataTable bulkActionButtons={false} rowClick="edit">
        <DataTable.Col source="email" />
        <DataTable.Col source="role" disableSort>
          <SelectField source="role" choices={ROLES} />
        </DataTable.Col>
        <DataTable.Col source="created_at">
          <WideOnly>
            <DateField source="created_at" />
          </WideOnly>
        </DataTable.Col>
      </DataTable>
    </List>
  );
}
