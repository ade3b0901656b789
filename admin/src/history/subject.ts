import { api, type Change } from '../api';
import { asUser } from '../as-user';
import { dataProvider } from '../data/data-provider';
import { type Row } from '../data/resources';
import { nameIn, type Resource } from './change';

/** A store, an item or a tag that a change is about. */
export interface SubjectId {
  kind: Exclude<Resource, 'link'>;
  id: number;
}

export interface Subject {
  name: string | undefined;
  /** how it is now; null if it does not exist any more */
  row: Row | null;
}

/** A link is told of as a change of its item. */
export function subjectIdOf({ resource, resource_id: id }: Change): SubjectId {
  return { kind: resource === 'link' ? 'item' : resource, id };
}

export const keyOf = ({ kind, id }: SubjectId) => `${kind} ${id}`;

/** What does not exist any more is named by its deletion. */
export async function readSubject(storeId: number, { kind, id }: SubjectId): Promise<Subject> {
  const { data } = await dataProvider.getMany<Row>(`${kind}s`, { ids: [id] });
  const [row = null] = data;
  if (row) return { name: String(row.name), row };
  const { rows } = await asUser(() =>
    api.changes.listOfStore({ id: storeId, resource: kind, resource_id: id, action: 'delete', limit: 1 }),
  );
  return { name: rows[0] && nameIn(rows[0]), row: null };
}
