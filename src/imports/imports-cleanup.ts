import { Inject, Injectable } from '@nestjs/common';
import { type Logger } from 'pino';
import { Cleanup } from '../common/cleanup';
import { LOGGER } from '../common/logging';
import { Database } from '../database/database';
import { ImportsRepository } from './imports.repository';

/** Regularly removes rows that no import needs any more, and ends imports whose instance has died while it received them. */
@Injectable()
export class ImportsCleanup extends Cleanup {
  constructor(imports: ImportsRepository, database: Database, @Inject(LOGGER) logger: Logger) {
    super([imports], database, logger);
  }
}
