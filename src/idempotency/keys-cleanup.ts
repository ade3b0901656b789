import { Inject, Injectable } from '@nestjs/common';
import { type Logger } from 'pino';
import { Cleanup } from '../common/cleanup';
import { LOGGER } from '../common/logging';
import { Database } from '../database/database';
import { IdempotencyKeysRepository } from './idempotency-keys.repository';

/** Regularly removes expired keys. */
@Injectable()
export class KeysCleanup extends Cleanup {
  constructor(keys: IdempotencyKeysRepository, database: Database, @Inject(LOGGER) logger: Logger) {
    super([keys], database, logger);
  }
}
