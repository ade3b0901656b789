import { Create, required, SimpleForm, TextInput } from 'react-admin';
import { FormToolbar } from '../layout/form-toolbar';

export function StoreCreate() {
  return (
    <Create redirect="list">
      <SimpleForm warnWhenUnsavedChanges toolbar={<FormToolbar />} sx={{ maxWidth: 480 }}>
        <TextInput source="name" validate={required()} autoFocus />
      </SimpleForm>
    </Create>
  );
}
