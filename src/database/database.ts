import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type pg from 'pg';
import { DataSource, type EntityManager } from 'typeorm';
import { retryOnContention } from './errors';
import { type Executor, type Row, TEXT_ONLY } from './executor';
import { statementName } from './statement-name';
import { withoutDeadline } from './without-deadline';

/** Runs statements with the driver, on what `connection` returns. */
abstract class StatementExecutor implements Executor {
  abstract readonly manager: EntityManager;

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

  private async run(name: string, text: string, values: readonly unknown[]): Promise<Row[]> {
    const query: pg.QueryArrayConfig = {
      name,
      text,
      values: [...values],
      rowMode: 'array',
      types: TEXT_ONLY,
    };
    const { rows } = await (await this.connection()).query<(string | null)[]>(query);
    return rows;
  }
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

  /**
   * Runs `work` in one transaction, which is committed when its promise resolves and rolled back when it rejects. Runs
   * it again when PostgreSQL cancelled it because of other transactions (deadlock, serialisation failure), so `work`
   * must have no other side effects.
   */
  async transaction<T>(work: (executor: Executor) => Promise<T>): Promise<T> {
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

  protected async connection(): Promise<pg.Pool> {
    return Promise.resolve((this.dataSource.driver as unknown as { master: pg.Pool }).master);
  }
}

/** The connection of one transaction. */
class TransactionExecutor extends StatementExecutor {
  constructor(readonly manager: EntityManager) {
    super();
  }

  protected async connection(): Promise<pg.PoolClient> {
    return (await this.manager.queryRunner?.connect()) as pg.PoolClient;
  }
}
