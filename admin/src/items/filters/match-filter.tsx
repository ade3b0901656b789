import { MenuItem, TextField } from '@mui/material';
import { useTranslate } from 'react-admin';
import { listOf, useItemFilter } from '../item-filter';

/** Whether an item must have all of the chosen tags, or one of them. */
export function MatchFilter() {
  const [filter, change] = useItemFilter();
  const translate = useTranslate();
  if (listOf(filter.tag_id).length < 2) return null;
  return (
    <TextField
      select
      label={translate('emporium.items.match')}
      value={filter.tag_match ?? 'all'}
      onChange={(event) => {
        change({ tag_match: event.target.value === 'any' ? 'any' : undefined });
      }}
    >
      <MenuItem value="all">{translate('emporium.items.match_all')}</MenuItem>
      <MenuItem value="any">{translate('emporium.items.match_any')}</MenuItem>
    </TextField>
  );
}
