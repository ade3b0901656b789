import { generateKeyPairSync } from 'node:crypto';
import { type INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AppModule } from '../app.module';
import { NestLogger } from '../common/logging';
import { Environment } from '../config/environment';
import { unlessInterrupted } from './interruption';
import { withDatabase } from './with-database';

/**
 * Runs `work` on the application without its server, beside one that may be running.
 *
 * @throws Interruption when all is closed again
 */
export async function withApplication(work: (app: INestApplicationContext) => Promise<void>): Promise<void> {
  await withDatabase('warn', async ({ environment, logger, ...database }) => {
    const app = await NestFactory.createApplicationContext(
      AppModule.register({ environment: withKey(environment), logger, ...database }),
      { logger: new NestLogger(logger), abortOnError: false },
    );
    try {
      await unlessInterrupted(() => work(app));
    } finally {
      // Closing the pool cuts connections that are still open; the warnings about that would only confuse.
      logger.level = 'error';
      await app.close();
    }
  });
}

/**
 * Commands sign no token. Beside a DATABASE_URL without a key they get a temporary one, so that no key file is made in
 * whatever folder the command was given.
 */
function withKey(environment: Environment): Environment {
  if (environment.databaseUrl === undefined || environment.jwtPrivateKey) return environment;
  const { privateKey: jwtPrivateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return Object.assign(Object.create(Environment.prototype) as Environment, environment, { jwtPrivateKey });
}
