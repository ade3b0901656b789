import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { type Logger } from 'pino';
import { LOGGER } from '../../common/logging';
import { Database } from '../../database/database';
import { HostClock } from './host-clock';

/** Milliseconds between two measurements. */
const INTERVAL = 30_000;

/** Seconds of difference between the two clocks that operators should know of. */
const NOTABLE = 5;

/**
 * The database's clock, read without asking the database each time: the difference from the host's clock is measured at
 * the start and regularly. Tokens bear the database's time, so they are judged by it, too.
 */
@Injectable()
export class DatabaseClock implements OnModuleInit, OnApplicationShutdown {
  /** Seconds by which the database's clock is ahead of the host's. */
  private difference = 0;
  /** The difference that the last warning told; 0 when none is due. */
  private toldDifference = 0;
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
   * The database read its clock at some moment between question and answer, which bounds the difference from both sides.
   * It is moved no further than into these bounds: so a slow answer, whose bounds are wide, makes it no less exact.
   */
  async measure(): Promise<void> {
    const asked = this.host.now();
    const [row] = await this.database.rows('SELECT extract(epoch FROM clock_timestamp())');
    const answered = this.host.now();
    const time = Number(row?.[0]);
    this.difference = Math.min(Math.max(this.difference, time - answered), time - asked);
    this.report();
  }

  /** A database that cannot answer is told of elsewhere; the last difference goes on being used. */
  private async tryToMeasure(): Promise<void> {
    await this.measure().catch((error: unknown) => {
      this.logger.debug({ reason: (error as Error).message }, 'the clock of the database was not read');
    });
  }

  /** Once for each difference, and once when there is none any more. */
  private report(): void {
    const { difference, toldDifference } = this;
    const isNotable = Math.abs(difference) > NOTABLE;
    if (isNotable && Math.abs(difference - toldDifference) > NOTABLE) {
      this.toldDifference = difference;
      this.logger.warn(
        { database_ahead_seconds: Math.round(difference * 10) / 10 },
        `the clocks of this host and of the database differ by more than ${NOTABLE} seconds; ` +
          'tokens are issued and judged by that of the database',
      );
    } else if (!isNotable && toldDifference !== 0) {
      this.toldDifference = 0;
      this.logger.info('the clocks of this host and of the database agree again');
    }
  }
}
