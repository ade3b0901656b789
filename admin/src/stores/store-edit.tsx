import {
  AutocompleteInput,
  Edit,
  ReferenceInput,
  required,
  SimpleForm,
  TextInput,
  usePermissions,
  useRecordContext,
} from 'react-admin';
import { type Store } from '../api';
import { HistoryActions } from '../history/history-button';
import { ImportButton } from '../imports/import-button';
import { FormToolbar } from '../layout/form-toolbar';
import { useLoadErrors } from '../layout/use-load-errors';
import { DeleteStoreButton } from './delete-store-button';
import { useMayWrite } from './use-may-write';

function StoreToolbar() {
  return (
    <FormToolbar>
      <DeleteStoreButton />
    </FormToolbar>
  );
}

/** Other people's stores are shown, and cannot be changed. Only admins can give a store to somebody else. */
function StoreForm() {
  const store = useRecordContext<Store>();
  const mayWrite = useMayWrite(store?.id);
  const { permissions } = usePermissions<string>();
  if (mayWrite === undefined) return null;
  return (
    <SimpleForm warnWhenUnsavedChanges toolbar={mayWrite && <StoreToolbar />} sx={{ maxWidth: 480 }}>
      <TextInput source="name" validate={required()} readOnly={!mayWrite} />
      {permissions === 'admin' && (
        <ReferenceInput source="owner_id" reference="users" sort={{ field: 'email', order: 'ASC' }}>
          <AutocompleteInput optionText="email" filterToQuery={(q) => ({ q })} validate={required()} />
        </ReferenceInput>
      )}
    </SimpleForm>
  );
}

function StoreActions() {
  const store = useRecordContext<Store>();
  return (
    <HistoryActions>
      <ImportButton storeId={store?.id} isList />
      <ImportButton storeId={store?.id} />
    </HistoryActions>
  );
}

export function StoreEdit() {
  const queryOptions = useLoadErrors();
  return (
    <Edit actions={<StoreActions />} mutationMode="pessimistic" queryOptions={queryOptions} redirect="list">
      <StoreForm />
    </Edit>
  );
}
