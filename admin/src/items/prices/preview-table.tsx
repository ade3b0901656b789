import { Alert, Table, TableBody, TableCell, TableHead, TableRow, Typography } from '@mui/material';
import { useTranslate } from 'react-admin';
import { useCachedItems } from '../cached-items';
import { formatPrice } from '../price';
import { type Preview } from './price-edits';

/** What will happen: the numbers, and the first items with their old and new prices. */
export function PreviewTable({ preview: { edit, changes, fault } }: { preview: Preview }) {
  const translate = useTranslate();
  const cached = useCachedItems();
  if (edit.state !== 'previewed') {
    return (
      <Alert severity="error">
        {translate('emporium.items.prices.impossible', { smart_count: edit.failed, fault: fault ?? '' })}
      </Alert>
    );
  }
  const nameOf = (id: number | null) => (id === null ? '' : (cached.find([id])[0]?.name ?? `#${id}`));
  const { updated, unchanged } = edit;
  return (
    <>
      <Typography sx={{ marginTop: 1 }}>
        {translate('emporium.items.prices.counts', { smart_count: updated })}{' '}
        {unchanged > 0 && translate('emporium.items.prices.unchanged', { smart_count: unchanged })}
      </Typography>
      {changes.length > 0 && (
        <Table size="small" aria-label={translate('emporium.items.prices.first')}>
          <TableHead>
            <TableRow>
              <TableCell>{translate('emporium.items.prices.item')}</TableCell>
              <TableCell align="right">{translate('emporium.items.prices.before')}</TableCell>
              <TableCell align="right">{translate('emporium.items.prices.after')}</TableCell>
            </TableRow>
          </TableHead>
          <TableBody>
            {changes.map(({ id, item_id: itemId, before, after }) => (
              <TableRow key={id}>
                <TableCell>{nameOf(itemId)}</TableCell>
                <TableCell align="right">{formatPrice(Number(before.price))}</TableCell>
                <TableCell align="right">{formatPrice(Number(after.price))}</TableCell>
              </TableRow>
            ))}
          </TableBody>
        </Table>
      )}
      {updated > changes.length && (
        <Typography variant="body2" color="textSecondary">
          {translate('emporium.items.prices.more', { smart_count: updated - changes.length })}
        </Typography>
      )}
    </>
  );
}
