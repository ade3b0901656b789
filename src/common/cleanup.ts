import { type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { type Logger } from 'pino';
import { type Database } from '../database/database';
import { type Executor } from '../database/executor';

/** Time between two clean-ups, in milliseconds. */
const INTERVAL = 10 * 60 * 1000;

/** How many rows one statement removes, so that it is short. */
const BATCH = 1000;

/** A repository whose rows expire. */
interface ExpiringRows {
  /** Removes the oldest expired rows, at most `limit`. @returns their number */
  removeExpired: (executor: Executor, limit: number) => Promise<number>;
}

/** Regularly removes expired rows. A feature has one provider of a class that extends it. */
export abstract class Cleanup implements OnApplicationBootstrap, OnApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;
  private hasStopped = false;

  protected constructor(
    private readonly repositories: readonly ExpiringRows[],
    private readonly database: Database,
    private readonly logger: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => {
      this.run().catch((error: unknown) => {
        // The connections are closed beside it, and the next start goes on.
        if (this.hasStopped) return;
        this.logger.warn({ reason: (error as Error).message }, 'expired rows could not be removed');
      });
    }, INTERVAL).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
    this.hasStopped = true;
  }

  async run(): Promise<void> {
    for (const rows of this.repositories) {
      while ((await rows.removeExpired(this.database, BATCH)) === BATCH);
    }
  }
}
