import { api, type Change } from '../api';
import { asUser } from '../as-user';
import { createOnce } from '../data/create-keys';
import { queryClient } from '../query-client';

/**
 * Undoes a change. If the answer was lost, the next attempt has the same key, and gets the answer of the first.
 *
 * @returns the change that this made
 */
export async function undo({ id }: Change): Promise<Change> {
  return createOnce('undo', { id }, (idempotencyKey) =>
    asUser(() => api.changes.undo({ id, idempotencyKey })),
  );
}

/** What an undo can have changed. */
const CHANGED: readonly unknown[] = ['stores', 'items', 'tags', 'dashboard'];

/** Reads the history again, and forgets how the resources were before: a form must not be filled from that. */
export async function readAgainAfterUndo(): Promise<void> {
  const isChanged = ({ queryKey }: { queryKey: readonly unknown[] }) => CHANGED.includes(queryKey[0]);
  queryClient.removeQueries({ predicate: isChanged, type: 'inactive' });
  await Promise.all([
    queryClient.invalidateQueries({ predicate: isChanged }),
    queryClient.invalidateQueries({ queryKey: ['history', 'changes'] }),
  ]);
}
