import { QueryClient } from '@tanstack/react-query';

/** Calls are made also if the browser says that it is offline: the server can be on the same machine. */
export const queryClient = new QueryClient({
  defaultOptions: { queries: { networkMode: 'always' }, mutations: { networkMode: 'always' } },
});

/**
 * Reads again what is shown. What a form was filled from is read again only if it could not be read before: the form would
 * lose what was typed.
 */
export function readAgain(): void {
  void queryClient.invalidateQueries({
    predicate: ({ queryKey, state }) => state.status === 'error' || queryKey[1] !== 'getOne',
  });
}
