/**
 * What every connection begins with, so that settings of the server, the database or the role do not change what our
 * statements mean, what they answer, or how long they may take. They are sent as start-up parameters, which win over all
 * of these. Settings that only cost or save time are left to whoever runs the server.
 */
const SESSION_SETTINGS: Readonly<Record<string, string>> = {
  client_encoding: 'UTF8',

  // How values are written as text.
  TimeZone: 'UTC',
  DateStyle: 'ISO',
  IntervalStyle: 'postgres',
  extra_float_digits: '1',
  bytea_output: 'hex',

  // How statements and values are read.
  standard_conforming_strings: 'on',
  array_nulls: 'on',
  transform_null_equals: 'off',

  // What a statement sees. With a limit, an index for search would give a random part of what it finds.
  gin_fuzzy_search_limit: '0',
  row_security: 'on',

  // What a transaction sees and may do.
  default_transaction_isolation: 'read committed',
  default_transaction_read_only: 'off',
  default_transaction_deferrable: 'off',
  exit_on_error: 'off',

  // Limits of time are our own, see `data-source.ts`. `DatabaseClient` ends `transaction_timeout` (PostgreSQL 17).
  statement_timeout: '0',
  lock_timeout: '0',
  idle_in_transaction_session_timeout: '0',
  idle_session_timeout: '0',
};

/** Where our tables are, unless the options in DATABASE_URL name other schemas. */
const SEARCH_PATH = 'public';

/** @param options command-line options of the session, as a DATABASE_URL may have them */
export function sessionSettings(options: string): Record<string, string> {
  const isSearchPathGiven = /\bsearch_path\b/i.test(options);
  return { ...SESSION_SETTINGS, ...(isSearchPathGiven ? {} : { search_path: SEARCH_PATH }) };
}
