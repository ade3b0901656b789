import { api, type Store } from '../api';
import { asUser } from '../as-user';
import { mapLimited } from '../limit';

export interface ItemsOfStore {
  id: number;
  name: string;
  items: number;
}

export async function countItemsOf(stores: readonly Store[]): Promise<ItemsOfStore[]> {
  return mapLimited(stores, async ({ id, name }) => {
    const { total = 0 } = await asUser(() => api.items.list({ store_id: id, limit: 1, count: true }));
    return { id, name, items: total };
  });
}
