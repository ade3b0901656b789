import { type INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import pino, { type Logger } from 'pino';
import pretty from 'pino-pretty';
import { AppModule } from '../app.module';
import { NestLogger } from '../common/logging';
import { loadEnvironment } from '../config/environment';
import { shareDatabase } from '../database/open-database';
import { heedSignals, unlessInterrupted } from './interruption';

/**
 * Runs `work` on the application without its server, beside one that may be running.
 *
 * @throws Interruption when all is closed again
 */
export async function withApplication(work: (app: INestApplicationContext) => Promise<void>): Promise<void> {
  const environment = loadEnvironment();
  const logger = commandLogger();
  heedSignals();
  const open = () => shareDatabase(environment, logger);
  // An embedded database that is being started has to be stopped again. For another nobody has to wait.
  const database = await (environment.databaseUrl === undefined ? open() : unlessInterrupted(open));
  try {
    const app = await NestFactory.createApplicationContext(
      AppModule.register({ environment, logger, ...database }),
      { logger: new NestLogger(logger), abortOnError: false },
    );
    try {
      await unlessInterrupted(() => work(app));
    } finally {
      // The pool is closed before its connections are: those that the end of the database meets are no loss.
      logger.level = 'error';
      await app.close();
    }
  } finally {
    await database.close();
  }
}

/** Only what goes wrong, and on standard error, because standard output is what the command was asked for. */
function commandLogger(): Logger {
  const options = {
    level: 'warn',
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  return process.stderr.isTTY
    ? pino(options, pretty({ destination: 2, sync: true, translateTime: 'SYS:HH:MM:ss' }))
    : pino(options, pino.destination(2));
}
