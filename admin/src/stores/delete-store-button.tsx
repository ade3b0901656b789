import { DeleteWithConfirmButton, useRecordContext, useTranslate } from 'react-admin';
import { type Store } from '../api';

export function DeleteStoreButton() {
  const store = useRecordContext<Store>();
  const translate = useTranslate();
  if (!store) return null;
  return (
    <DeleteWithConfirmButton
      mutationMode="pessimistic"
      confirmTitle={translate('emporium.stores.delete_title', { name: store.name })}
      confirmContent={translate('emporium.stores.delete_text')}
    />
  );
}
