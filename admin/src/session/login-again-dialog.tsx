import { Button, Dialog, DialogContent, DialogContentText, DialogTitle } from '@mui/material';
import { useTranslate } from 'react-admin';
import { api } from '../api';
import { toPanelError } from '../panel-error';
import { lastAddress } from './account';
import { loginAgain } from './login-again';
import { LoginForm } from './login-form';

/** Lies over the page whose session has ended, so that nothing that was typed is lost. */
export function LoginAgainDialog() {
  const question = loginAgain.useCurrent();
  const translate = useTranslate();
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
            } catch (error) {
              throw toPanelError(error);
            }
            // Another account has other rights, and must not write what the first has typed.
            if (email.toLowerCase() !== lastAddress().toLowerCase()) window.location.reload();
            else question.answer(true);
          }}
        >
          <Button
            onClick={() => {
              question.answer(false);
            }}
          >
            {translate('emporium.login.leave')}
          </Button>
        </LoginForm>
      </DialogContent>
    </Dialog>
  );
}
