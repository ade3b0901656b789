import { type Environment } from '../config/environment';
import { clientDeadline } from '../database/client-deadline';
import { type DatabaseClientConfig } from '../database/database-client';
import { type Reader, type Row } from '../database/executor';
import { statementName } from '../database/statement-name';
import { Lookup } from './lookup';
import { Pipeline } from './pipeline';

/** Connections that all requests share, for look-ups and for lists. */
const LOOKUP_PIPELINES = 1;
const LIST_PIPELINES = 2;
const PIPELINES = LOOKUP_PIPELINES + LIST_PIPELINES;

/**
 * How many connections of a process to one server belong to the pool. A small pool is not split: it gets all of them.
 * Neither is one behind a pooler, because the shared connections depend on settings of their sessions and on prepared
 * statements.
 */
export function poolShare({ databasePoolMax: connections, databasePooler }: Environment): number {
  return databasePooler || connections < 2 * PIPELINES ? connections : connections - PIPELINES;
}

/** Whether a process has shared connections to each server. */
export function hasPipelines(environment: Environment): boolean {
  return poolShare(environment) < environment.databasePoolMax;
}

/** The connections of the pool, for statements that do not share one. */
export interface PoolReader {
  /** Each connection prepares the statement once. */
  rows(text: string, values: readonly unknown[]): Promise<Row[]>;
  /** The statement is planned each time. */
  planned(text: string, values: readonly unknown[]): Promise<Row[]>;
}

/** The shared connections to one server. */
export interface SharedConnections {
  options: DatabaseClientConfig;
  onLost: (error: Error) => void;
}

/** The fast way to read from one server: rows are arrays of text, and become JSON without entities. */
export class ServerReads implements Reader {
  private readonly lookups: readonly Pipeline[] = [];
  private readonly lists: readonly Pipeline[] = [];
  private readonly byKeys = new Map<string, Lookup>();

  /** @param shared undefined: all statements run on the pool */
  constructor(
    private readonly pool: PoolReader,
    shared: SharedConnections | undefined,
  ) {
    if (!shared) return;
    const { options, onLost } = shared;
    const make = () => new Pipeline(options, clientDeadline(Number(options.statement_timeout)), onLost);
    this.lookups = Array.from({ length: LOOKUP_PIPELINES }, make);
    this.lists = Array.from({ length: LIST_PIPELINES }, make);
  }

  async steady(text: string, values: readonly unknown[]): Promise<Row[]> {
    return this.shared(this.lists, text, values);
  }

  async planned(text: string, values: readonly unknown[]): Promise<Row[]> {
    return this.pool.planned(text, values);
  }

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
    await Promise.all(this.pipelines.map((pipeline) => pipeline.rows('', 'SELECT 1', [])));
  }

  /** How many statements on the shared connections have no answer yet. */
  get waiting(): number {
    return this.pipelines.reduce((sum, pipeline) => sum + pipeline.waiting, 0);
  }

  /** Closes the shared connections at once, so that what waits for an answer fails. The next statement opens them again. */
  drop(): void {
    for (const pipeline of this.pipelines) pipeline.drop();
  }

  /** Closes the shared connections without open statements, so that the next statements get new ones. */
  dropIdle(): void {
    for (const pipeline of this.pipelines) pipeline.dropIdle();
  }

  /** Waits for the answers to what was sent. */
  async end(): Promise<void> {
    await Promise.all(this.pipelines.map((pipeline) => pipeline.end()));
  }

  private get pipelines(): readonly Pipeline[] {
    return [...this.lookups, ...this.lists];
  }

  private async shared(
    pipelines: readonly Pipeline[],
    text: string,
    values: readonly unknown[],
  ): Promise<Row[]> {
    const [first, second] = pipelines;
    if (!first) return this.pool.rows(text, values);
    const pipeline = second && second.waiting < first.waiting ? second : first;
    return pipeline.rows(statementName(text), text, [...values]);
  }
}
