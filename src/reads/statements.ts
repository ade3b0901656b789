import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type pg from 'pg';
import { DataSource } from 'typeorm';
import { Environment } from '../config/environment';
import { clientDeadline } from '../database/client-deadline';
import { Database } from '../database/database';
import { DatabaseHealth } from '../database/database-health';
import { type Reader, type Row } from '../database/executor';
import { statementName } from '../database/statement-name';
import { Lookup } from './lookup';
import { Pipeline } from './pipeline';

/** Connections that all requests share, for look-ups and for lists. */
const LOOKUP_PIPELINES = 1;
const LIST_PIPELINES = 2;
const PIPELINES = LOOKUP_PIPELINES + LIST_PIPELINES;

/**
 * How many connections of a process belong to the pool. A small pool is not split: it gets all of them. Neither is one
 * behind a pooler, because the shared connections depend on settings of their sessions and on prepared statements.
 */
export function poolShare({ databasePoolMax: connections, databasePooler }: Environment): number {
  return databasePooler || connections < 2 * PIPELINES ? connections : connections - PIPELINES;
}

/** The fast way to read, for all features: rows are arrays of text, and become JSON without entities. */
@Injectable()
export class Statements implements Reader, OnApplicationShutdown {
  private readonly lookups: readonly Pipeline[] = [];
  private readonly lists: readonly Pipeline[] = [];
  private readonly byKeys = new Map<string, Lookup>();

  constructor(
    @InjectDataSource() dataSource: DataSource,
    private readonly database: Database,
    environment: Environment,
    health: DatabaseHealth,
  ) {
    if (poolShare(environment) === environment.databasePoolMax) return;
    // The pool makes the password non-enumerable, so the spread does not copy it.
    const { options: pooled } = (dataSource.driver as unknown as { master: pg.Pool }).master;
    const options = { ...pooled, password: pooled.password };
    const make = () =>
      new Pipeline(options, clientDeadline(Number(options.statement_timeout)), (error) => {
        health.connectionLost(error);
      });
    this.lookups = Array.from({ length: LOOKUP_PIPELINES }, make);
    this.lists = Array.from({ length: LIST_PIPELINES }, make);
  }

  /** For reads that use the same index for all values: they are planned once. */
  async steady(text: string, values: readonly unknown[]): Promise<Row[]> {
    return this.shared(this.lists, text, values);
  }

  /** For reads whose best plan depends on the values. */
  async planned(text: string, values: readonly unknown[]): Promise<Row[]> {
    return this.database.planned(text, values);
  }

  /** The row with this key. Requests at the same time share one statement. */
  async byKey(text: string, key: number | string): Promise<Row | undefined> {
    let lookup = this.byKeys.get(text);
    if (!lookup) {
      lookup = new Lookup((keys) => this.shared(this.lookups, text, [keys]));
      this.byKeys.set(text, lookup);
    }
    return lookup.find(key);
  }

  /** Rejects when one of the shared connections cannot be used or opened. */
  async check(): Promise<void> {
    await Promise.all([...this.lookups, ...this.lists].map((pipeline) => pipeline.rows('', 'SELECT 1', [])));
  }

  /** How many statements on the shared connections have no answer yet. */
  get waiting(): number {
    return [...this.lookups, ...this.lists].reduce((sum, pipeline) => sum + pipeline.waiting, 0);
  }

  /** Closes the shared connections without open statements, so that the next statements get new ones. */
  dropIdleConnections(): void {
    for (const pipeline of [...this.lookups, ...this.lists]) pipeline.dropIdle();
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([...this.lookups, ...this.lists].map((pipeline) => pipeline.end()));
  }

  private async shared(
    pipelines: readonly Pipeline[],
    text: string,
    values: readonly unknown[],
  ): Promise<Row[]> {
    const [first, second] = pipelines;
    if (!first) return this.database.rows(text, values);
    const pipeline = second && second.waiting < first.waiting ? second : first;
    return pipeline.rows(statementName(text), text, [...values]);
  }
}
