import { DatabaseConnectionError } from './database-connection-error';

/** What a failed statement means. The kind `constraint` is for violated unique and foreign-key constraints. */
export type DatabaseFailure =
  { kind: 'constraint'; constraint: string } | { kind: 'contention' } | { kind: 'unavailable' };

/**
 * The server is stopping, full or lost; a statement was cancelled by `statement_timeout` (57014) or got no lock in time
 * (55P03); a transaction was idle or open for too long (25P03, 25P04); the server is a standby (25006). 08P01 is not
 * included, because it is a defect of the program, unless it ends the connection.
 */
const UNAVAILABLE_CODES = /^(57014|57P0\d|55P03|25P03|25P04|25006|53...|08(?!P01)...)$/;

/** The code by which PgBouncer ends a connection, for every reason of its own. */
const POOLER_CODE = '08P01';

/** Reasons of PgBouncer that may end by waiting: the server is away or starts, or all connections are busy. */
const PASSING_POOLER_MESSAGES =
  /cannot connect|wait_timeout|no more connections|shut(ting)? down|starting up|server conn|login.*(fail|retry)|closed/i;

/** Node's codes for a connection that could not be opened or was lost. */
const NETWORK_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ECONNABORTED',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

/** Errors of the driver itself have no code, so they are recognised by these texts. */
const DRIVER_MESSAGES =
  /^(timeout exceeded when trying to connect|timeout expired|connection terminated|client has encountered a connection error|client was closed|cannot use a pool after calling end)/i;

/** The server is stopping, starting, or has crashed. */
const SERVER_STATE_CODES = /^57P0[123]$/;

/** TypeORM's texts for the next statement, after the connection was lost in a transaction. */
const RELEASED_MESSAGES = /^(query runner already released|database connection .* was already released)/i;

/**
 * Recognises errors of PostgreSQL, of its driver and of TypeORM. Only this file knows their codes (PostgreSQL manual,
 * appendix A). Returns undefined for other errors, and for defects of the program. A value that PostgreSQL does not
 * accept (22…) is such a defect, because the input rules must refuse it before the statement.
 */
export function databaseFailure(error: unknown): DatabaseFailure | undefined {
  if (connectionError(error)) return { kind: 'unavailable' };
  return failureByCode(error);
}

/** Whether a failure may end by waiting. For example, a refused login or certificate does not. */
export function isPassing(error: unknown): boolean {
  const cause = connectionError(error)?.cause ?? error;
  if (failureByCode(cause)?.kind !== 'unavailable') return false;
  const { code, message } = cause as { code?: unknown; message: string };
  return code !== POOLER_CODE || PASSING_POOLER_MESSAGES.test(message);
}

/** Whether an error may mean that the database is lost. Then the server did not answer, or said that it stops. */
export function isSignOfLoss(error: unknown): error is Error {
  if (connectionError(error)) return true;
  const { code } = (error ?? {}) as { code?: unknown };
  const isAnswer = typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && !NETWORK_CODES.has(code);
  if (isAnswer) return SERVER_STATE_CODES.test(code);
  return failureByCode(error)?.kind === 'unavailable';
}

function connectionError(error: unknown): DatabaseConnectionError | undefined {
  if (error instanceof DatabaseConnectionError) return error;
  // TypeORM wraps the driver's error.
  const { driverError } = (error ?? {}) as { driverError?: unknown };
  return driverError instanceof DatabaseConnectionError ? driverError : undefined;
}

function failureByCode(error: unknown): DatabaseFailure | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  // A host name has several addresses, and none of them answered.
  if (error instanceof AggregateError) return failureByCode(error.errors[0]);
  const { code, constraint, syscall, message, severity } = error as Record<string, unknown>;
  if (typeof code === 'string') {
    if ((code === '23505' || code === '23503') && typeof constraint === 'string') {
      return { kind: 'constraint', constraint };
    }
    if (code === '40001' || code === '40P01') return { kind: 'contention' };
    if (code === POOLER_CODE && severity === 'FATAL') return { kind: 'unavailable' };
    if (UNAVAILABLE_CODES.test(code) || NETWORK_CODES.has(code)) return { kind: 'unavailable' };
    // The socket does not exist. ENOENT of another system call has nothing to do with the database.
    if (code === 'ENOENT' && syscall === 'connect') return { kind: 'unavailable' };
  }
  if (typeof message !== 'string') return undefined;
  const isLost = DRIVER_MESSAGES.test(message) || RELEASED_MESSAGES.test(message);
  return isLost ? { kind: 'unavailable' } : undefined;
}

/**
 * Whether a statement failed only because of a name, its own or its guard's, and so has changed nothing: the server does not know the prepared
 * statement (26000), another one has its name (42P05), or the schema has changed since it was prepared (0A000).
 */
export function isPreparationError(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return code === '26000' || code === '42P05' || code === '0A000';
}

/** Whether a text could not be converted to another type. */
export function isInvalidText(error: unknown): boolean {
  return (error as { code?: unknown }).code === '22P02';
}

/** The name of the unique or foreign-key constraint that refused the statement, if one did. */
export function violatedConstraint(error: unknown): string | undefined {
  const failure = databaseFailure(error);
  return failure?.kind === 'constraint' ? failure.constraint : undefined;
}

const ATTEMPTS = 3;

/**
 * Runs `work`, and runs it again when PostgreSQL cancelled it because of other transactions (deadlock, serialisation
 * failure), or did not know a prepared statement. `work` must be a whole transaction or a single statement.
 *
 * @param mayRepeat whether `work` still has what it needs
 */
export async function retryOnContention<T>(work: () => Promise<T>, mayRepeat = () => true): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      const isRetryable = databaseFailure(error)?.kind === 'contention' || isPreparationError(error);
      if (!isRetryable || attempt === ATTEMPTS || !mayRepeat()) throw error;
    }
  }
}
