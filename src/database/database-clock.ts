import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { type Logger } from 'pino';
import { LOGGER } from '../../common/logging';
import { Database } from '../../database/database';
import { HostClock } from './host-clock';

/** Time between two measurements, in milliseconds. */
const INTERVAL = 30_000;

/** A larger difference between the two clocks is logged as a warning. In seconds. */
const NOTABLE = 5;

/**
 * The database's time, without a statement for each use: it measures the difference from the host's clock at the start,
 * and then regularly. Tokens are issued with the database's time, so they must also be checked with it.
 */
@Injectable()
export class DatabaseClock implements OnModuleInit, OnApplicationShutdown {
  /** How many seconds the database's clock is ahead of the host's clock. */
  private difference = 0;
  /** The difference in the last warning; 0 while the clocks agree. */
  private reportedDifference = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly database: Database,
    private readonly host: HostClock,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Seconds since 1970. */
  now(): number {
    return this.host.now() + this.difference;
  }

  async onModuleInit(): Promise<void> {
    await this.tryToMeasure();
    this.timer = setInterval(() => void this.tryToMeasure(), INTERVAL).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  /**
   * The database reads its clock between our question and its answer, so the difference has a lower and an upper bound.
   * The known difference is moved only as far as these bounds require. So a slow answer, whose bounds are far apart,
   * does not make it less exact.
   */
  async measure(): Promise<void> {
    const asked = this.host.now();
    const [row] = await this.database.rows('SELECT extract(epoch FROM clock_timestamp())');
    const answered = this.host.now();
    const time = Number(row?.[0]);
    this.difference = Math.min(Math.max(this.difference, time - answered), time - asked);
    this.report();
  }

  /** Without an answer the last difference stays in use. Other code reports that the database is unavailable. */
  private async tryToMeasure(): Promise<void> {
    await this.measure().catch((error: unknown) => {
      this.logger.debug({ reason: (error as Error).message }, 'the clock of the database was not read');
    });
  }

  /** Warns once for each difference, and logs once that the clocks agree again. */
  private report(): void {
    const { difference, reportedDifference } = this;
    const isNotable = Math.abs(difference) > NOTABLE;
    if (isNotable && Math.abs(difference - reportedDifference) > NOTABLE) {
      this.reportedDifference = difference;
      this.logger.warn(
        { database_ahead_seconds: Math.round(difference * 10) / 10 },
        `the clocks of this host and of the database differ by more than ${NOTABLE} seconds; ` +
          'tokens are issued and judged by that of the database',
      );
    } else if (!isNotable && reportedDifference !== 0) {
      this.reportedDifference = 0;
      this.logger.info('the clocks of this host and of the database agree again');
    }
  }
}
