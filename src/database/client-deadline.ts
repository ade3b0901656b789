/** A client waits longer than the server's own limit, by this factor. */
const CLIENT_WAIT_FACTOR = 1.125;

/**
 * How long a client waits for an answer, in milliseconds, because a frozen or unplugged server does not apply its own
 * `statement_timeout`. 0 means no limit.
 */
export function clientDeadline(statementTimeout: number): number {
  return statementTimeout * CLIENT_WAIT_FACTOR;
}
