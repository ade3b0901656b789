import { Question } from '../question';

/** Somebody else has changed a resource after the person has read it. */
export interface Conflict {
  resource: string;
  /** what the person wants to write; undefined if they want to delete the resource */
  mine: Readonly<Record<string, unknown>> | undefined;
  /** what the person has seen */
  seen: Readonly<Record<string, unknown>>;
  /** what it is now */
  theirs: Readonly<Record<string, unknown>>;
  /** the members to compare */
  members: readonly string[];
}

/** What to write over `theirs`; undefined if nothing is to be done. For a deletion an empty object means: delete it. */
export type Choice = Readonly<Record<string, unknown>> | undefined;

export const conflictQuestion = new Question<Conflict, Choice>();
