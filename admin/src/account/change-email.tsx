import { useState } from 'react';
import { email, required, TextInput, useGetIdentity, useTranslate } from 'react-admin';
import { api } from '../api';
import { asUser } from '../as-user';
import { forgetAccount } from '../session/account';
import { AccountForm } from './account-form';

export function ChangeEmail() {
  const translate = useTranslate();
  const { identity, refetch } = useGetIdentity();
  const [isChanged, setChanged] = useState(false);
  if (!identity) return null;
  return (
    <AccountForm
      key={identity.fullName}
      defaultValues={{ email: identity.fullName }}
      saveLabel={translate('emporium.account.save_email')}
      savedText={translate('emporium.account.email_saved')}
      onSave={async ({ email: address = '', current_password = '' }) => {
        await asUser(() => api.account.update({ body: { email: address, current_password } }));
        forgetAccount();
        setChanged(true);
        await refetch();
      }}
    >
      <TextInput
        source="email"
        label={translate('emporium.login.email')}
        type="email"
        // The form is a new one for the new address, and the focus was in the former.
        autoFocus={isChanged}
        autoComplete="email"
        validate={[required(), email()]}
      />
    </AccountForm>
  );
}
