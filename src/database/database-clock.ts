import { type Logger } from 'pino';
import { type Executor } from './executor';
import { HostClock } from './host-clock';

/** A larger difference between the two clocks is logged as a warning. In seconds. */
const NOTABLE = 5;

/**
 * The database's time, without a statement for each use: it knows the difference from the host's clock, which is
 * measured regularly. Tokens are issued with the database's time, so they must also be checked with it.
 */
export class DatabaseClock {
  /** How many seconds the database's clock is ahead of the host's clock; undefined until it is measured. */
  private difference: number | undefined;
  /** The difference in the last warning; 0 while the clocks agree. */
  private reportedDifference = 0;

  private readonly host = new HostClock();

  constructor(private readonly logger: Logger) {}

  /** Is called when the database's answers do not fit the difference. Who measures it sets it. */
  onDoubt: () => void = () => undefined;

  get isKnown(): boolean {
    return this.difference !== undefined;
  }

  /** Seconds since 1970. */
  now(): number {
    return this.host.now() + (this.difference ?? 0);
  }

  /**
   * The database reads its clock between our question and its answer, so the difference has a lower and an upper bound.
   * The known difference is moved only as far as these bounds require. So a slow answer, whose bounds are far apart,
   * does not make it less exact.
   */
  async measure(executor: Executor): Promise<void> {
    const asked = this.host.now();
    const [row] = await executor.rows('SELECT extract(epoch FROM clock_timestamp())');
    const answered = this.host.now();
    const time = Number(row?.[0]);
    this.difference = Math.min(Math.max(this.difference ?? 0, time - answered), time - asked);
    this.report(this.difference);
  }

  /** Warns once for each difference, and logs once that the clocks agree again. */
  private report(difference: number): void {
    const { reportedDifference } = this;
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
