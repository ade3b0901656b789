import {
  AutocompleteInput,
  Create,
  ReferenceInput,
  required,
  SimpleForm,
  TextInput,
  useGetIdentity,
  usePermissions,
} from 'react-admin';
import { useSearchParams } from 'react-router-dom';
import { PriceInput, toItem } from './price-input';

/** `store_id` in the address is the store that the list had chosen. */
export function ItemCreate() {
  const { permissions } = usePermissions<string>();
  const { identity } = useGetIdentity();
  const [search] = useSearchParams();
  if (!identity || permissions === undefined) return null;
  const storeId = Number(search.get('store_id'));
  return (
    <Create redirect="list" transform={toItem}>
      <SimpleForm
        warnWhenUnsavedChanges
        defaultValues={storeId > 0 ? { store_id: storeId } : {}}
        sx={{ maxWidth: 480 }}
      >
        <ReferenceInput
          source="store_id"
          reference="stores"
          sort={{ field: 'name', order: 'ASC' }}
          filter={permissions === 'admin' ? {} : { owner_id: identity.id }}
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
