import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type pg from 'pg';
import { DataSource, type EntityManager } from 'typeorm';
import { retryOnContention } from './errors';
import { type Executor, type Row, TEXT_ONLY } from './executor';
import { statementName } from './statement-name';
import { withoutDeadline } from './without-deadline';

/** The database: the executor that takes any connection of the pool, and the way to a transaction. */
@Injectable()
export class Database implements Executor {
  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  get manager(): EntityManager {
    return this.dataSource.manager;
  }

  async rows(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    const { master } = this.dataSource.driver as unknown as { master: pg.Pool };
    return run(master, text, values);
  }

  /**
   * Runs `work` in one transaction, which is committed when its promise resolves and rolled back when it rejects. Runs it
   * again when PostgreSQL cancelled it because of others (deadlock, serialisation failure): it must have no other effects.
   */
  async transaction<T>(work: (executor: Executor) => Promise<T>): Promise<T> {
    return retryOnContention(() =>
      this.dataSource.transaction((manager) => work(new TransactionExecutor(manager))),
    );
  }

  /** The same without a limit of time, for deletions of any size. */
  async longTransaction<T>(work: (executor: Executor) => Promise<T>): Promise<T> {
    return retryOnContention(() =>
      withoutDeadline(this.dataSource.manager, (manager) => work(new TransactionExecutor(manager))),
    );
  }
}

/** The connection of one transaction. */
class TransactionExecutor implements Executor {
  constructor(readonly manager: EntityManager) {}

  async rows(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    const client = (await this.manager.queryRunner?.connect()) as pg.PoolClient;
    return run(client, text, values);
  }
}

async function run(on: pg.Pool | pg.PoolClient, text: string, values: readonly unknown[]): Promise<Row[]> {
  const name = statementName(text);
  const query: pg.QueryArrayConfig = { name, text, values: [...values], rowMode: 'array', types: TEXT_ONLY };
  const { rows } = await on.query<(string | null)[]>(query);
  return rows;
}
