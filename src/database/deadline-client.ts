import pg from 'pg';
import { clientDeadline } from './client-deadline';
import { DatabaseClient, type DatabaseClientConfig } from './database-client';

/**
 * A client that limits the time of a statement and of a whole transaction, because a frozen or unplugged server does
 * not apply `statement_timeout`. After that time it destroys the socket: the connection leaves the pool, and an open
 * transaction is never committed. The driver's `query_timeout` cannot do this: it returns the connection to the pool
 * while the statement and its transaction are still open.
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

  // The driver has many overloads. All of them are passed on unchanged.
  override query = ((...args: unknown[]): unknown => {
    const [first] = args;
    const text = typeof first === 'string' ? first : (first as { text?: string } | undefined)?.text;
    // On a busy connection 'drain' may never come, so outside of transactions each statement restarts the time.
    if (!this.inTransaction) this.timer?.refresh();
    if (text === 'START TRANSACTION') this.inTransaction = true;
    else if (text === 'COMMIT' || text === 'ROLLBACK') this.inTransaction = false;
    this.arm();
    return (pg.Client.prototype.query as (...all: unknown[]) => unknown).apply(this, args);
  }) as pg.Client['query'];

  /** Switches the deadline off and on, for a transaction that may take long. */
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
