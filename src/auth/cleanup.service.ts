import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { InjectEntityManager } from '@nestjs/typeorm';
import { type Logger } from 'pino';
import { EntityManager } from 'typeorm';
import { LOGGER } from '../common/logging';

const INTERVAL = 10 * 60 * 1000;
const BATCH = 1000;

/** What is worth nothing any more, and the key that each row is found by. */
const EXPIRED = [
  ['sessions', 'id', 'expires_at', 'now()'],
  ['throttles', 'key', 'resets_at', 'now()'],
  ['login_addresses', '(user_id, address)', 'last_used_at', `now() - interval '30 days'`],
] as const;

/** Removes expired rows, a few at a time and past locked ones, so that nobody waits for it. */
@Injectable()
export class CleanupService implements OnApplicationBootstrap, OnApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    @InjectEntityManager() private readonly manager: EntityManager,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => {
      this.run().catch((error: unknown) => {
        this.logger.warn({ reason: (error as Error).message }, 'expired rows could not be removed');
      });
    }, INTERVAL).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  async run(): Promise<void> {
    for (const [table, key, column, limit] of EXPIRED) {
      let affected: number;
      do {
        [, affected] = await this.manager.query<[unknown[], number]>(
          `DELETE FROM ${table} WHERE ${key} IN (
             SELECT ${key.replace(/[()]/g, '')} FROM ${table} WHERE ${column} < ${limit} ORDER BY ${column}
             LIMIT ${BATCH} FOR UPDATE SKIP LOCKED
           )`,
        );
      } while (affected === BATCH);
    }
  }
}
