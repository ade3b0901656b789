import { type Socket } from 'node:net';
import pg from 'pg';
import { UtcClient } from './utc-client';

/** How much longer than the server's own `statement_timeout` a client waits. */
const PATIENCE = 1.125;

/**
 * A client that gives up on a server that answers nothing, a frozen or unplugged one: there `statement_timeout` never
 * fires. It gives up on a transaction that as a whole takes too long, too. Either way it destroys the socket: the
 * connection leaves the pool, and what was not committed never is. The driver's `query_timeout` must not do this: it
 * gives the connection back with the statement, and its transaction, still open.
 */
export class DeadlineClient extends UtcClient {
  private readonly deadline: number | undefined;
  private timer: NodeJS.Timeout | undefined;
  private inTransaction = false;
  private suspended = false;

  constructor(options: pg.ClientConfig) {
    super(options);
    const { statement_timeout: timeout } = options;
    this.deadline = timeout ? timeout * PATIENCE : undefined;
    this.on('drain', () => {
      if (!this.inTransaction) this.disarm();
    });
    this.on('end', () => {
      this.disarm();
    });
  }

  // The driver's overloads are many; all of them pass through unchanged.
  override query = ((...args: unknown[]): unknown => {
    const [first] = args;
    const text = typeof first === 'string' ? first : (first as { text?: string } | undefined)?.text;
    // A pool in demand never lets the queue run empty: outside of transactions the time begins with each statement.
    if (!this.inTransaction) this.timer?.refresh();
    if (text === 'START TRANSACTION') this.inTransaction = true;
    else if (text === 'COMMIT' || text === 'ROLLBACK') this.inTransaction = false;
    this.arm();
    return (pg.Client.prototype.query as (...all: unknown[]) => unknown).apply(this, args);
  }) as pg.Client['query'];

  /** Waits for ever from now on, or no longer so. For the one statement that may take long. */
  suspendDeadline(suspended: boolean): void {
    this.suspended = suspended;
    this.disarm();
  }

  private arm(): void {
    if (this.timer || this.deadline === undefined || this.suspended) return;
    this.timer = setTimeout(() => {
      const { connection } = this as unknown as { connection: { stream: Socket } };
      connection.stream.destroy(new Error('Connection terminated: the database did not answer in time'));
    }, this.deadline);
  }

  private disarm(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }
}
