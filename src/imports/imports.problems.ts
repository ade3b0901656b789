import { problemType, type ProblemType, TOO_LARGE, UNSUPPORTED_MEDIA_TYPE } from '../common/problems/problem';

export const IMPORT_NOT_FOUND = problemType(404, 'import_not_found', 'There is no such import.');
export const INVALID_FILE = problemType(400, 'invalid_file', 'The file cannot be read.');
/** Of a file; the detail that is sent has the number. */
export const FILE_TOO_LARGE: ProblemType = {
  ...TOO_LARGE,
  detail: 'The file is larger than the server takes (IMPORT_MAX_BYTES).',
};
export const UNSUPPORTED_FILE_TYPE: ProblemType = {
  ...UNSUPPORTED_MEDIA_TYPE,
  detail: 'The body must be text/csv or application/x-ndjson.',
};
export const NOT_PREVIEWED = problemType(409, 'not_previewed', 'The import is not a preview.');
export const PREVIEW_OUTDATED = problemType(
  409,
  'preview_outdated',
  'Items or their tags have changed since the preview was made, so nothing was written.',
);
export const NOT_UNDOABLE = problemType(
  409,
  'not_undoable',
  'Only an import that has succeeded can be undone, while the history has its changes.',
);
export const CANCELLED = problemType(409, 'cancelled', 'The import was cancelled before it had ended.');
export const IMPORT_BUSY: ProblemType = {
  ...problemType(409, 'import_busy', 'An import of the store is running; try again shortly.'),
  headers: { 'retry-after': '1' },
};
export const ALREADY_FINISHED = problemType(409, 'already_finished', 'The import is finished.');
