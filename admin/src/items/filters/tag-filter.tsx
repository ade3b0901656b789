import { Autocomplete, TextField } from '@mui/material';
import { useState } from 'react';
import { useGetMany, useTranslate } from 'react-admin';
import { type Tag } from '../../api';
import { listOf, useItemFilter } from '../item-filter';
import { useTagsOfStore } from '../tags/use-tags-of-store';

/** The tags that an item must have. */
export function TagFilter() {
  const [filter, change] = useItemFilter();
  const translate = useTranslate();
  const [typed, setTyped] = useState('');
  const { tags } = useTagsOfStore(filter.store_id, typed);
  const ids = listOf(filter.tag_id);
  const { data: chosen = [] } = useGetMany<Tag>('tags', { ids }, { enabled: ids.length > 0 });
  const isDisabled = filter.store_id === undefined && ids.length === 0;
  return (
    <Autocomplete
      multiple
      options={tags}
      value={ids.length > 0 ? chosen.filter(Boolean) : []}
      disabled={isDisabled}
      getOptionLabel={(tag) => tag.name}
      getOptionKey={(tag) => tag.id}
      isOptionEqualToValue={(one, other) => one.id === other.id}
      filterOptions={(options) => options}
      onInputChange={(_event, text, reason) => {
        setTyped(reason === 'input' ? text : '');
      }}
      onChange={(_event, next) => {
        change({
          tag_id: next.length > 0 ? next.map(({ id }) => id) : undefined,
          tag_match: next.length > 1 ? filter.tag_match : undefined,
        });
      }}
      renderInput={(params) => (
        <TextField
          {...params}
          label={translate('emporium.items.tags')}
          // Not grey, because it says what to do.
          slotProps={{ ...params.slotProps, formHelperText: { disabled: false } }}
          helperText={isDisabled && translate('emporium.items.tags_need_store')}
        />
      )}
    />
  );
}
