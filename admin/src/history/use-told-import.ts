import { useQuery } from '@tanstack/react-query';
import { api, type Change } from '../api';
import { asUser } from '../as-user';
import { type Import } from '../imports/import';

interface ToldImport {
  made: Import;
  /** whether the change is one of its undo */
  isUndo: boolean;
}

/** The import or the edit that a change is of. @param change the last one of the import or of its undo */
export function useToldImport(importId: number, change: Change): ToldImport | undefined {
  const { data } = useQuery({
    queryKey: ['history', 'import', importId, change.id],
    queryFn: () => asUser(() => read(importId, change)),
    retry: false,
  });
  return data;
}

async function read(importId: number, { id, store_id: storeId }: Change): Promise<ToldImport> {
  const made = await api.imports.get({ id: importId });
  if (made.state !== 'undone') return { made, isUndo: false };
  // The undo came last.
  const { rows } = await api.changes.listOfStore({ id: storeId, import_id: importId, limit: 1 });
  return { made, isUndo: rows[0]?.id === id };
}
