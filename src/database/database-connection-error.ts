/**
 * There is no connection: it could not be made, or it was lost. Of whatever kind the cause is (network, TLS, a refused
 * login, an answer that is no PostgreSQL's), no statement has failed, and the same request may succeed a moment later.
 */
export class DatabaseConnectionError extends Error {
  /** the cause's, for logs */
  readonly code: string | undefined;

  constructor(cause: unknown) {
    super(reasonOf(cause), { cause });
    this.code = codeOf(cause);
  }
}

/** The same error as it is, where it is one already. */
export function toConnectionError(error: unknown): DatabaseConnectionError {
  return error instanceof DatabaseConnectionError ? error : new DatabaseConnectionError(error);
}

function reasonOf(cause: unknown): string {
  // Of a name with several addresses: one error for each, and no text of its own.
  if (cause instanceof AggregateError) return [...new Set(cause.errors.map(reasonOf))].join(', ');
  return cause instanceof Error ? cause.message : String(cause);
}

function codeOf(cause: unknown): string | undefined {
  const { code } = cause as { code?: unknown };
  return typeof code === 'string' ? code : undefined;
}
