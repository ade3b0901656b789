import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type pg from 'pg';
import { DataSource, type EntityManager } from 'typeorm';
import { isPreparationError, retryOnContention } from './errors';
import { type DeadlineClient } from './deadline-client';
import { type Executor, type Row, TEXT_ONLY, type Transaction } from './executor';
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
    const { rows } = await connection.query<(string | null)[]>(queryOf(name, text, values));
    return rows;
  }
}

function queryOf(name: string, text: string, values: readonly unknown[]): pg.QueryArrayConfig {
  return { name, text, values: [...values], rowMode: 'array', types: TEXT_ONLY };
}

/** The database: an executor on any connection of the pool, which also starts transactions. */
@Injectable()
export class Database extends StatementExecutor {
  constructor(@InjectDataSource() private readonly dataSource: DataSource) {
    super();
  }

  get manager(): EntityManager {
    return this.dataSource.manager;
  }

  async transaction<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    return retryOnContention(() =>
      this.dataSource.transaction((manager) => work(new TransactionExecutor(manager))),
    );
  }

  /** The same without a time limit, for deletions of any size. */
  async longTransaction<T>(work: (executor: Executor) => Promise<T>): Promise<T> {
    return retryOnContention(() =>
      withoutDeadline(this.dataSource.manager, (manager) => work(new TransactionExecutor(manager))),
    );
  }

  /** A statement that failed because of its name has not run, so it can run again without one. */
  protected override async run(name: string, text: string, values: readonly unknown[]): Promise<Row[]> {
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
}

/** The connection of one transaction. */
class TransactionExecutor extends StatementExecutor implements Transaction {
  constructor(readonly manager: EntityManager) {
    super();
  }

  async transaction<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    return work(this);
  }

  async last(text: string, values: readonly unknown[]): Promise<Row[]> {
    const { rows } = await (
      await this.connection()
    ).queryAndCommit(queryOf(statementName(text), text, values));
    return rows as Row[];
  }

  protected async connection(): Promise<DeadlineClient> {
    return (await this.manager.queryRunner?.connect()) as DeadlineClient;
  }
}
