import {
  DateField,
  Edit,
  Labeled,
  SelectInput,
  SimpleForm,
  TextField,
  useGetIdentity,
  useLogout,
  useRecordContext,
  useTranslate,
} from 'react-admin';
import { type User } from '../api';
import { DeleteWithQuestion } from '../layout/delete-with-question';
import { FormToolbar } from '../layout/form-toolbar';
import { useLoadErrors } from '../layout/use-load-errors';
import { ROLES } from './roles';

function UserToolbar() {
  const translate = useTranslate();
  const logout = useLogout();
  const user = useRecordContext<User>();
  const { identity } = useGetIdentity();
  const isOwn = user !== undefined && user.id === identity?.id;
  return (
    <FormToolbar>
      <DeleteWithQuestion
        title={translate('emporium.users.delete_title', { email: user?.email })}
        text={translate(isOwn ? 'emporium.users.delete_own_text' : 'emporium.users.delete_text')}
        onDeleted={isOwn ? () => void logout() : undefined}
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
