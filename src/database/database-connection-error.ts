/**
 * A connection could not be opened, or was lost. The cause does not matter (network, TLS, a refused login, a server
 * that is not PostgreSQL): no statement has failed, and the same request may succeed a moment later.
 */
export class DatabaseConnectionError extends Error {
  /** the code of the cause, for logs */
  readonly code: string | undefined;

  constructor(cause: unknown) {
    super(reasonOf(cause), { cause });
    this.code = codeOf(cause);
  }
}

/** Wraps an error, unless it is a DatabaseConnectionError already. */
export function toConnectionError(error: unknown): DatabaseConnectionError {
  return error instanceof DatabaseConnectionError ? error : new DatabaseConnectionError(error);
}

function reasonOf(cause: unknown): string {
  // When a host name has several addresses, it has one error for each of them, and no message.
  if (cause instanceof AggregateError) return [...new Set(cause.errors.map(reasonOf))].join(', ');
  return cause instanceof Error ? cause.message : String(cause);
}

function codeOf(cause: unknown): string | undefined {
  const { code } = cause as { code?: unknown };
  return typeof code === 'string' ? code : undefined;
}
