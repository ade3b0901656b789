import {
  AutocompleteInput,
  Edit,
  ReferenceInput,
  required,
  SaveButton,
  SimpleForm,
  TextInput,
  Toolbar,
  usePermissions,
} from 'react-admin';
import { DeleteStoreButton } from './delete-store-button';

function StoreToolbar() {
  return (
    <Toolbar sx={{ justifyContent: 'space-between' }}>
      <SaveButton />
      <DeleteStoreButton />
    </Toolbar>
  );
}

/** Only admins can give a store to somebody else. */
export function StoreEdit() {
  const { permissions } = usePermissions<string>();
  return (
    <Edit mutationMode="pessimistic" redirect="list">
      <SimpleForm warnWhenUnsavedChanges toolbar={<StoreToolbar />} sx={{ maxWidth: 480 }}>
        <TextInput source="name" validate={required()} />
        {permissions === 'admin' && (
          <ReferenceInput source="owner_id" reference="users" sort={{ field: 'email', order: 'ASC' }}>
            <AutocompleteInput optionText="email" filterToQuery={(q) => ({ q })} validate={required()} />
          </ReferenceInput>
        )}
      </SimpleForm>
    </Edit>
  );
}
