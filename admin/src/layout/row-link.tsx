import { Link } from '@mui/material';
import { useCreatePath, useRecordContext, useResourceContext } from 'react-admin';
import { Link as RouterLink } from 'react-router-dom';
import { keepFromRow } from './keep-from-row';

/** What a row is called, as a link to its page: the row itself cannot be reached by keyboard. */
export function RowLink({ source }: { source: string }) {
  const record = useRecordContext();
  const resource = useResourceContext();
  const createPath = useCreatePath();
  if (!record) return null;
  return (
    <Link
      component={RouterLink}
      to={createPath({ resource, id: record.id, type: 'edit' })}
      color="inherit"
      underline="hover"
      onClick={keepFromRow}
    >
      {String(record[source])}
    </Link>
  );
}
