import {
  DateField,
  DeleteWithConfirmButton,
  Edit,
  Labeled,
  SaveButton,
  SelectInput,
  SimpleForm,
  TextField,
  Toolbar,
  useTranslate,
} from 'react-admin';
import { ROLES } from './roles';

function UserToolbar() {
  const translate = useTranslate();
  return (
    <Toolbar sx={{ justifyContent: 'space-between' }}>
      <SaveButton />
      <DeleteWithConfirmButton
        mutationMode="pessimistic"
        confirmContent={translate('emporium.users.delete_text')}
      />
    </Toolbar>
  );
}

export function UserEdit() {
  return (
    <Edit mutationMode="pessimistic">
      <SimpleForm warnWhenUnsavedChanges toolbar={<UserToolbar />} sx={{ maxWidth: 480 }}>
        <Labeled>
          <TextField source="email" />
        </Labeled>
        <Labeled>
          <DateField source="created_at" showTime />
        </Labeled>
        <SelectInput source="role" choices={ROLES} required />
      </SimpleForm>
    </Edit>
  );
}
