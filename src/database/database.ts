import { type Readable, type Writable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { DataSource, type EntityManager } from 'typeorm';
import { copyOut } from './copy-out';
import { isPreparationError, retryOnContention } from './errors';
import { type ChangeOrigin } from './change-origin';
import { type DeadlineClient, type RequestContext, type RequestQuery } from './deadline-client';
import { type Executor, type Row, TEXT_ONLY, type Transaction } from './executor';
import { LateError } from './late-error';
import { statementName } from './statement-name';
import { withoutDeadline } from './without-deadline';

/** Runs statements with the driver, on what `connection` returns. */
abstract class StatementExecutor implements Executor {
  abstract readonly manager: EntityManager;

  abstract transaction<T>(work: (transaction: Transaction) => Promise<T>): Promise<T>;

  /** The pool, or the connection of a transaction. */
  protected abstract connection(): Promise<Pick<pg.Pool, 'query'>>;

  async rows(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    return this.run(statementName(text), text, values);
  }

  async steady(text: string, values: readonly unknown[]): Promise<Row[]> {
    return this.rows(text, values);
  }

  async planned(text: string, values: readonly unknown[]): Promise<Row[]> {
    return this.run('', text, values);
  }

  async byKey(text: string, key: number | string): Promise<Row | undefined> {
    const [row] = await this.rows(text, [[key]]);
    return row;
  }

  protected async run(name: string, text: string, values: readonly unknown[]): Promise<Row[]> {
    const connection = await this.connection();
    const { rows } = await connection.query<(string | null)[]>(this.queryOf(name, text, values));
    return rows;
  }

  protected queryOf(name: string, text: string, values: readonly unknown[]): RequestQuery {
    return { name, text, values: [...values], rowMode: 'array', types: TEXT_ONLY };
  }
}

/** What an executor must know of its request. */
export interface RequestLimits {
  /** when the request ends, by `performance.now()`: after it, nothing of the request is written */
  readonly end: number;
  /** who makes the changes; called for each write, because it is known only after the access check */
  readonly origin: () => ChangeOrigin | undefined;
  /** whether its transactions may take longer than REQUEST_TIMEOUT */
  readonly isLong?: boolean;
  /** whether its transactions can run again: not after something was used up, such as a body that is read as it arrives */
  readonly mayRepeat?: () => boolean;
}

const NO_LIMITS: RequestLimits = { end: Infinity, origin: () => undefined };

/** An executor on any connection of the pool, which also starts transactions. */
class PoolExecutor extends StatementExecutor {
  constructor(
    protected readonly dataSource: DataSource,
    private readonly limits = NO_LIMITS,
  ) {
    super();
  }

  get manager(): EntityManager {
    return this.dataSource.manager;
  }

  async transaction<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    const { isLong = false, mayRepeat } = this.limits;
    const run = async (manager: EntityManager) => {
      const transaction = new TransactionExecutor(manager);
      await transaction.beginFor(this.context);
      return work(transaction);
    };
    return retryOnContention(() => {
      this.checkTime();
      return isLong ? withoutDeadline(this.dataSource.manager, run) : this.dataSource.transaction(run);
    }, mayRepeat);
  }

  /** A statement that failed because of a name has changed nothing, so it can run again without one. */
  protected override async run(name: string, text: string, values: readonly unknown[]): Promise<Row[]> {
    this.checkTime();
    try {
      return await super.run(name, text, values);
    } catch (error) {
      if (name === '' || !isPreparationError(error)) throw error;
      return super.run('', text, values);
    }
  }

  protected async connection(): Promise<pg.Pool> {
    return Promise.resolve((this.dataSource.driver as unknown as { master: pg.Pool }).master);
  }

  protected override queryOf(name: string, text: string, values: readonly unknown[]): RequestQuery {
    return Object.assign(super.queryOf(name, text, values), this.context);
  }

  private get context(): RequestContext {
    return { until: this.limits.end, origin: this.limits.origin() };
  }

  private checkTime(): void {
    if (performance.now() > this.limits.end) throw new LateError();
  }
}

/** The database. */
@Injectable()
export class Database extends PoolExecutor {
  constructor(@InjectDataSource() dataSource: DataSource) {
    super(dataSource);
  }

  /** The same for a request. Only writes through the `manager` can be later, and without an origin, so they belong into a transaction. */
  forRequest(limits: RequestLimits): Executor {
    return new PoolExecutor(this.dataSource, limits);
  }

  /** Closes the idle connections, so that the next statements get new ones. */
  async dropIdleConnections(): Promise<void> {
    const pool = await this.connection();
    const idle = Array.from({ length: pool.idleCount }, () => pool.connect());
    for (const taken of await Promise.allSettled(idle))
      if (taken.status === 'fulfilled') taken.value.release(true);
  }

  /** The same without a time limit, for deletions of any size. */
  async longTransaction<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    return retryOnContention(() =>
      withoutDeadline(this.dataSource.manager, (manager) => work(new TransactionExecutor(manager))),
    );
  }

  /** What a statement COPY … TO STDOUT sends, of any length: see `copy-out.ts`. */
  async copyOut(text: string, signal: AbortSignal): Promise<Readable> {
    return copyOut(this.dataSource, text, signal);
  }
}

/** The connection of one transaction. */
class TransactionExecutor extends StatementExecutor implements Transaction {
  constructor(readonly manager: EntityManager) {
    super();
  }

  async transaction<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    return work(this);
  }

  async precede(text: string, values: readonly string[], toError: (error: unknown) => Error): Promise<void> {
    (await this.connection()).precede({ name: statementName(text), text, values, toError });
  }

  async flush(): Promise<void> {
    if ((await this.connection()).hasPreceding) await this.rows('SELECT');
  }

  async copyFrom(text: string): Promise<Writable> {
    await this.flush();
    return (await this.connection()).queryAlone(copyFrom(text));
  }

  async giveUp(reason: string): Promise<void> {
    (await this.connection()).giveUp(reason);
  }

  async last(text: string, values: readonly unknown[]): Promise<Row[]> {
    const query = this.queryOf(statementName(text), text, values);
    const { rows } = await (await this.connection()).queryAndCommit(query);
    return rows as Row[];
  }

  async beginFor(context: RequestContext): Promise<void> {
    (await this.connection()).beginFor(context);
  }

  protected async connection(): Promise<DeadlineClient> {
    return (await this.manager.queryRunner?.connect()) as DeadlineClient;
  }
}
