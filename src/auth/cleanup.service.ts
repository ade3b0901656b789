import { Inject, Injectable } from '@nestjs/common';
import { type Logger } from 'pino';
import { Cleanup } from '../common/cleanup';
import { LOGGER } from '../common/logging';
import { Database } from '../database/database';
import { LoginAddressesRepository } from './sessions/login-addresses.repository';
import { SessionsRepository } from './sessions/sessions.repository';
import { ThrottleRepository } from './throttling/throttle.repository';

/** Regularly removes expired rows of sessions, throttling and login addresses. */
@Injectable()
export class CleanupService extends Cleanup {
  constructor(
    sessions: SessionsRepository,
    throttles: ThrottleRepository,
    loginAddresses: LoginAddressesRepository,
    database: Database,
    @Inject(LOGGER) logger: Logger,
  ) {
    super([sessions, throttles, loginAddresses], database, logger);
  }
}
