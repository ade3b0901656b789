/**
 * The session settings of every connection. They are sent as start-up parameters, which override the settings of the
 * server, the database and the role, so that those cannot change the meaning, the results or the time limits of our
 * statements. Settings that affect only speed are left to the operator of the server.
 */
const SESSION_SETTINGS: Readonly<Record<string, string>> = {
  client_encoding: 'UTF8',

  // The text form of values.
  TimeZone: 'UTC',
  DateStyle: 'ISO',
  IntervalStyle: 'postgres',
  extra_float_digits: '1',
  bytea_output: 'hex',

  // The parsing of statements and values.
  standard_conforming_strings: 'on',
  array_nulls: 'on',
  transform_null_equals: 'off',

  // The rows that a statement sees. With a limit, a search index would return a random part of the rows.
  gin_fuzzy_search_limit: '0',
  row_security: 'on',

  // The rules for transactions.
  default_transaction_isolation: 'read committed',
  default_transaction_read_only: 'off',
  default_transaction_deferrable: 'off',
  exit_on_error: 'off',

  // Our own time limits are in `data-source.ts`. `DatabaseClient` resets `transaction_timeout` (PostgreSQL 17).
  statement_timeout: '0',
  lock_timeout: '0',
  idle_in_transaction_session_timeout: '0',
  idle_session_timeout: '0',
};

/** The schema of our tables, unless the options in DATABASE_URL name other schemas. */
const SEARCH_PATH = 'public';

/** @param options command-line options of the session, from DATABASE_URL */
export function sessionSettings(options: string): Record<string, string> {
  const isSearchPathGiven = /\bsearch_path\b/i.test(options);
  return { ...SESSION_SETTINGS, ...(isSearchPathGiven ? {} : { search_path: SEARCH_PATH }) };
}
