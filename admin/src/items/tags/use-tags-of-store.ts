import { useGetList } from 'react-admin';
import { type Tag } from '../../api';

/** The first tags of a store that contain a text, by name. */
export function useTagsOfStore(
  storeId: number | undefined,
  text: string,
): { tags: readonly Tag[]; isPending: boolean } {
  const { data = [], isPending } = useGetList<Tag>(
    'tags',
    {
      filter: { store_id: storeId, q: text },
      sort: { field: 'name', order: 'ASC' },
      pagination: { page: 1, perPage: 50 },
    },
    { enabled: storeId !== undefined },
  );
  return { tags: storeId === undefined ? [] : data, isPending };
}
