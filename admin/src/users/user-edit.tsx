import {
  DateField,
  DeleteWithConfirmButton,
  Edit,
  Labeled,
  SelectInput,
  SimpleForm,
  TextField,
  useTranslate,
} from 'react-admin';
import { FormToolbar } from '../layout/form-toolbar';
import { useLoadErrors } from '../layout/use-load-errors';
import { ROLES } from './roles';

function UserToolbar() {
  const translate = useTranslate();
  return (
    <FormToolbar>
      <DeleteWithConfirmButton
        mutationMode="pessimistic"
        confirmContent={translate('emporium.users.delete_text')}
      />
    </FormToolbar>
  );
}

export function UserEdit() {
  const queryOptions = useLoadErrors();
  return (
    <Edit mutationMode="pessimistic" queryOptions={queryOptions}>
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
