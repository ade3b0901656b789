import { type INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AppModule } from '../app.module';
import { createLogger, NestLogger } from '../common/logging';
import { loadEnvironment } from '../config/environment';
import { shareDatabase } from '../database/open-database';

/** Runs `work` on the application without its server, beside one that may be running. Only what goes wrong is logged. */
export async function withApplication(work: (app: INestApplicationContext) => Promise<void>): Promise<void> {
  const environment = loadEnvironment();
  const logger = createLogger('error');
  const { connection, embedded, close } = await shareDatabase(environment, logger);
  try {
    const app = await NestFactory.createApplicationContext(
      AppModule.register({ environment, logger, connection, embedded }),
      { logger: new NestLogger(logger), abortOnError: false },
    );
    try {
      await work(app);
    } finally {
      await app.close();
    }
  } finally {
    await close();
  }
}
