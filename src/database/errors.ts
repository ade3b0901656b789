/** What a failed statement means for the caller. `constraint` is set for unique and foreign-key violations. */
export type DatabaseFailure =
  | { kind: 'constraint'; constraint: string }
  | { kind: 'bad_value' }
  | { kind: 'contention' }
  | { kind: 'unavailable' };

/**
 * The server is going, gone, full or not for us: cancelled by `statement_timeout` (57014), no lock in time (55P03), idle
 * for too long (25P03), a standby (25006), no such database or no way in (3D000, 28…, 55000). Not 08P01, which is a
 * defect of the program.
 */
const UNAVAILABLE_CODES = /^(57014|57P0\d|55P03|25P03|25006|3D000|28...|55000|53...|08(?!P01)...)$/;

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

/** pg's own errors bear no code, only these texts. */
const DRIVER_MESSAGES =
  /^(timeout exceeded when trying to connect|timeout expired|connection terminated|client has encountered a connection error|client was closed|cannot use a pool after calling end)/i;

/** TypeORM's, of the next statement after the connection was lost in the middle of a transaction. */
const RELEASED_MESSAGES = /^(query runner already released|database connection .* was already released)/i;

/**
 * Recognises the errors of PostgreSQL, of its driver and of TypeORM around them; the only place that knows their
 * codes (PostgreSQL manual, appendix A). Undefined: not a database error, or a defect of the program.
 */
export function databaseFailure(error: unknown): DatabaseFailure | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { code, constraint, syscall, message } = error as Record<string, unknown>;
  if (typeof code === 'string') {
    if ((code === '23505' || code === '23503') && typeof constraint === 'string') {
      return { kind: 'constraint', constraint };
    }
    if (code.startsWith('22')) return { kind: 'bad_value' };
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
 * Runs `work`, and again when PostgreSQL gave up on it because of others (deadlock, serialisation failure).
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
