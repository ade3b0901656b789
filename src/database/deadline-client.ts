import './javascript-driver';
import pg from 'pg';
import { clientDeadline } from './client-deadline';
import { DatabaseClient, type DatabaseClientConfig } from './database-client';

/** The driver's method, which has many overloads. */
function send(client: pg.Client, args: unknown[]): unknown {
  return (pg.Client.prototype.query as (...all: unknown[]) => unknown).apply(client, args);
}

/**
 * A client that limits the time of a statement and of a whole transaction, because a frozen or unplugged server does
 * not apply `statement_timeout`. After that time it destroys the socket: the connection leaves the pool, and an open
 * transaction is never committed. The driver's `query_timeout` cannot do this: it returns the connection to the pool
 * while the statement and its transaction are still open.
 *
 * In the driver's pipeline mode it also saves round trips: START TRANSACTION is sent with the statement after it.
 */
export class DeadlineClient extends DatabaseClient {
  /** milliseconds; 0 for none */
  private readonly deadline: number;
  private timer: NodeJS.Timeout | undefined;
  protected inTransaction = false;
  private suspended = false;
  private readonly isPipelined: boolean;
  /** whether START TRANSACTION waits for the statement with which it is sent */
  private isHeldBack = false;

  constructor(config: DatabaseClientConfig) {
    super(config);
    this.deadline = clientDeadline(Number(config.statement_timeout ?? 0));
    this.isPipelined = config.pipeline ?? false;
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
    if (text === 'START TRANSACTION') {
      this.inTransaction = true;
      this.arm();
      return this.isPipelined ? this.holdBack(args) : send(this, args);
    }
    const isEnd = text === 'COMMIT' || text === 'ROLLBACK';
    // The last statement of the transaction has ended it, and TypeORM does not know.
    if (isEnd && !this.inTransaction) return Promise.resolve();
    // On a busy connection 'drain' may never come, so outside of transactions each statement restarts the time.
    if (!this.inTransaction) this.timer?.refresh();
    if (isEnd) this.inTransaction = false;
    this.arm();
    const result = send(this, args);
    this.sendHeldBack();
    return result;
  }) as pg.Client['query'];

  /** Runs the last statement of a transaction, and COMMIT. If the statement fails, nothing is committed. */
  async queryAndCommit(query: pg.QueryArrayConfig): Promise<pg.QueryArrayResult> {
    if (!this.isPipelined) {
      const result = await this.query(query);
      await this.query('COMMIT');
      return result;
    }
    this.socket.cork();
    const answers = Promise.allSettled([this.query(query), this.query('COMMIT')]);
    this.socket.uncork();
    const [last, end] = await answers;
    if (last.status === 'rejected') throw last.reason;
    if (end.status === 'rejected') throw end.reason;
    return last.value;
  }

  /** Switches the deadline off and on, for a transaction that may take long. */
  suspendDeadline(suspended: boolean): void {
    this.suspended = suspended;
    this.disarm();
  }

  private holdBack(args: unknown[]): Promise<void> {
    this.socket.cork();
    this.isHeldBack = true;
    // It fails only with the connection, and then the next statement fails, too.
    (send(this, args) as Promise<unknown>).catch(() => undefined);
    return Promise.resolve();
  }

  private sendHeldBack(): void {
    if (!this.isHeldBack) return;
    this.isHeldBack = false;
    this.socket.uncork();
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
