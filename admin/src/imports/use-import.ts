import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { api } from '../api';
import { asUser } from '../as-user';
import { forgetItems } from './calls';
import { type Import, isMoving } from './import';

const INTERVAL = 1000;
/** A preview can be applied in another window. */
const INTERVAL_OF_PREVIEW = 10_000;

/** An import as it is now, as long as it goes on. */
export function useImport(id: number) {
  const query = useQuery({
    queryKey: ['imports', 'one', id],
    queryFn: () => asUser(() => api.imports.get({ id })),
    retry: false,
    refetchInterval: ({ state: { data } }) => intervalOf(data),
  });
  const state = query.data?.state;
  const before = useRef(state);
  useEffect(() => {
    if (before.current !== undefined && before.current !== state) forgetItems();
    before.current = state;
  }, [state]);
  return query;
}

function intervalOf(shown: Import | undefined): number | false {
  if (!shown) return false;
  if (isMoving(shown)) return INTERVAL;
  return shown.state === 'previewed' && INTERVAL_OF_PREVIEW;
}
