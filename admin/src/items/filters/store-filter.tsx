import { Autocomplete, TextField } from '@mui/material';
import { useEffect, useState } from 'react';
import {
  useGetIdentity,
  useGetList,
  useGetOne,
  useListContext,
  usePermissions,
  useTranslate,
} from 'react-admin';
import { type Store } from '../../api';
import { useItemFilter } from '../item-filter';

/** Tags belong to a store, so those of another one are of no use. */
const NO_TAGS = { tag_id: undefined, tag_match: undefined, without_tag: undefined };

/** Whoever is no admin chooses among their own stores, and has always chosen one: others' items are not theirs to change. */
export function StoreFilter() {
  const [filter, change] = useItemFilter();
  const { onUnselectItems } = useListContext();
  const { permissions } = usePermissions<string>();
  const { identity } = useGetIdentity();
  const translate = useTranslate();
  const [typed, setTyped] = useState('');
  const isAdmin = permissions === 'admin';
  const { data: found = [], isPending } = useGetList<Store>(
    'stores',
    {
      filter: { q: typed, ...(isAdmin ? {} : { owner_id: identity?.id }) },
      sort: { field: 'name', order: 'ASC' },
      pagination: { page: 1, perPage: 50 },
    },
    { enabled: identity !== undefined },
  );
  const { data: chosen } = useGetOne<Store>(
    'stores',
    { id: filter.store_id },
    { enabled: filter.store_id !== undefined },
  );
  const first = found[0]?.id;
  const needsFirst = permissions !== undefined && !isAdmin && filter.store_id === undefined;

  useEffect(() => {
    if (needsFirst && first !== undefined) change({ store_id: first });
  });

  const value = filter.store_id === undefined ? null : (chosen ?? null);
  return (
    <Autocomplete
      options={found}
      value={value}
      loading={isPending}
      disableClearable={!isAdmin as false}
      getOptionLabel={(store) => store.name}
      getOptionKey={(store) => store.id}
      isOptionEqualToValue={(one, other) => one.id === other.id}
      filterOptions={(options) => options}
      onInputChange={(_event, text, reason) => {
        setTyped(reason === 'input' ? text : '');
      }}
      onChange={(_event, store) => {
        onUnselectItems();
        change({ store_id: store?.id, ...NO_TAGS });
      }}
      renderInput={(params) => <TextField {...params} label={translate('emporium.items.store')} />}
    />
  );
}
