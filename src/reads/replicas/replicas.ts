import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type pg from 'pg';
import { type Logger } from 'pino';
import { DataSource } from 'typeorm';
import { LOGGER } from '../../common/logging';
import { Metrics } from '../../common/metrics';
import { parseDatabaseUrl } from '../../config/database-url';
import { Environment } from '../../config/environment';
import { dataSourceOptions } from '../../database/data-source';
import { type HealthConfig } from '../../database/database-health';
import { positionText, timelineOfFile, type WalPosition } from '../../database/wal-position';
import { hasPipelines, poolShare } from '../server-reads';
import { Statements } from '../statements';
import { PrimaryProgress, PROGRESS } from './primary-progress';
import { Replica } from './replica';

/** Time between two checks, in milliseconds. */
const INTERVAL = 500;

/**
 * The position of the primary, for `byKey` with the key 0. It is the end of what was inserted into the log, because with
 * `synchronous_commit = off` a commit is answered before its record is written.
 */
const POSITION = `SELECT 0, pg_walfile_name(lsn), lsn FROM pg_current_wal_insert_lsn() AS lsn WHERE 0 = ANY ($1::int[])`;

/** The replicas of the primary, and which of them may answer a request. */
@Injectable()
export class Replicas implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly all: readonly Replica[];
  /** Counts a read that a replica failed to answer, and that the primary answered. */
  readonly countRepeated: () => void;
  private readonly countRead: () => void;
  private readonly countMissed: () => void;
  private readonly primary = new PrimaryProgress();
  private readonly stop = new AbortController();
  private turn = 0;

  constructor(
    @InjectDataSource() dataSource: DataSource,
    private readonly statements: Statements,
    environment: Environment,
    @Inject(LOGGER) logger: Logger,
    metrics: Metrics,
  ) {
    const { master } = dataSource.driver as unknown as { master: pg.Pool };
    this.all = environment.databaseReplicaUrls.map((url) => {
      const { host, port } = parseDatabaseUrl(url);
      const settings = {
        name: `${host}:${port}`,
        config: replicaConfig(url, master.options, environment),
        hasPipelines: hasPipelines(environment),
        pooler: environment.databasePooler,
      };
      return new Replica(settings, this.primary, logger);
    });
    this.countRead = metrics.counter(
      'emporium_replica_reads_total',
      'Requests whose reads went to a replica.',
    );
    this.countMissed = metrics.counter(
      'emporium_replica_reads_missed_total',
      'Requests without a token that the primary answered, because no replica could be used.',
    );
    this.countRepeated = metrics.counter(
      'emporium_replica_reads_repeated_total',
      'Requests that the primary answered, because their replica had failed to.',
    );
    const { all } = this;
    metrics.gauge({
      name: 'emporium_replicas_used',
      help: 'Replicas that reads are sent to.',
      read: () => all.filter(({ isUsed }) => isUsed).length,
    });
    metrics.gauge({
      name: 'emporium_replicas_left_out',
      help: 'Replicas that reads are not sent to, because they cannot be used or are behind.',
      read: () => all.filter(({ isUsed }) => !isUsed).length,
    });
    metrics.gauge({
      name: 'emporium_replica_lag_seconds',
      help: 'How far the last replica is behind the primary.',
      read: () => Math.max(0, ...all.map(({ lag }) => lag)),
      aggregator: 'max',
    });
  }

  /** Does not wait for a replica, so that the start does not depend on them. */
  onApplicationBootstrap(): void {
    if (this.all.length === 0) return;
    void this.repeat(async () => this.measurePrimary());
    for (const replica of this.all) void this.repeat(async () => replica.check());
  }

  async onApplicationShutdown(): Promise<void> {
    this.stop.abort();
    await Promise.all(this.all.map((replica) => replica.end()));
  }

  /**
   * Chooses the replica that answers a request, in turns; undefined when none can.
   *
   * @param after what it must have replayed
   */
  choose(after?: WalPosition): Replica | undefined {
    const { all } = this;
    this.turn = (this.turn + 1) % all.length;
    for (let index = 0; index < all.length; index++) {
      const replica = all[(this.turn + index) % all.length];
      if (!replica?.isUsed || (after && !replica.hasReplayed(after))) continue;
      this.countRead();
      return replica;
    }
    this.countMissed();
    return undefined;
  }

  /** Where the primary is now, at or after everything that it has committed. Requests at the same time share a query. */
  async position(): Promise<string> {
    const [, file, lsn] = (await this.statements.primary.byKey(POSITION, 0)) ?? [];
    return positionText(timelineOfFile(file ?? ''), lsn ?? '');
  }

  /** Other code reports that the primary is unavailable. Until it is back, its replicas count as no further behind. */
  private async measurePrimary(): Promise<void> {
    const at = performance.now();
    const row = await this.statements.primary.byKey(PROGRESS, 0).catch(() => undefined);
    if (row) this.primary.add(at, row);
  }

  private async repeat(work: () => Promise<void>): Promise<void> {
    const { signal } = this.stop;
    while (!signal.aborted) {
      await work();
      await sleep(INTERVAL, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }
}

/** A replica is reached as the primary is, with the same limits, but at another address. */
function replicaConfig(url: string, primary: pg.PoolOptions, environment: Environment): HealthConfig {
  const options = dataSourceOptions({
    connection: { url },
    poolMax: poolShare(environment),
    pooler: environment.databasePooler,
    waitTimeout: Number(primary.connectionTimeoutMillis),
    timeout: Number(primary.statement_timeout),
    onPoolError: () => undefined,
  });
  return options.extra as HealthConfig;
}
