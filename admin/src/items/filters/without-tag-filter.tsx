import { Autocomplete, TextField } from '@mui/material';
import { useState } from 'react';
import { useTranslate } from 'react-admin';
import { listOf, useItemFilter } from '../item-filter';
import { useTagsOfStore } from '../tags/use-tags-of-store';

/** The tags that an item must not have. The API knows these by name. */
export function WithoutTagFilter() {
  const [filter, change] = useItemFilter();
  const translate = useTranslate();
  const [typed, setTyped] = useState('');
  const { tags } = useTagsOfStore(filter.store_id, typed);
  const names = listOf(filter.without_tag);
  const isDisabled = filter.store_id === undefined && names.length === 0;
  return (
    <Autocomplete
      multiple
      options={tags.map(({ name }) => name)}
      value={names}
      disabled={isDisabled}
      filterOptions={(options) => options}
      onInputChange={(_event, text, reason) => {
        setTyped(reason === 'input' ? text : '');
      }}
      onChange={(_event, next) => {
        change({ without_tag: next.length > 0 ? next : undefined });
      }}
      renderInput={(params) => (
        <TextField
          {...params}
          label={translate('emporium.items.without_tags')}
          // Not grey, because it says what to do.
          slotProps={{ ...params.slotProps, formHelperText: { disabled: false } }}
          helperText={isDisabled && translate('emporium.items.tags_need_store')}
        />
      )}
    />
  );
}
