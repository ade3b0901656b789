import { types } from 'node:util';

/** The message is for an operator: what is wrong, and what to do about it. */
export class EmbeddedPostgresError extends Error {
  override readonly name = 'EmbeddedPostgresError';
}

export function hasCode(error: unknown, ...codes: string[]): boolean {
  return isError(error) && 'code' in error && codes.includes(String(error.code));
}

/** `instanceof` fails in a test runner's sandbox, which has its own Error class. */
export function isError(error: unknown): error is Error {
  return types.isNativeError(error);
}

/** Turns the error of a system call into a message for operators. Other errors stay unchanged. */
export function explained(error: unknown, dataDir: string): unknown {
  if (!isError(error) || !('syscall' in error)) return error;
  const advice = hasCode(error, 'ENOSPC', 'EDQUOT')
    ? 'The disk is full: make room'
    : 'Run as the user the data directory belongs to, or choose another one';
  return new EmbeddedPostgresError(
    `The embedded database cannot use the data directory ${dataDir}: ${error.message}. ` +
      `${advice}; or set DATABASE_URL to use a PostgreSQL of your own.`,
    { cause: error },
  );
}
