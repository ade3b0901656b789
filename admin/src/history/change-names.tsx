import { type ReactNode } from 'react';
import { type Change } from '../api';
import { type Names, NamesContext } from './names';
import { keyOf, subjectIdOf } from './subject';
import { useSubjects } from './use-subjects';
import { useUserNames } from './use-user-names';

interface ChangeNamesProps {
  storeId: number;
  changes: readonly Change[];
  /** those of them that are shown as what they are, not for all of an import */
  told?: readonly Change[];
  /** whether they are all of the store, so that the first one of a thing is its latest */
  isComplete: boolean;
  children: ReactNode;
}

/** Lets what is drawn in it call the things and the users of these changes by their names. */
export function ChangeNames({ storeId, changes, told = changes, isComplete, children }: ChangeNamesProps) {
  const subjects = useSubjects(storeId, told, isComplete);
  const userName = useUserNames(changes);
  const names: Names = { subjectOf: (change) => subjects.get(keyOf(subjectIdOf(change))), userName };
  return <NamesContext.Provider value={names}>{children}</NamesContext.Provider>;
}
