import { createContext, useContext } from 'react';
import { type Change } from '../api';
import { type Subject } from './subject';

/** What the changes that are shown are about. */
export interface Names {
  /** how the thing is now that a change is about; undefined as long as it is not known */
  subjectOf: (change: Change) => Subject | undefined;
  userName: (id: number) => string;
}

const NOTHING: Names = { subjectOf: () => undefined, userName: String };

export const NamesContext = createContext<Names>(NOTHING);

export function useNames(): Names {
  return useContext(NamesContext);
}
