import { problemType } from '../common/problems/problem';

export const CHANGE_NOT_FOUND = problemType(404, 'change_not_found', 'There is no such change.');
export const CHANGED_SINCE = problemType(
  409,
  'changed_since',
  'What the change touched has changed since, so it cannot be undone.',
);
export const UNDO_NOT_POSSIBLE = problemType(
  409,
  'undo_not_possible',
  'The creation of a store cannot be undone; DELETE /stores/{id} deletes the store.',
);
