/** How many errors of an import are kept; more are only counted. */
export const MAX_ERRORS = 10_000;

/** How many rows are written by one statement, so that the progress can be told. */
export const ROWS_AT_ONCE = 10_000;
