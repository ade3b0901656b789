import { LateError } from './late-error';
import { type SideStatement } from './statement-group';

/** The code of the guard's division by zero. */
const DIVISION_BY_ZERO = '22012';

/**
 * SQL that fails after the time in `parameter`, and else returns no rows. `clock_timestamp()` is the time at which
 * PostgreSQL runs it, whenever it was sent.
 *
 * @param parameter seconds since 1970
 */
function guardText(parameter: string): string {
  return `SELECT 1 WHERE 1 / (clock_timestamp() < to_timestamp(${parameter}))::int = 0`;
}

const GUARD = guardText('$1::float8');

/** Whether a statement may write. It can be true for a read that has one of these words, which only costs time. */
export function mayWrite(text = ''): boolean {
  return /\b(?:INSERT|UPDATE|DELETE)\b/i.test(text);
}

/**
 * Goes after a statement that writes, and fails when it is too late. PostgreSQL commits both or none, so a statement
 * that waited in a frozen server, on the network or for a lock writes nothing once its request has been answered
 * without it.
 *
 * @param latest by the database's clock, in seconds since 1970
 */
export function writeGuard(latest: number): SideStatement {
  return { name: 'emporium-guard', text: GUARD, values: [latest.toFixed(6)], toError: toLateError };
}

/** COMMIT that fails after this time. The transaction must then be rolled back. @param latest seconds since 1970 */
export function guardedCommit(latest: number): string {
  return `${guardText(latest.toFixed(6))}; COMMIT`;
}

/** The error of a guard becomes a LateError. */
export function toLateError(error: Error): Error {
  return (error as { code?: unknown }).code === DIVISION_BY_ZERO ? new LateError() : error;
}
