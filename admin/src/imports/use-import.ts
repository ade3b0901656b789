import { useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useRef } from 'react';
import { api } from '../api';
import { asUser } from '../as-user';
import { forgetItems } from './calls';
import { lookInterval } from './look-interval';

/** An import as it is now, as long as it can change. */
export function useImport(id: number) {
  const openedAt = useMemo(() => performance.now(), [id]);
  const query = useQuery({
    queryKey: ['imports', 'one', id],
    queryFn: () => asUser(() => api.imports.get({ id })),
    retry: false,
    refetchInterval: ({ state: { data } }) =>
      data !== undefined && lookInterval(data, performance.now() - openedAt),
  });
  const state = query.data?.state;
  const before = useRef(state);
  useEffect(() => {
    if (before.current !== undefined && before.current !== state) forgetItems();
    before.current = state;
  }, [state]);
  return query;
}
