import { useQuery } from '@tanstack/react-query';
import { useRecordContext, useTranslate } from 'react-admin';
import { type Store } from '../api';
import { DeleteWithQuestion } from '../layout/delete-with-question';
import { countItemsOf } from './count-items';

export function DeleteStoreButton() {
  const store = useRecordContext<Store>();
  const translate = useTranslate();
  const { data: counts } = useQuery({
    queryKey: ['stores', 'items', store?.id],
    queryFn: () => countItemsOf(store ? [store] : []),
    enabled: store !== undefined,
  });
  const items = counts?.[0]?.items;
  if (!store) return null;
  return (
    <DeleteWithQuestion
      title={translate('emporium.stores.delete_title', { name: store.name })}
      text={[
        items === undefined ? '' : translate('emporium.stores.delete_items', { smart_count: items }),
        translate('emporium.stores.delete_text'),
      ]
        .join(' ')
        .trim()}
    />
  );
}
