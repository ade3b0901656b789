import { ConnectionError, createClient, type Emporium, Problem } from 'emporium-client';
import { api, BASE_URL, tokens } from '../api';
import { asUser } from '../as-user';
import { queryClient } from '../query-client';
import { type Import } from './import';

/** An import of a million rows is applied or undone within one request. */
const LONGEST = 30 * 60_000;

/** Time between two looks at how far that is, in milliseconds. */
const LOOK_INTERVAL = 1000;

/** Waits for long answers, unlike the panel's own client. */
const patient: Pick<Emporium, 'imports'> = createClient({
  baseUrl: BASE_URL,
  tokens,
  tries: 3,
  timeout: LONGEST,
});

export async function applyPreview(id: number): Promise<Import> {
  return watched(id, () => asUser(() => patient.imports.apply({ id })));
}

/** @param skip leaves items alone that have changed since */
export async function undoImport(id: number, skip: boolean): Promise<Import> {
  return watched(id, () => asUser(() => patient.imports.undo({ id, on_conflict: skip ? 'skip' : 'abort' })));
}

export async function cancelImport(id: number): Promise<Import> {
  return asUser(() => api.imports.cancel({ id })).finally(() => readAgain(id));
}

/** Shows how far it is meanwhile, where the import is shown. */
async function watched<T>(id: number, act: () => Promise<T>): Promise<T> {
  const timer = setInterval(() => void readImport(id), LOOK_INTERVAL);
  try {
    return await act();
  } finally {
    clearInterval(timer);
    await readAgain(id);
  }
}

const FAILED_ROWS = 'GET /imports/{id}/errors';

/** The bad rows as they came, with what is wrong with each, to be mended and imported. */
export async function readFailedRows(id: number): Promise<Blob> {
  return asUser(async () => {
    const { data, error, response } = await api.http
      .GET('/imports/{id}/errors', {
        params: { path: { id } },
        headers: { Accept: 'text/csv' },
        parseAs: 'blob',
      })
      .catch((cause: unknown) => {
        throw new ConnectionError('The server does not answer.', FAILED_ROWS, undefined, { cause });
      });
    if (data) return data;
    if (typeof error === 'object' && 'code' in error) throw new Problem(FAILED_ROWS, error);
    throw new ConnectionError('The answer is not one of Emporium.', FAILED_ROWS, response.status);
  });
}

/** What an import can have changed. */
const CHANGED: readonly unknown[] = ['stores', 'items', 'tags', 'dashboard', 'history'];

/** Reads the import again, also after an error: an answer that was lost may have been a good one. */
async function readAgain(id: number): Promise<void> {
  await readImport(id);
  forgetItems();
}

const readImport = (id: number) => queryClient.invalidateQueries({ queryKey: ['imports', 'one', id] });

/** A form must not be filled from what was read before. */
export function forgetItems(): void {
  const isChanged = ({ queryKey }: { queryKey: readonly unknown[] }) => CHANGED.includes(queryKey[0]);
  queryClient.removeQueries({ predicate: isChanged, type: 'inactive' });
  void queryClient.invalidateQueries({ predicate: isChanged });
  void queryClient.invalidateQueries({ queryKey: ['imports', 'list'] });
}
