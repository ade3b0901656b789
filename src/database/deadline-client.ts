import './javascript-driver';
import pg from 'pg';
import { type ChangeOrigin, originStatement } from './change-origin';
import { clientDeadline } from './client-deadline';
import { DatabaseClient, type DatabaseClientConfig } from './database-client';
import { LateError } from './late-error';
import {
  type QueryCallback,
  StatementGroup,
  type SideStatement,
  type SideStatements,
} from './statement-group';
import { guardedCommit, mayWrite, toLateError, writeGuard } from './write-guard';

/** A statement of a request. */
export interface RequestQuery extends pg.QueryArrayConfig, RequestContext {}

/** The request to which a statement or a transaction belongs. */
export interface RequestContext {
  /** when it ends, by `performance.now()` */
  readonly until?: number | undefined;
  readonly origin?: ChangeOrigin | undefined;
}

/** Without names, because after `DEALLOCATE ALL` they would fail, and what follows would not be in a transaction. */
const START: SideStatement = { text: 'START TRANSACTION' };
const COMMIT: SideStatement = { text: 'COMMIT' };

/** The driver's method, which has many overloads. */
function send(client: pg.Client, args: unknown[]): unknown {
  return (pg.Client.prototype.query as (...all: unknown[]) => unknown).apply(client, args);
}

