import './javascript-driver';
import pg from 'pg';
import { clientDeadline } from './client-deadline';
import { DatabaseClient, type DatabaseClientConfig } from './database-client';
import { guardedCommit, GuardedQuery, mayWrite, type QueryCallback, toLateError } from './guarded-query';
import { LateError } from './late-error';

/** A statement of a request that ends at this time of `performance.now()`. */
export interface TimedQuery extends pg.QueryArrayConfig {
  until?: number;
}

/** The driver's method, which has many overloads. */
function send(client: pg.Client, args: unknown[]): unknown {
  return (pg.Client.prototype.query as (...all: unknown[]) => unknown).apply(client, args);
}

/** The text of what is passed to `query`, and the end of its request. */
export function timedQuery(statement: unknown): Pick<TimedQuery, 'text' | 'until'> {
  return typeof statement === 'string' ? { text: statement } : (statement as TimedQuery);
}

/**
 * A client that limits the time of a statement and of a whole transaction, because a frozen or unplugged server does
 * not apply `statement_timeout`. After that time it destroys the socket: the connection leaves the pool, and an open
 * transaction is never committed. The driver's `query_timeout` cannot do this: it returns the connection to the pool
 * while the statement and its transaction are still open.
 *
 * The server can still receive what was sent before, and run it later. So each write outside of a transaction, and each
 * COMMIT, is guarded: the server refuses it after that time, or after the end of its request.
 *
 * In the driver's pipeline mode it also saves round trips: START TRANSACTION is sent with the statements after it, as
 * far as they need no answer.
 */
export class DeadlineClient extends DatabaseClient {
  /** milliseconds; 0 for none */
  private readonly deadline: number;
  private readonly clock: DatabaseClientConfig['clock'];
  private timer: NodeJS.Timeout | undefined;
  /** when the timer destroys the socket, by `performance.now()` */
  private timerEnd = Infinity;
  protected inTransaction = false;
  /** when the request of the transaction ends, by `performance.now()` */
  private transactionEnd = Infinity;
  private suspended = false;
  private readonly isPipelined: boolean;

  constructor(config: DatabaseClientConfig) {
    super(config);
    this.deadline = clientDeadline(Number(config.statement_timeout ?? 0));
    this.clock = config.clock;
    this.isPipelined = config.pipeline ?? false;
    this.on('drain', () => {
      if (!this.inTransaction) this.disarm();
    });
    this.on('end', () => {
      this.disarm();
    });
  }

  // The driver has many overloads. All of them are passed on.
  override query = ((...args: unknown[]): unknown => {
    const [first] = args;
    const { text, until } = timedQuery(first);
    if (text === 'START TRANSACTION') {
      this.inTransaction = true;
      this.transactionEnd = Infinity;
      this.arm();
      return this.isPipelined ? this.start(args) : send(this, args);
    }
    const isEnd = text === 'COMMIT' || text === 'ROLLBACK';
    // The last statement of the transaction has ended it, and TypeORM does not know.
    if (isEnd && !this.inTransaction) return Promise.resolve();
    if (text === 'COMMIT') return this.commit();
    // On a busy connection 'drain' may never come, so outside of transactions each statement restarts the time.
    if (!this.inTransaction) this.disarm();
    if (isEnd) this.inTransaction = false;
    this.arm();
    const isGuarded = !this.inTransaction && mayWrite(text);
    return isGuarded ? this.sendGuarded(args, until) : send(this, args);
  }) as pg.Client['query'];

  /** Runs the last statement of a transaction, and COMMIT. If the statement fails, nothing is committed. */
  async queryAndCommit(query: pg.QueryArrayConfig): Promise<pg.QueryArrayResult> {
    if (!this.isPipelined) {
      const result = await this.query(query);
      await this.query('COMMIT');
      return result;
    }
    this.arm();
    this.socket.cork();
    const last = this.sendGuarded([query], this.transactionEnd) as Promise<pg.QueryArrayResult>;
    this.inTransaction = false;
    const answers = Promise.allSettled([last, send(this, ['COMMIT']) as Promise<unknown>]);
    this.socket.uncork();
    const [result, end] = await answers;
    if (result.status === 'rejected') throw result.reason;
    if (end.status === 'rejected') throw end.reason;
    return result.value;
  }

  /** Ends the open transaction's time when its request ends. @param end by `performance.now()` */
  endTransactionAt(end: number): void {
    this.transactionEnd = end;
  }

  /** Switches the deadline off and on, for a transaction that may take long. */
  suspendDeadline(suspended: boolean): void {
    this.suspended = suspended;
    this.disarm();
  }

  /** After a refusal the transaction is still open, and TypeORM sends ROLLBACK. */
  private async commit(): Promise<unknown> {
    this.inTransaction = false;
    this.arm();
    const latest = this.latest(this.transactionEnd);
    try {
      return await send(this, [latest === undefined ? 'COMMIT' : guardedCommit(latest)]);
    } catch (error) {
      const reason = toLateError(error as Error);
      if (reason instanceof LateError) {
        this.inTransaction = true;
        this.clock?.onDoubt();
      }
      throw reason;
    }
  }

  private sendGuarded(args: unknown[], until = Infinity): unknown {
    const latest = this.latest(until);
    if (latest === undefined) return send(this, args);
    const [config, ...rest] = args;
    const callback = rest.find((each) => typeof each === 'function') as QueryCallback | undefined;
    const values = rest.find(Array.isArray);
    const run = (done: QueryCallback) => {
      const settle: QueryCallback = (error, result) => {
        if (error instanceof LateError) this.clock?.onDoubt();
        done(error, result);
      };
      send(this, [new GuardedQuery(config as pg.QueryConfig | string, values, latest, settle)]);
    };
    if (callback) {
      run(callback);
      return;
    }
    return new Promise((resolve, reject) => {
      run((error, result) => {
        if (error) reject(error);
        else resolve(result);
      });
    });
  }

  /** The time after which the server must refuse a write, by its clock; undefined if there is no limit. */
  private latest(until: number): number | undefined {
    if (!this.clock?.isKnown || !this.timer) return undefined;
    return this.clock.now() + (Math.min(this.timerEnd, until) - performance.now()) / 1000;
  }

  /** What is sent before the next event of the event loop goes in one packet. */
  private start(args: unknown[]): Promise<void> {
    const { socket } = this;
    socket.cork();
    // Ticks wait for promises that are settled.
    process.nextTick(() => {
      socket.uncork();
    });
    // It fails only with the connection, and then the next statement fails, too.
    (send(this, args) as Promise<unknown>).catch(() => undefined);
    return Promise.resolve();
  }

  private arm(): void {
    if (this.timer || this.deadline === 0 || this.suspended) return;
    this.timerEnd = performance.now() + this.deadline;
    const timer = setTimeout(() => {
      // A process that stood still for so long reads first what has arrived meanwhile.
      setImmediate(() => {
        if (this.timer !== timer) return;
        this.socket.destroy(new Error('Connection terminated: the database did not answer in time'));
      });
    }, this.deadline);
    this.timer = timer;
  }

  private disarm(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }
}
