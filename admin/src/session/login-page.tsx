import { Box, Card, CardContent, Stack, Typography } from '@mui/material';
import { LocalesMenuButton, ToggleThemeButton, useLogin, useTranslate } from 'react-admin';
import { useState } from 'react';
import { Navigate } from 'react-router-dom';
import { api } from '../api';
import { setNotice } from '../items/notice';
import { queryClient } from '../query-client';
import { LoginForm } from './login-form';

export function LoginPage() {
  const login = useLogin();
  const translate = useTranslate();
  const [wasLoggedIn] = useState(() => api.isLoggedIn);
  // The way back in the history leads here, too.
  if (wasLoggedIn) return <Navigate to="/" replace />;
  return (
    <Box
      component="main"
      sx={{
        minHeight: '100dvh',
        display: 'grid',
        placeItems: 'center',
        padding: 2,
        bgcolor: 'background.default',
      }}
    >
      <Card sx={{ width: '100%', maxWidth: 380 }}>
        <CardContent>
          <Stack direction="row" sx={{ alignItems: 'center', gap: 1.5, marginBottom: 1 }}>
            <img src="./emporium.svg" alt="" width={36} height={36} />
            <Typography component="h1" variant="h5">
              Emporium
            </Typography>
          </Stack>
          <Typography color="textSecondary" sx={{ marginBottom: 2 }}>
            {translate('emporium.login.welcome')}
          </Typography>
          <LoginForm
            onSubmit={async (email, password) => {
              // Nothing that another account has read is shown to this one.
              queryClient.clear();
              setNotice(undefined);
              await login({ email, password });
            }}
          />
          <Stack direction="row" sx={{ marginTop: 2, justifyContent: 'space-between' }}>
            <LocalesMenuButton />
            <ToggleThemeButton />
          </Stack>
        </CardContent>
      </Card>
    </Box>
  );
}
