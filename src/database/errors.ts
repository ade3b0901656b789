/** What a failed statement means for the caller. `constraint` is set for unique and foreign-key violations. */
export type DatabaseFailure =
  | { kind: 'constraint'; constraint: string }
  | { kind: 'bad_value' }
  | { kind: 'contention' }
  | { kind: 'unavailable' };

/** Node's codes of a connection that is not there or went away. */
const NETWORK_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENOENT',
]);

/** pg's own errors bear no code, only these texts. */
const DRIVER_MESSAGES =
  /^(timeout exceeded when trying to connect|timeout expired|connection terminated|client has encountered a connection error|client was closed|cannot use a pool after calling end)/i;

/**
 * Recognises the errors of PostgreSQL, of its driver and of TypeORM around them; the only place that knows their
 * codes (PostgreSQL manual, appendix A). Undefined: not a database error, or a defect of the program.
 */
export function databaseFailure(error: unknown): DatabaseFailure | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { code, constraint, message } = error as { code?: unknown; constraint?: unknown; message?: unknown };
  if (typeof code === 'string') {
    if ((code === '23505' || code === '23503') && typeof constraint === 'string') {
      return { kind: 'constraint', constraint };
    }
    if (code.startsWith('22')) return { kind: 'bad_value' };
    if (code === '40001' || code === '40P01') return { kind: 'contention' };
    // 57014: cancelled by statement_timeout. 25P03: idle in a transaction for too long. 55P03: no lock in time.
    if (/^(57014|57P0\d|25P03|55P03|53...|08...)$/.test(code) && code !== '08P01')
      return { kind: 'unavailable' };
    if (NETWORK_CODES.has(code)) return { kind: 'unavailable' };
  }
  if (typeof message === 'string' && DRIVER_MESSAGES.test(message)) return { kind: 'unavailable' };
  return undefined;
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
