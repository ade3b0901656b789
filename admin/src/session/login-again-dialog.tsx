import { Button, Dialog, DialogContent, DialogContentText, DialogTitle } from '@mui/material';
import { useLogout, useTranslate } from 'react-admin';
import { api } from '../api';
import { toPanelError } from '../panel-error';
import { isSomebodyElse, lastAddress } from './account';
import { loginAgain } from './login-again';
import { LoginForm } from './login-form';

/** Lies over the page whose session has ended, so that nothing that was typed is lost. */
export function LoginAgainDialog() {
  const question = loginAgain.useCurrent();
  const translate = useTranslate();
  const logout = useLogout();
  if (!question) return null;
  return (
    <Dialog open aria-labelledby="login-again-title" maxWidth="xs" fullWidth>
      <DialogTitle id="login-again-title">{translate('emporium.login.again_title')}</DialogTitle>
      <DialogContent>
        <DialogContentText sx={{ marginBottom: 2 }}>
          {translate('emporium.login.again_text')}
        </DialogContentText>
        <LoginForm
          address={lastAddress()}
          onSubmit={async (email, password) => {
            try {
              await api.auth.login({ body: { email, password } });
              // Another account has other rights, and must not write what the first has typed.
              if (await isSomebodyElse()) window.location.reload();
              else question.answer(true);
            } catch (error) {
              throw toPanelError(error);
            }
          }}
        >
          <Button
            onClick={() => {
              // The logout answers the question, and the login leads back to this page.
              void logout();
            }}
          >
            {translate('emporium.login.leave')}
          </Button>
        </LoginForm>
      </DialogContent>
    </Dialog>
  );
}
