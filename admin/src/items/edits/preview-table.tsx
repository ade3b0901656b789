import { Alert, Table, TableBody, TableCell, TableHead, TableRow, Typography } from '@mui/material';
import { useTranslate } from 'react-admin';
import { writesOf } from '../../imports/import';
import { useCachedItems } from '../cached-items';
import { RowMessage } from '../../imports/row-message-text';
import { Filled } from '../../layout/filled';
import { useItemsOf } from '../items-of-changes';
import { formatPrice } from '../price';
import { type PlannedChange, type Preview } from './edits';

/** What will happen: the numbers, and the first items with what they have now and then. */
export function PreviewTable({ preview: { edit, changes, fault } }: { preview: Preview }) {
  const translate = useTranslate();
  const cached = useCachedItems();
  const items = useItemsOf(changes);
  if (edit.state !== 'previewed') {
    const text = translate('emporium.items.edits.impossible', {
      smart_count: edit.failed,
      fault: '%{fault}',
    });
    return (
      <Alert severity="error">
        <Filled text={text} nodes={{ fault: <RowMessage message={fault ?? ''} /> }} />
      </Alert>
    );
  }
  const nameOf = ({ item_id: id, before }: PlannedChange) => {
    if (typeof before.name === 'string') return before.name;
    return id === null ? '' : ((cached.find([id])[0] ?? items.get(id))?.name ?? `#${id}`);
  };
  const { deleted, unchanged } = edit;
  const touched = writesOf(edit);
  const what = deleted > 0 ? 'will_delete' : 'will_change';
  return (
    <>
      <Typography sx={{ marginTop: 1 }}>
        {translate(`emporium.items.edits.${what}`, { smart_count: touched })}{' '}
        {unchanged > 0 && translate('emporium.items.edits.unchanged', { smart_count: unchanged })}
      </Typography>
      {changes.length > 0 && (
        <Table size="small" aria-label={translate('emporium.items.edits.first')}>
          <TableHead>
            <TableRow>
              <TableCell>{translate('emporium.items.edits.item')}</TableCell>
              <TableCell align="right">
                {translate(deleted > 0 ? 'resources.items.fields.price' : 'emporium.items.edits.before')}
              </TableCell>
              {deleted === 0 && (
                <TableCell align="right">{translate('emporium.items.edits.after')}</TableCell>
              )}
            </TableRow>
          </TableHead>
          <TableBody>
            {changes.map((change) => (
              <TableRow key={change.id}>
                <TableCell>{nameOf(change)}</TableCell>
                <TableCell align="right">{show(change.before)}</TableCell>
                {deleted === 0 && <TableCell align="right">{show(change.after)}</TableCell>}
              </TableRow>
            ))}
          </TableBody>
        </Table>
      )}
      {touched > changes.length && (
        <Typography variant="body2" color="textSecondary">
          {translate('emporium.items.edits.more', { smart_count: touched - changes.length })}
        </Typography>
      )}
    </>
  );
}

/** The price, or else the tags. */
function show({ price, tags }: PlannedChange['before']): string {
  if (price !== undefined) return formatPrice(Number(price));
  return Array.isArray(tags) && tags.length > 0 ? tags.join(', ') : '–';
}
