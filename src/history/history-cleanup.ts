import { Inject, Injectable } from '@nestjs/common';
import { type Logger } from 'pino';
import { Cleanup } from '../common/cleanup';
import { LOGGER } from '../common/logging';
import { Environment } from '../config/environment';
import { Database } from '../database/database';
import { type Executor } from '../database/executor';
import { ChangesRepository } from './changes.repository';

/** Regularly removes changes that are older than HISTORY_DAYS. */
@Injectable()
export class HistoryCleanup extends Cleanup {
  constructor(
    changes: ChangesRepository,
    { historyDays }: Environment,
    database: Database,
    @Inject(LOGGER) logger: Logger,
  ) {
    const expired = {
      removeExpired: (executor: Executor, limit: number) =>
        changes.removeExpired(executor, limit, historyDays),
    };
    super([expired], database, logger);
  }
}
