import { Alert, Button } from '@mui/material';
import { useTranslate } from 'react-admin';
import { Link } from 'react-router-dom';
import { type Change } from '../api';
import { kindOf, tagOf } from './change';
import { subjectIdOf } from './subject';

/** Tells that a change is undone, and leads to what is back. */
export function UndoneNotice({ change, name }: { change: Change; name: string }) {
  const translate = useTranslate();
  const { kind, id } = subjectIdOf(change);
  return (
    <Alert
      severity="success"
      role="presentation"
      sx={{ marginTop: 1, flexWrap: 'wrap', overflowWrap: 'anywhere' }}
      action={
        change.action === 'delete' && (
          <Button component={Link} to={`/${kind}s/${id}`} color="inherit" size="small">
            {translate('emporium.history.done.open', { name })}
          </Button>
        )
      }
    >
      {translate(`emporium.history.done.${kindOf(change)}`, { name, tag: tagOf(change) })}
    </Alert>
  );
}
