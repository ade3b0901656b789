import { DatabaseConnectionError } from './database-connection-error';

/** What a failed statement means for the caller. `constraint` is set for unique and foreign-key violations. */
export type DatabaseFailure =
  { kind: 'constraint'; constraint: string } | { kind: 'contention' } | { kind: 'unavailable' };

/**
 * The server is stopping, gone or full: a statement was cancelled by `statement_timeout` (57014), got no lock in time
 * (55P03), or its transaction was idle or open for too long (25P03, 25P04); the server is a standby (25006). Not 08P01,
 * which is a defect of the program.
 */
const UNAVAILABLE_CODES = /^(57014|57P0\d|55P03|25P03|25P04|25006|53...|08(?!P01)...)$/;

/** Node's codes of a connection that is not there or went away. */
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

/** pg's own errors have no code, only these texts. */
const DRIVER_MESSAGES =
  /^(timeout exceeded when trying to connect|timeout expired|connection terminated|client has encountered a connection error|client was closed|cannot use a pool after calling end)/i;

/** TypeORM's, of the next statement after the connection was lost in the middle of a transaction. */
const RELEASED_MESSAGES = /^(query runner already released|database connection .* was already released)/i;

/**
 * Recognises the errors of PostgreSQL, of its driver and of TypeORM around them; the only place that knows their
 * codes (PostgreSQL manual, appendix A). Undefined: not a database error, or a defect of the program. A value that
 * PostgreSQL cannot take (22…) is such a defect: the rules for input refuse before a statement is run.
 */
export function databaseFailure(error: unknown): DatabaseFailure | undefined {
  if (connectionError(error)) return { kind: 'unavailable' };
  return failureByCode(error);
}

/** Whether a failure may end while one waits. A refused login or certificate, for example, does not. */
export function isPassing(error: unknown): boolean {
  return failureByCode(connectionError(error)?.cause ?? error)?.kind === 'unavailable';
}

function connectionError(error: unknown): DatabaseConnectionError | undefined {
  if (error instanceof DatabaseConnectionError) return error;
  // TypeORM's error around it.
  const { driverError } = (error ?? {}) as { driverError?: unknown };
  return driverError instanceof DatabaseConnectionError ? driverError : undefined;
}

function failureByCode(error: unknown): DatabaseFailure | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  // A name with several addresses, none of which answered.
  if (error instanceof AggregateError) return failureByCode(error.errors[0]);
  const { code, constraint, syscall, message } = error as Record<string, unknown>;
  if (typeof code === 'string') {
    if ((code === '23505' || code === '23503') && typeof constraint === 'string') {
      return { kind: 'constraint', constraint };
    }
    if (code === '40001' || code === '40P01') return { kind: 'contention' };
    if (UNAVAILABLE_CODES.test(code) || NETWORK_CODES.has(code)) return { kind: 'unavailable' };
    // No socket of that name; of any other system call it is not about the database.
    if (code === 'ENOENT' && syscall === 'connect') return { kind: 'unavailable' };
  }
  if (typeof message !== 'string') return undefined;
  const isLost = DRIVER_MESSAGES.test(message) || RELEASED_MESSAGES.test(message);
  return isLost ? { kind: 'unavailable' } : undefined;
}

/** The name of the unique or foreign-key constraint that refused the statement, if one did. */
export function violatedConstraint(error: unknown): string | undefined {
  const failure = databaseFailure(error);
  return failure?.kind === 'constraint' ? failure.constraint : undefined;
}

const ATTEMPTS = 3;

/**
 * Runs `work`, and again when PostgreSQL cancelled it because of others (deadlock, serialisation failure).
 * `work` must be a whole transaction or a single statement.
 */
export async function retryOnContention<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (databaseFailure(error)?.kind !== 'contention' || attempt === ATTEMPTS) throw error;
    }
  }
}
