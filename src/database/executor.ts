import { type Writable } from 'node:stream';
import type pg from 'pg';
import { type EntityManager } from 'typeorm';

/** A row as the server sends it: the text of each column, or null. */
export type Row = readonly (string | null)[];

/** Leaves every column as text. */
export const TEXT_ONLY: pg.CustomTypesConfig = { getTypeParser: () => (text: unknown) => text };

/** Runs reads. Each of the three methods is the cheapest for one kind of statement. */
export interface Reader {
  /** Runs a short statement that uses the same index for all values: it is planned once. */
  steady(text: string, values: readonly unknown[]): Promise<Row[]>;
  /** Runs a statement whose best plan depends on the values. */
  planned(text: string, values: readonly unknown[]): Promise<Row[]>;
  /**
   * Finds the row with this key. @param text a statement that selects rows by `= ANY ($1)`, with their key as the first
   * column
   */
  byKey(text: string, key: number | string): Promise<Row | undefined>;
}

/**
 * Runs the statements of repositories: on the pool, where each statement is its own transaction, or in a transaction,
 * where all of them share one connection. Every repository method takes an executor, so that its caller decides.
 */
export interface Executor extends Reader {
  /** Runs a statement. Each connection prepares it once. @throws LateError */
  rows(text: string, values?: readonly unknown[]): Promise<Row[]>;
  /**
   * Runs `work` in one transaction: in this one, if the executor is a transaction, else in a new one, which is committed
   * when its promise resolves and rolled back when it rejects. A new one runs again when PostgreSQL cancelled it because
   * of other transactions (deadlock, serialisation failure), so `work` must have no other side effects.
   */
  transaction<T>(work: (transaction: Transaction) => Promise<T>): Promise<T>;
  /** TypeORM's manager on the same connections, for rare statements that are shorter with TypeORM. */
  readonly manager: EntityManager;
}

/** The executor of one transaction. */
export interface Transaction extends Executor {
  /**
   * Sends a statement together with the next one of the transaction, so that it costs no round trip. If it fails, the
   * next one does not run, and rejects with `toError` of its error (in TypeORM's QueryFailedError, if it is of the
   * `manager`). If there is no next one, it does not run.
   */
  precede(text: string, values: readonly string[], toError: (error: unknown) => Error): Promise<void>;
  /** Runs what should precede the next statement, if that has not run yet. */
  flush(): Promise<void>;
  /** Begins `COPY … FROM STDIN`. The stream takes the rows, and finishes when PostgreSQL has them all. */
  copyFrom(text: string): Promise<Writable>;
  /** Closes the connection of the transaction, so that what waits for an answer fails. */
  giveUp(reason: string): Promise<void>;
  /** Runs the last statement, and commits. It saves a round trip; nothing may run after it. */
  last(text: string, values: readonly unknown[]): Promise<Row[]>;
}
