import { useEffect } from 'react';
import { useListContext, usePermissions } from 'react-admin';
import { useDefaultStore } from '../../stores/default-store';
import { StoreSelect } from '../../stores/store-select';
import { useItemFilter } from '../item-filter';

/** Tags belong to a store, so those of another one are of no use. */
const NO_TAGS = { tag_id: undefined, tag_match: undefined, without_tag: undefined };

/** Whoever is no admin has always chosen one of their own stores: others' items are not theirs to change. */
export function StoreFilter() {
  const [filter, change] = useItemFilter();
  const { onUnselectItems } = useListContext();
  const { permissions } = usePermissions<string>();
  const needsStore = permissions !== undefined && permissions !== 'admin' && filter.store_id === undefined;
  const first = useDefaultStore(needsStore);

  useEffect(() => {
    if (needsStore && typeof first === 'number') change({ store_id: first });
  });

  return (
    <StoreSelect
      isOptional={permissions === 'admin'}
      value={filter.store_id}
      onChange={(storeId) => {
        onUnselectItems();
        change({ store_id: storeId, ...NO_TAGS });
      }}
    />
  );
}
