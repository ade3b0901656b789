import { Autocomplete, TextField } from '@mui/material';
import { useState } from 'react';
import { useGetList, useGetOne, useTranslate } from 'react-admin';
import { type Store } from '../api';
import { useOwnStores } from './own-stores';

export interface StoreSelectProps {
  value: number | undefined;
  /** @param storeId undefined: none any more */
  onChange: (storeId: number | undefined) => void;
  /** whether none can be chosen */
  isOptional?: boolean;
}

/** Chooses one of the stores that the person may change, by the words of its name. */
export function StoreSelect({ value, onChange, isOptional = false }: StoreSelectProps) {
  const translate = useTranslate();
  const own = useOwnStores();
  const [q, setQ] = useState('');
  const { data: stores = [] } = useGetList<Store>(
    'stores',
    { filter: { ...own, q }, sort: { field: 'name', order: 'ASC' }, pagination: { page: 1, perPage: 50 } },
    { enabled: own !== undefined, placeholderData: (previous) => previous },
  );
  const { data: chosen = null } = useGetOne<Store>('stores', { id: value }, { enabled: value !== undefined });
  return (
    <Autocomplete
      sx={{ width: '100%', maxWidth: 320 }}
      noOptionsText={translate('emporium.select.none')}
      openText={translate('emporium.select.open')}
      closeText={translate('emporium.close')}
      clearText={translate('emporium.select.clear')}
      options={stores}
      // The server has searched already.
      filterOptions={(options) => options}
      value={value === undefined ? null : chosen}
      getOptionLabel={(store) => store.name}
      getOptionKey={(store) => store.id}
      isOptionEqualToValue={(one, other) => one.id === other.id}
      onInputChange={(_event, text, reason) => {
        setQ(reason === 'input' ? text : '');
      }}
      onChange={(_event, store) => {
        if (store || isOptional) onChange(store?.id);
      }}
      renderInput={(parameters) => <TextField {...parameters} label={translate('emporium.tags.of_store')} />}
    />
  );
}
