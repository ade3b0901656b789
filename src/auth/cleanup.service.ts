import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { type Logger } from 'pino';
import { LOGGER } from '../common/logging';
import { Database } from '../database/database';
import { LoginAddressesRepository } from './sessions/login-addresses.repository';
import { SessionsRepository } from './sessions/sessions.repository';
import { ThrottleRepository } from './throttling/throttle.repository';

/** Time between two clean-ups, in milliseconds. */
const INTERVAL = 10 * 60 * 1000;

/** How many rows one statement removes, so that it is short. */
const BATCH = 1000;

/** Regularly removes expired rows of sessions, throttling and login addresses. */
@Injectable()
export class CleanupService implements OnApplicationBootstrap, OnApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly sessions: SessionsRepository,
    private readonly throttles: ThrottleRepository,
    private readonly loginAddresses: LoginAddressesRepository,
    private readonly database: Database,
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
    for (const rows of [this.sessions, this.throttles, this.loginAddresses]) {
      while ((await rows.removeExpired(this.database, BATCH)) === BATCH);
    }
  }
}
