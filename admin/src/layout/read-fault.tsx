import { Alert, Button } from '@mui/material';
import { useTranslate } from 'react-admin';

/** Tells that something could not be read, and reads it again when it is asked to. */
export function ReadFault({ reason = '', onRetry }: { reason?: string; onRetry: () => void }) {
  const translate = useTranslate();
  return (
    <Alert
      severity="error"
      action={
        <Button color="inherit" size="small" onClick={onRetry}>
          {translate('emporium.retry')}
        </Button>
      }
    >
      {translate('emporium.not_read')} {reason}
    </Alert>
  );
}
