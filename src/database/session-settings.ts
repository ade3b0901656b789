import { searchPathOf } from '../config/database-url';

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

/** The start-up parameters that PgBouncer knows. It gives each transaction a session that has the client's values. */
export const POOLER_PARAMETERS: ReadonlySet<string> = new Set([
  'user',
  'database',
  'application_name',
  'client_encoding',
  'DateStyle',
  'TimeZone',
  'standard_conforming_strings',
]);

/** The settings of each transaction behind a pooler. */
export interface TransactionSettings {
  /** milliseconds for one statement; 0 for no limit */
  statementTimeout: number;
  /** milliseconds between two statements of a transaction; 0 for no limit */
  idleTimeout: number;
  /** command-line options of the session, from DATABASE_URL */
  options: string;
}

export function transactionSettings(settings: TransactionSettings): Record<string, string> {
  const { statementTimeout, idleTimeout, options } = settings;
  return {
    statement_timeout: String(statementTimeout),
    idle_in_transaction_session_timeout: String(idleTimeout),
    search_path: searchPathOf(options) ?? SEARCH_PATH,
  };
}

/** Limits that each transaction sets, and the one for idle sessions, which belong to the pooler. */
const NOT_OF_POOLER = new Set([
  'statement_timeout',
  'idle_in_transaction_session_timeout',
  'idle_session_timeout',
]);

/**
 * The settings that the sessions of a pooler must have by themselves, because Emporium cannot send them. It would cost
 * too much to set all of them in each transaction, and the `default_transaction_…` could not be set in it.
 */
export function poolerSettings(): Record<string, string> {
  const settings = Object.entries(SESSION_SETTINGS).filter(([name]) => !NOT_OF_POOLER.has(name));
  return { ...Object.fromEntries(settings), transaction_timeout: '0' };
}
