import { Edit, ReferenceField, required, SimpleForm, TextInput, useRecordContext } from 'react-admin';
import { type Tag } from '../api';
import { FormToolbar } from '../layout/form-toolbar';
import { useLoadErrors } from '../layout/use-load-errors';
import { useMayWrite } from '../stores/use-may-write';
import { DeleteTagButton } from './delete-tag-button';
import { linkToTags } from './link-to-tags';

function TagToolbar() {
  return (
    <FormToolbar>
      <DeleteTagButton />
    </FormToolbar>
  );
}

/** Tags of other people's stores are shown, and cannot be changed. */
function TagForm() {
  const tag = useRecordContext<Tag>();
  const mayWrite = useMayWrite(tag?.store_id);
  if (mayWrite === undefined) return null;
  return (
    <SimpleForm warnWhenUnsavedChanges toolbar={mayWrite && <TagToolbar />} sx={{ maxWidth: 480 }}>
      <TextInput source="name" validate={required()} readOnly={!mayWrite} />
      <ReferenceField source="store_id" reference="stores" label="resources.tags.fields.store_id" />
    </SimpleForm>
  );
}

export function TagEdit() {
  const queryOptions = useLoadErrors();
  return (
    <Edit
      mutationMode="pessimistic"
      queryOptions={queryOptions}
      redirect={(_resource, _id, tag) => linkToTags(tag)}
    >
      <TagForm />
    </Edit>
  );
}
