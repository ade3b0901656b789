import type pg from 'pg';
import { type EntityManager } from 'typeorm';

/** A row as the server sends it: the text of each column. */
export type Row = readonly (string | null)[];

/** Leaves every column as the text that it comes as. */
export const TEXT_ONLY: pg.CustomTypesConfig = { getTypeParser: () => (text: unknown) => text };

/** What reads run on. Each of its three ways costs least for one kind of statement. */
export interface Reader {
  /** Runs a short statement that one index answers whatever the values: it is planned once. */
  steady(text: string, values: readonly unknown[]): Promise<Row[]>;
  /** Runs a statement whose best plan depends on the values. */
  planned(text: string, values: readonly unknown[]): Promise<Row[]>;
  /** The row with this key. @param text a statement that selects rows by `= ANY ($1)`, their key first */
  byKey(text: string, key: number | string): Promise<Row | undefined>;
}

/**
 * What a repository runs its statements on: the pool, where each statement stands alone, or a transaction, where all of
 * them share one connection. Every method of a repository takes one, so that its caller decides.
 */
export interface Executor extends Reader {
  /** Runs one statement, which each connection prepares once. */
  rows(text: string, values?: readonly unknown[]): Promise<Row[]>;
  /** TypeORM's way to the same connections, for what is short in its words and seldom run. */
  readonly manager: EntityManager;
}
