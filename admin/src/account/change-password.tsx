import { useState } from 'react';
import { PasswordInput, required, useRefresh, useTranslate } from 'react-admin';
import { api } from '../api';
import { asUser } from '../as-user';
import { AccountForm } from './account-form';

export function ChangePassword() {
  const translate = useTranslate();
  const refresh = useRefresh();
  const [changes, setChanges] = useState(0);
  return (
    // A new form after each change, because passwords are not to stay in the fields.
    <AccountForm
      key={changes}
      saveLabel={translate('emporium.account.save_password')}
      savedText={translate('emporium.account.password_saved')}
      onSave={async ({ password = '', current_password = '' }) => {
        await asUser(() => api.account.update({ body: { password, current_password } }));
        setChanges(changes + 1);
        refresh();
      }}
    >
      <PasswordInput
        source="password"
        // The focus was in the form that is gone.
        autoFocus={changes > 0}
        label={translate('emporium.account.change_password')}
        autoComplete="new-password"
        validate={required()}
      />
    </AccountForm>
  );
}
