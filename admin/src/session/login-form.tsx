import { Alert, Button, Stack, TextField } from '@mui/material';
import { type ReactNode, type SyntheticEvent, useState } from 'react';
import { useTranslate } from 'react-admin';

export interface LoginFormProps {
  /** who logs in, if it is known */
  address?: string;
  /** @throws an error with a message for the person */
  onSubmit: (email: string, password: string) => Promise<void>;
  /** buttons beside the one that logs in */
  children?: ReactNode;
}

/** The fields of a login, for the page and for the dialog. */
export function LoginForm({ address = '', onSubmit, children }: LoginFormProps) {
  const translate = useTranslate();
  const [email, setEmail] = useState(address);
  const [password, setPassword] = useState('');
  const [error, setError] = useState<string>();
  const [isBusy, setBusy] = useState(false);

  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(undefined);
    onSubmit(email, password)
      .catch((reason: unknown) => {
        setError(reason instanceof Error ? reason.message : String(reason));
      })
      .finally(() => {
        setBusy(false);
      });
  };

  return (
    <Stack component="form" onSubmit={submit} sx={{ gap: 1 }}>
      <div role="alert">{error !== undefined && <Alert severity="error">{error}</Alert>}</div>
      <TextField
        label={translate('emporium.login.email')}
        type="email"
        name="email"
        autoComplete="username"
        autoFocus={address === ''}
        required
        value={email}
        onChange={(event) => {
          setEmail(event.target.value);
        }}
      />
      <TextField
        label={translate('emporium.login.password')}
        type="password"
        name="password"
        autoComplete="current-password"
        autoFocus={address !== ''}
        required
        value={password}
        onChange={(event) => {
          setPassword(event.target.value);
        }}
      />
      <Stack direction="row" sx={{ gap: 1, justifyContent: 'flex-end', marginTop: 1 }}>
        {children}
        <Button type="submit" variant="contained" disabled={isBusy}>
          {translate('emporium.login.submit')}
        </Button>
      </Stack>
    </Stack>
  );
}
