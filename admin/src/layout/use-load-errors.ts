import { useMemo } from 'react';
import { useNotify, useRedirect, useResourceContext } from 'react-admin';
import { Cancelled, PanelError } from '../panel-error';

/**
 * What an edit page does if its resource cannot be read: it says why, and leads to the list only if there is no such
 * resource. react-admin would always say that it does not exist.
 */
export function useLoadErrors() {
  const notify = useNotify();
  const redirect = useRedirect();
  const resource = useResourceContext();
  return useMemo(
    () => ({
      onError: (error: unknown) => {
        if (error instanceof Cancelled) return;
        notify(error instanceof Error ? error.message : String(error), { type: 'error' });
        if (error instanceof PanelError && error.status === 404) redirect('list', resource);
      },
    }),
    [notify, redirect, resource],
  );
}
