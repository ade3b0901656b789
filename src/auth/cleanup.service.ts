import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { InjectEntityManager } from '@nestjs/typeorm';
import { type Logger } from 'pino';
import { EntityManager } from 'typeorm';
import { LOGGER } from '../common/logging';

const INTERVAL = 10 * 60 * 1000;
const BATCH = 1000;

/** What is worth nothing any more: tables, and from when on by which column. */
const EXPIRED = [
  ['sessions', 'expires_at', 'now()'],
  ['throttles', 'resets_at', 'now()'],
  ['login_addresses', 'last_used_at', `now() - interval '30 days'`],
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
    for (const [table, column, limit] of EXPIRED) {
      let affected: number;
      do {
        [, affected] = await this.manager.query<[unknown[], number]>(
          // An array is made once; a row's place does not change while it is held.
          `DELETE FROM ${table} WHERE ctid = ANY (ARRAY(
             SELECT ctid FROM ${table} WHERE ${column} < ${limit} ORDER BY ${column}
             LIMIT ${BATCH} FOR UPDATE SKIP LOCKED
           ))`,
        );
      } while (affected === BATCH);
    }
  }
}
