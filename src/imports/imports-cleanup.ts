import { Inject, Injectable } from '@nestjs/common';
import { type Logger } from 'pino';
import { Cleanup } from '../common/cleanup';
import { LOGGER } from '../common/logging';
import { Environment } from '../config/environment';
import { Database } from '../database/database';
import { type Executor } from '../database/executor';
import { ImportLeftoversRepository } from './import-leftovers.repository';

/** Regularly removes rows that no import needs any more, and ends previews that nobody applies. */
@Injectable()
export class ImportsCleanup extends Cleanup {
  constructor(
    leftovers: ImportLeftoversRepository,
    { historyDays }: Environment,
    database: Database,
    @Inject(LOGGER) logger: Logger,
  ) {
    const expired = {
      removeExpired: (executor: Executor) => leftovers.removeExpired(executor, historyDays),
    };
    super([expired], database, logger);
  }
}
