import { useQueries } from '@tanstack/react-query';
import { type Change } from '../api';
import { nameIn } from './change';
import { keyOf, readSubject, type Subject, type SubjectId, subjectIdOf } from './subject';

export type Subjects = ReadonlyMap<string, Subject>;

/**
 * How the things that changes are about are called, and how they are now. Each is read again when a newer change of it is
 * shown.
 *
 * @param isComplete whether the changes are all of the store, so that the first one of a thing is its latest
 */
export function useSubjects(storeId: number, changes: readonly Change[], isComplete: boolean): Subjects {
  const known = new Map<string, Subject>();
  const wanted = new Map<string, { subject: SubjectId; latest: number }>();
  if (isComplete) for (const [key, subject] of deletedIn(changes)) known.set(key, subject);
  for (const change of changes) {
    const subject = subjectIdOf(change);
    const key = keyOf(subject);
    if (!known.has(key) && !wanted.has(key)) wanted.set(key, { subject, latest: change.id });
  }
  const entries = [...wanted];
  return useQueries({
    queries: entries.map(([, { subject, latest }]) => ({
      queryKey: ['history', 'subject', subject.kind, subject.id, latest],
      queryFn: () => readSubject(storeId, subject),
      retry: false,
    })),
    combine: (results) => {
      const all = new Map(known);
      for (const [index, { data }] of results.entries()) {
        const key = entries[index]?.[0];
        if (data && key !== undefined) all.set(key, data);
      }
      return all;
    },
  });
}

/** What is deleted by the latest change of it need not be read. */
function deletedIn(changes: readonly Change[]): Map<string, Subject> {
  const latest = new Map<string, Change>();
  for (const change of changes) {
    const key = keyOf(subjectIdOf(change));
    if (change.resource !== 'link' && !latest.has(key)) latest.set(key, change);
  }
  const deleted = [...latest].filter(([, { action }]) => action === 'delete');
  return new Map(deleted.map(([key, change]) => [key, { name: nameIn(change), row: null }]));
}
