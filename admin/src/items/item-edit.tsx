import { Alert, Box } from '@mui/material';
import {
  DateField,
  DeleteButton,
  Edit,
  Labeled,
  ReferenceField,
  required,
  SimpleForm,
  TextInput,
  useRecordContext,
  useTranslate,
} from 'react-admin';
import { type Item } from '../api';
import { HistoryActions } from '../history/history-button';
import { FormToolbar } from '../layout/form-toolbar';
import { useLoadErrors } from '../layout/use-load-errors';
import { useMayWrite } from '../stores/use-may-write';
import { PriceInput, toItem } from './price-input';
import { ItemTags } from './tags/item-tags';

/** What is typed stays when the item is read again, for example because its tags have changed. */
const KEEP_TYPED = { keepDirtyValues: true };

function ItemToolbar() {
  return (
    <FormToolbar>
      <DeleteButton mutationMode="undoable" />
    </FormToolbar>
  );
}

export function ItemEdit() {
  const queryOptions = useLoadErrors();
  return (
    <Edit
      actions={<HistoryActions />}
      mutationMode="pessimistic"
      redirect="list"
      transform={toItem}
      queryOptions={queryOptions}
    >
      <ItemForm />
    </Edit>
  );
}

/** Items of other people's stores are shown, and cannot be changed. */
function ItemForm() {
  const item = useRecordContext<Item>();
  const mayWrite = useMayWrite(item?.store_id);
  const translate = useTranslate();
  if (!item || mayWrite === undefined) return null;
  return (
    <SimpleForm
      warnWhenUnsavedChanges
      resetOptions={KEEP_TYPED}
      toolbar={mayWrite && <ItemToolbar />}
      sx={{ maxWidth: 560 }}
    >
      {!mayWrite && (
        <Alert severity="info" sx={{ marginBottom: 2 }}>
          {translate('emporium.items.read_only')}
        </Alert>
      )}
      <TextInput source="name" validate={required()} readOnly={!mayWrite} />
      <PriceInput readOnly={!mayWrite} />
      <TextInput source="sku" readOnly={!mayWrite} />
      {mayWrite ? (
        <Box sx={{ width: '100%' }}>
          <ItemTags itemId={item.id} />
        </Box>
      ) : (
        <Labeled source="tags">
          <span>{item.tags.map(({ name }) => name).join(', ')}</span>
        </Labeled>
      )}
      <Box sx={{ display: 'flex', flexWrap: 'wrap', columnGap: 4 }}>
        <Labeled source="store_id">
          <ReferenceField source="store_id" reference="stores" link={false} />
        </Labeled>
        <Labeled source="created_at">
          <DateField source="created_at" showTime />
        </Labeled>
        <Labeled source="updated_at">
          <DateField source="updated_at" showTime />
        </Labeled>
      </Box>
    </SimpleForm>
  );
}
