import { Alert } from '@mui/material';
import { useTranslate } from 'react-admin';
import { connection } from './connection';

/** Tells that the server does not answer, as long as that is so. */
export function ConnectionBanner() {
  const isLost = connection.useIsLost();
  const translate = useTranslate();
  return (
    <div role="status">
      {isLost && (
        <Alert severity="warning" sx={{ borderRadius: 0 }}>
          {translate('emporium.connection.lost')}
        </Alert>
      )}
    </div>
  );
}