/** The text of what is passed to `query`, and its request. */
export function requestQuery(statement: unknown): Pick<RequestQuery, 'text'> & RequestContext {
  return typeof statement === 'string' ? { text: statement } : (statement as RequestQuery);
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
 * Without a pooler it also saves round trips: START TRANSACTION goes with the first statement of the transaction, and
 * COMMIT can go with the last one.
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
  /** what goes with the next statement of the transaction */
  private preceding: SideStatement[] = [];
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
    const { text, until, origin } = requestQuery(first);
    if (text === 'START TRANSACTION') {
      this.inTransaction = true;
      this.transactionEnd = Infinity;
      this.preceding = this.isPipelined ? [START] : [];
      this.arm();
      return this.isPipelined ? Promise.resolve() : send(this, args);
    }
    if (text === 'COMMIT') return this.commit();
    if (text === 'ROLLBACK') return this.rollback();
    // On a busy connection 'drain' may never come, so outside of transactions each statement restarts the time.
    if (!this.inTransaction) {
      this.disarm();
      this.arm();
      if (!mayWrite(text)) return send(this, args);
      const [before, after] = [origin ? [originStatement(origin)] : [], this.guards(until)];
      return before.length + after.length > 0 ? this.sendGroup(args, { before, after }) : send(this, args);
    }
    this.arm();
    if (this.preceding.length === 0) return send(this, args);
    if (this.isPipelined) return this.sendGroup(args, { before: this.takePreceding() });
    return this.sendPreceding().then(() => send(this, args));
  }) as pg.Client['query'];

  /**
   * Sends a statement with the next one of the transaction, which rejects if it fails. Without a next one it does not run.
   */
  precede(statement: SideStatement): void {
    this.preceding.push(statement);
  }

  /** Whether a transaction is open. */
  get isInTransaction(): boolean {
    return this.inTransaction;
  }

  /** Whether statements wait for the next one of the transaction. */
  get hasPreceding(): boolean {
    return this.preceding.length > 0;
  }

  /** Runs the last statement of a transaction, and COMMIT. If the statement fails, nothing is committed. */
  async queryAndCommit(query: pg.QueryArrayConfig): Promise<pg.QueryArrayResult> {
    if (!this.isPipelined) {
      const result = await this.query(query);
      await this.query('COMMIT');
      return result;
    }
    this.arm();
    const before = this.takePreceding();
    const after = [...this.guards(this.transactionEnd), COMMIT];
    return this.ending(() => this.sendGroup([query], { before, after }) as Promise<pg.QueryArrayResult>);
  }

  /**
   * Sends a query of a class of its own, such as COPY, on a connection that has answered all others. The driver refuses it
   * in pipeline mode, where others could follow before its answer. Nothing else may be sent before that.
   */
  queryAlone<T extends pg.Submittable>(query: T): T {
    const { pipeline } = this;
    Object.assign(this, { pipeline: false });
    try {
      return this.query(query);
    } finally {
      Object.assign(this, { pipeline });
    }
  }

  /** Says to which request the open transaction belongs. Its time ends when the request ends. */
  beginFor({ until = Infinity, origin }: RequestContext): void {
    this.transactionEnd = until;
    if (origin) this.precede(originStatement(origin));
  }

  /** Switches the deadline off and on, for a transaction that may take long. */
  suspendDeadline(suspended: boolean): void {
    this.suspended = suspended;
    this.disarm();
  }

  /** Closes the connection at once, so that all that waits for an answer fails. */
  giveUp(reason: string): void {
    this.socket.destroy(new Error(reason));
  }

  private async commit(): Promise<unknown> {
    if (this.isUnknownToServer) {
      this.forgetTransaction();
      return undefined;
    }
    this.preceding = [];
    this.arm();
    const latest = this.latest(this.transactionEnd);
    const text = latest === undefined ? 'COMMIT' : guardedCommit(latest);
    return this.ending(() =>
      (send(this, [text]) as Promise<unknown>).catch((error: unknown) => {
        throw this.doubting(toLateError(error as Error));
      }),
    );
  }

  private async rollback(): Promise<unknown> {
    if (this.isUnknownToServer) {
      this.forgetTransaction();
      return undefined;
    }
    this.preceding = [];
    this.inTransaction = false;
    this.arm();
    return await send(this, ['ROLLBACK']);
  }

  /** Whether the server has no open transaction: its last statement has ended it, or no statement has begun it. */
  private get isUnknownToServer(): boolean {
    return !this.inTransaction || this.preceding.includes(START);
  }

  private forgetTransaction(): void {
    this.preceding = [];
    this.inTransaction = false;
    this.disarm();
  }

  /** Ends the transaction. After an error it can still be open, and TypeORM sends ROLLBACK. */
  private async ending<T>(end: () => Promise<T>): Promise<T> {
    // 'drain' comes before the promise settles.
    this.inTransaction = false;
    try {
      return await end();
    } catch (error) {
      this.inTransaction = true;
      throw error;
    }
  }

  private takePreceding(): SideStatement[] {
    const { preceding } = this;
    this.preceding = [];
    return preceding;
  }

  /** For a pooler, where each of them is a round trip. */
  private async sendPreceding(): Promise<void> {
    for (const { toError, text, values = [] } of this.takePreceding()) {
      try {
        await this.query(text, [...values]);
      } catch (error) {
        throw toError?.(error as Error) ?? error;
      }
    }
  }

  private sendGroup(args: unknown[], statements: SideStatements): unknown {
    const [config, ...rest] = args as [pg.QueryConfig | string, ...unknown[]];
    const callback = rest.find((each) => typeof each === 'function') as QueryCallback | undefined;
    const values = rest.find(Array.isArray);
    const run = (done: QueryCallback) => {
      const settle: QueryCallback = (error, result) => {
        done(error && this.doubting(error), result);
      };
      send(this, [new StatementGroup(config, values, statements, settle)]);
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

  /** The clock may be wrong when a write was too late. */
  private doubting(error: Error): Error {
    if (error instanceof LateError) this.clock?.onDoubt();
    return error;
  }

  /** The guard of a write, unless it has no limit. */
  private guards(until = Infinity): SideStatement[] {
    const latest = this.latest(until);
    return latest === undefined ? [] : [writeGuard(latest)];
  }

  /** The time after which the server must refuse a write, by its clock; undefined if there is no limit. */
  private latest(until: number): number | undefined {
    if (!this.clock?.isKnown || !this.timer) return undefined;
    return this.clock.now() + (Math.min(this.timerEnd, until) - performance.now()) / 1000;
  }

  private arm(): void {
    if (this.timer || this.deadline === 0 || this.suspended) return;
    this.timerEnd = performance.now() + this.deadline;
    const timer = setTimeout(() => {
      // A process that stood still for so long reads first what has arrived meanwhile.
      setImmediate(() => {
        if (this.timer !== timer) return;
        this.giveUp('Connection terminated: the database did not answer in time');
      });
    }, this.deadline);
    this.timer = timer;
  }

  private disarm(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }
}
