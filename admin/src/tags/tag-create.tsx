import { AutocompleteInput, Create, ReferenceInput, required, SimpleForm, TextInput } from 'react-admin';
import { FormToolbar } from '../layout/form-toolbar';
import { useOwnStores } from '../stores/own-stores';
import { linkToTags } from './link-to-tags';

export function TagCreate() {
  const own = useOwnStores();
  return (
    <Create redirect={(_resource, _id, tag) => linkToTags(tag)}>
      <SimpleForm warnWhenUnsavedChanges toolbar={<FormToolbar />} sx={{ maxWidth: 480 }}>
        <TextInput source="name" validate={required()} autoFocus />
        <ReferenceInput
          source="store_id"
          reference="stores"
          filter={{ ...own }}
          sort={{ field: 'name', order: 'ASC' }}
        >
          <AutocompleteInput optionText="name" filterToQuery={(q) => ({ q })} validate={required()} />
        </ReferenceInput>
      </SimpleForm>
    </Create>
  );
}
