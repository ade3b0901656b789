import { Box, Typography } from '@mui/material';
import { useTranslate } from 'react-admin';
import { type Change } from '../api';
import { formatPrice } from '../items/price';
import { type ChangedMember, membersOf } from './change';
import { useNames } from './names';

/**
 * The values of a change, such as "Price 15.99 → 16.99".
 *
 * @param isBack whether to show how it would be undone
 */
export function MemberList({ change, isBack = false }: { change: Change; isBack?: boolean }) {
  const translate = useTranslate();
  const members = membersOf(change);
  if (members.length === 0) return null;
  return (
    <Box component="ul" sx={{ listStyle: 'none', padding: 0, margin: 0 }}>
      {members.map(({ name, before, after }) => (
        <Typography key={name} component="li" variant="body2" sx={{ overflowWrap: 'anywhere' }}>
          <Typography component="span" variant="body2" color="textSecondary">
            {translate(`resources.${change.resource}s.fields.${name}`, { _: name })}
          </Typography>{' '}
          {change.action === 'update' ? (
            <Step {...(isBack ? { name, before: after, after: before } : { name, before, after })} />
          ) : (
            <Value name={name} value={before ?? after} />
          )}
        </Typography>
      ))}
    </Box>
  );
}

/** Programs that read aloud would skip an arrow, or call it by its shape. */
function Step({ name, before, after }: ChangedMember) {
  const translate = useTranslate();
  return (
    <>
      <Value name={name} value={before} />{' '}
      <span role="img" aria-label={translate('emporium.history.becomes')}>
        →
      </span>{' '}
      <strong>
        <Value name={name} value={after} />
      </strong>
    </>
  );
}

function Value({ name, value }: { name: string; value: unknown }) {
  const translate = useTranslate();
  const { userName } = useNames();
  if (value === null || value === undefined || value === '') return translate('emporium.conflict.empty');
  if (typeof value === 'number' && name === 'price') return formatPrice(value);
  if (typeof value === 'number' && name === 'owner_id') return userName(value);
  return typeof value === 'string' ? value : JSON.stringify(value);
}
