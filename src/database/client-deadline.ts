/** How much longer than the server's own limit a client waits. */
const PATIENCE = 1.125;

/**
 * How long a client waits for a server whose `statement_timeout` this is, in milliseconds: a frozen or unplugged server
 * never enforces its own. 0 is for ever.
 */
export function clientDeadline(statementTimeout: number): number {
  return statementTimeout * PATIENCE;
}
