import { Alert } from '@mui/material';
import { useTranslate } from 'react-admin';
import { connection } from './connection';

/** Tells that the server does not answer or is busy, as long as that is so. */
export function ConnectionBanner() {
  const trouble = connection.useTrouble();
  const translate = useTranslate();
  return (
    <div role="status">
      {trouble && (
        <Alert severity="warning" sx={{ borderRadius: 0 }}>
          {translate(`emporium.connection.${trouble}`)}
        </Alert>
      )}
    </div>
  );
}
