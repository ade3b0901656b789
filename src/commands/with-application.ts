import { generateKeyPairSync } from 'node:crypto';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { type INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AppModule } from '../app.module';
import { KEY_FILE } from '../auth/tokens/key-ring';
import { NestLogger } from '../common/logging';
import { Environment } from '../config/environment';
import { unlessInterrupted } from './interruption';
import { withDatabase } from './with-database';

/**
 * Runs `work` on the application, without an HTTP server. A server may run at the same time.
 *
 * @throws Interruption after everything is closed
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
      // Closing the pool closes open connections, and warnings about that would be confusing.
      logger.level = 'error';
      await app.close();
    }
  });
}

/**
 * Commands do not sign tokens. If there is no key, they get a temporary one, so that a command in a wrong folder
 * creates no key file.
 */
function withKey(environment: Environment): Environment {
  if (environment.jwtPrivateKey || existsSync(path.join(environment.dataDir, KEY_FILE))) return environment;
  const { privateKey: jwtPrivateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return Object.assign(Object.create(Environment.prototype) as Environment, environment, { jwtPrivateKey });
}
