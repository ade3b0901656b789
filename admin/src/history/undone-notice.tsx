import { Alert, Link } from '@mui/material';
import { useTranslate } from 'react-admin';
import { Link as RouterLink } from 'react-router-dom';
import { type Change } from '../api';
import { kindOf, tagOf } from './change';
import { subjectIdOf } from './subject';

/** Tells that a change is undone, and leads to what is back. */
export function UndoneNotice({ change, name }: { change: Change; name: string }) {
  const translate = useTranslate();
  const { kind, id } = subjectIdOf(change);
  return (
    <Alert severity="success" role="presentation" sx={{ marginTop: 1, overflowWrap: 'anywhere' }}>
      {translate(`emporium.history.done.${kindOf(change)}`, { name, tag: tagOf(change) })}
      {change.action === 'delete' && (
        <>
          {' '}
          <Link component={RouterLink} to={`/${kind}s/${id}`} color="inherit" sx={{ fontWeight: 700 }}>
            {translate(`emporium.history.open_${kind}`)}
          </Link>
        </>
      )}
    </Alert>
  );
}
