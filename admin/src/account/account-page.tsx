import { Card, CardContent, Stack, Typography } from '@mui/material';
import { LocalesMenuButton, Title, useTranslate } from 'react-admin';
import { ChangeEmail } from './change-email';
import { ChangePassword } from './change-password';
import { Sessions } from './sessions';

export default function AccountPage() {
  const translate = useTranslate();
  const parts = [
    ['change_email', <ChangeEmail key="email" />],
    ['change_password', <ChangePassword key="password" />],
    ['sessions', <Sessions key="sessions" />],
    ['language', <LocalesMenuButton key="language" />],
  ] as const;
  return (
    <Stack sx={{ gap: 2, paddingY: 2, width: '100%', maxWidth: 640 }}>
      <Title title={translate('emporium.account.title')} />
      {parts.map(([name, part]) => (
        <Card key={name} component="section" aria-labelledby={`account-${name}`}>
          <CardContent>
            <Typography id={`account-${name}`} component="h2" variant="h6" gutterBottom>
              {translate(`emporium.account.${name}`)}
            </Typography>
            {part}
          </CardContent>
        </Card>
      ))}
    </Stack>
  );
}
