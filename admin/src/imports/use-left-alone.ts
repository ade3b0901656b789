import { useQuery } from '@tanstack/react-query';
import { api } from '../api';
import { asUser } from '../as-user';
import { type Import } from './import';

/** Whether the undo of an import has left items alone; undefined as long as it is not known. */
export function useLeftAlone({ id, state }: Import): boolean | undefined {
  const { data } = useQuery({
    queryKey: ['imports', 'left_alone', id],
    queryFn: () => asUser(() => api.imports.listErrors({ id, sort: '-id', limit: 1 })),
    enabled: state === 'undone',
    retry: false,
  });
  // Items that were left alone come after the bad rows, and have no line.
  return data && data.rows[0]?.line === 0;
}
