import { type Change } from '../api';
import { nameIn } from './change';
import { useNames } from './names';

/** What the thing that a change is about is called: in the change itself, else now. */
export function useToldName(change: Change): string {
  const { subjectOf } = useNames();
  return nameIn(change) ?? subjectOf(change)?.name ?? `#${change.resource_id}`;
}
