import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { api } from '../api';
import { asUser } from '../as-user';
import { type ImportChange } from './import';
import { PER_PAGE } from './row-pages';

export type Action = ImportChange['action'];

/** A page of what an import does. */
export function useChanges(id: number, action: Action | undefined, page: number) {
  return useQuery({
    queryKey: ['imports', 'changes', id, action, page],
    queryFn: async () => {
      const query = { id, page, limit: PER_PAGE, ...(action && { action }) };
      return (await asUser(() => api.imports.listChanges(query))).rows;
    },
    placeholderData: keepPreviousData,
    retry: false,
  });
}
