import pg from 'pg';
import { clientDeadline } from './client-deadline';
import { DatabaseClient, type DatabaseClientConfig } from './database-client';

/**
 * A client that gives up on a server that answers nothing, a frozen or unplugged one: there `statement_timeout` never
 * fires. It also gives up on a transaction that takes too long as a whole. In both cases it destroys the socket: the
 * connection leaves the pool, and what was not committed never is. The driver's `query_timeout` must not be used for
 * this: it gives the connection back to the pool with the statement, and its transaction, still open.
 */
export class DeadlineClient extends DatabaseClient {
  /** milliseconds; 0 for none */
  private readonly deadline: number;
  private timer: NodeJS.Timeout | undefined;
  private inTransaction = false;
  private suspended = false;

  constructor(config: DatabaseClientConfig) {
    super(config);
    this.deadline = clientDeadline(Number(config.statement_timeout ?? 0));
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
    // In a busy pool the queue never runs empty: outside of transactions the time begins with each statement.
    if (!this.inTransaction) this.timer?.refresh();
    if (text === 'START TRANSACTION') this.inTransaction = true;
    else if (text === 'COMMIT' || text === 'ROLLBACK') this.inTransaction = false;
    this.arm();
    return (pg.Client.prototype.query as (...all: unknown[]) => unknown).apply(this, args);
  }) as pg.Client['query'];

  /** While suspended there is no deadline. For the one statement that may take long. */
  suspendDeadline(suspended: boolean): void {
    this.suspended = suspended;
    this.disarm();
  }

  private arm(): void {
    if (this.timer || this.deadline === 0 || this.suspended) return;
    this.timer = setTimeout(() => {
      this.socket.destroy(new Error('Connection terminated: the database did not answer in time'));
    }, this.deadline);
  }

  private disarm(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }
}
