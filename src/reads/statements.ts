import { AsyncLocalStorage } from 'node:async_hooks';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type pg from 'pg';
import { DataSource } from 'typeorm';
import { Environment } from '../config/environment';
import { Database } from '../database/database';
import { DatabaseHealth } from '../database/database-health';
import { type Reader, type Row } from '../database/executor';
import { hasPipelines, ServerReads } from './server-reads';

/** Decides which server answers the reads of one request. */
export interface ReadScope {
  /** the server that answers all of them; undefined for the primary */
  readonly reader: Reader | undefined;
}

/** The fast way to read, for all features. The primary answers, unless the request has a scope that names a replica. */
@Injectable()
export class Statements implements Reader, OnApplicationShutdown {
  readonly primary: ServerReads;
  /** Undefined until the first use, because it costs time in every request of the process. */
  private scopes: AsyncLocalStorage<ReadScope> | undefined;

  constructor(
    @InjectDataSource() dataSource: DataSource,
    database: Database,
    environment: Environment,
    health: DatabaseHealth,
  ) {
    // The pool makes the password non-enumerable, so the spread does not copy it.
    const { options: pooled } = (dataSource.driver as unknown as { master: pg.Pool }).master;
    const shared = {
      options: { ...pooled, password: pooled.password },
      onLost: (error: Error) => {
        health.connectionLost(error);
      },
    };
    this.primary = new ServerReads(database, hasPipelines(environment) ? shared : undefined);
  }

  /** For reads that use the same index for all values: they are planned once. */
  steady(text: string, values: readonly unknown[]): Promise<Row[]> {
    return this.server.steady(text, values);
  }

  /** For reads whose best plan depends on the values. */
  planned(text: string, values: readonly unknown[]): Promise<Row[]> {
    return this.server.planned(text, values);
  }

  /** The row with this key. Requests at the same time share one statement. */
  byKey(text: string, key: number | string): Promise<Row | undefined> {
    return this.server.byKey(text, key);
  }

  /** Runs `work`, whose reads are answered by the server of the scope. */
  async within<T>(scope: ReadScope, work: () => Promise<T>): Promise<T> {
    this.scopes ??= new AsyncLocalStorage();
    return this.scopes.run(scope, work);
  }

  /** Rejects when one of the shared connections to the primary cannot be used or opened. */
  async check(): Promise<void> {
    await this.primary.check();
  }

  /** How many statements on the shared connections to the primary have no answer yet. */
  get waiting(): number {
    return this.primary.waiting;
  }

  /** Closes the shared connections to the primary without open statements, so that the next statements get new ones. */
  dropIdleConnections(): void {
    this.primary.dropIdle();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.primary.end();
  }

  private get server(): Reader {
    return this.scopes?.getStore()?.reader ?? this.primary;
  }
}
