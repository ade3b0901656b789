import { useQuery } from '@tanstack/react-query';
import { api } from '../../api';
import { asUser } from '../../as-user';
import { mapLimited } from '../../limit';

/** Of more stores than this no names are read: they are only suggestions. */
const MOST_STORES = 10;

/** Names of tags that contain a text, of the first of some stores. Names that differ in case only come once. */
export function useTagNames(
  storeIds: readonly number[],
  text: string,
): { names: readonly string[]; isPending: boolean } {
  const asked = storeIds.slice(0, MOST_STORES);
  const { data = [], isPending } = useQuery({
    queryKey: ['tags', 'names', asked, text],
    queryFn: async () => {
      const pages = await mapLimited(asked, (id) =>
        asUser(async () => api.tags.list({ id, sort: 'name', limit: 50, ...(text.trim() && { q: text }) })),
      );
      const tags = pages.flatMap(({ rows }) => rows);
      const names = new Map(tags.map(({ name }) => [name.toLowerCase(), name]));
      return [...names.values()].sort((one, other) => one.localeCompare(other));
    },
    enabled: asked.length > 0,
  });
  return { names: data, isPending };
}
