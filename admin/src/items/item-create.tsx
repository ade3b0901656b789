import { AutocompleteInput, Create, ReferenceInput, required, SimpleForm, TextInput } from 'react-admin';
import { useSearchParams } from 'react-router-dom';
import { FormToolbar } from '../layout/form-toolbar';
import { useOwnStores } from '../stores/own-stores';
import { PriceInput, toItem } from './price-input';

/** `store_id` in the address is the store that the list had chosen. */
export function ItemCreate() {
  const own = useOwnStores();
  const [search] = useSearchParams();
  if (!own) return null;
  const storeId = Number(search.get('store_id'));
  return (
    <Create redirect="list" transform={toItem}>
      <SimpleForm
        warnWhenUnsavedChanges
        toolbar={<FormToolbar />}
        defaultValues={storeId > 0 ? { store_id: storeId } : {}}
        sx={{ maxWidth: 480 }}
      >
        <ReferenceInput
          source="store_id"
          reference="stores"
          sort={{ field: 'name', order: 'ASC' }}
          filter={own}
        >
          <AutocompleteInput optionText="name" filterToQuery={(q) => ({ q })} validate={required()} />
        </ReferenceInput>
        <TextInput source="name" validate={required()} autoFocus />
        <PriceInput />
        <TextInput source="sku" />
      </SimpleForm>
    </Create>
  );
}
