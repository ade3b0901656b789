import { Alert, Button } from '@mui/material';
import { usePermissions, useTranslate } from 'react-admin';
import { Link } from 'react-router-dom';
import { useDefaultStore } from './default-store';

/** Whether the person has no store, and so nothing that could be listed. */
export function useHasNoStore(): boolean {
  const { permissions } = usePermissions<string>();
  const first = useDefaultStore(true);
  return first === null && permissions !== 'admin';
}

export function NoStore() {
  const translate = useTranslate();
  return (
    <Alert
      severity="info"
      action={
        <Button component={Link} to="/stores/create" color="inherit" size="small">
          {translate('emporium.items.create_store')}
        </Button>
      }
    >
      {translate('emporium.items.no_stores')}
    </Alert>
  );
}
