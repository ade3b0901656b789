import { Alert, Button } from '@mui/material';
import { useListContext, useTranslate } from 'react-admin';
import { Cancelled } from '../panel-error';

/** Stands where rows would be that could not be read: without it the list would look empty. */
export function ListFault() {
  const { error, refetch } = useListContext();
  const translate = useTranslate();
  if (!error || error instanceof Cancelled) return null;
  return (
    <Alert
      severity="error"
      action={
        <Button color="inherit" size="small" onClick={() => void refetch()}>
          {translate('emporium.retry')}
        </Button>
      }
    >
      {translate('emporium.not_read')} {error instanceof Error ? error.message : ''}
    </Alert>
  );
}
