import { Edit, ReferenceField, required, SaveButton, SimpleForm, TextInput, Toolbar } from 'react-admin';
import { DeleteTagButton } from './delete-tag-button';
import { linkToTags } from './link-to-tags';

function TagToolbar() {
  return (
    <Toolbar sx={{ justifyContent: 'space-between' }}>
      <SaveButton />
      <DeleteTagButton />
    </Toolbar>
  );
}

export function TagEdit() {
  return (
    <Edit mutationMode="pessimistic" redirect={(_resource, _id, tag) => linkToTags(tag)}>
      <SimpleForm warnWhenUnsavedChanges toolbar={<TagToolbar />} sx={{ maxWidth: 480 }}>
        <TextInput source="name" validate={required()} />
        <ReferenceField source="store_id" reference="stores" label="resources.tags.fields.store_id" />
      </SimpleForm>
    </Edit>
  );
}
