import 'reflect-metadata';
import { type AddressInfo } from 'node:net';
import { type NestFastifyApplication } from '@nestjs/platform-fastify';
import { type Logger } from 'pino';
import { AppModule } from './app.module';
import { createApp } from './app.setup';
import { Draining } from './common/http/draining';
import { createLogger } from './common/logging';
import { type Environment, loadEnvironment } from './config/environment';
import { openDatabase } from './database/open-database';
import { exitWithReason } from './startup-error';

/** Starts everything, and stops it on SIGINT or SIGTERM. */
export async function serve(): Promise<void> {
  let environment: Environment;
  try {
    environment = loadEnvironment();
  } catch (error) {
    return exitWithReason(error);
  }
  const logger = createLogger(environment.logLevel);
  for (const name of environment.ineffective)
    logger.warn({ setting: name }, 'this setting has no effect yet');

  const stopping = new Promise<NodeJS.Signals>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, resolve);
  });
  let database: Awaited<ReturnType<typeof openDatabase>> | undefined;
  try {
    database = await openDatabase(environment, logger);
    const app = await createApp(
      AppModule.register({
        environment,
        logger,
        connection: database.connection,
        embedded: database.embedded,
      }),
      environment,
      logger,
    );
    await app.listen(environment.port, environment.host);
    announce(app, logger);
    const signal = await stopping;
    logger.info({ signal }, 'stopping');
    await drain(app, environment);
  } catch (error) {
    await database?.close();
    return exitWithReason(error);
  }
  await database.close();
  logger.info('stopped');
  // Whatever still runs has had its time.
  process.exit(0);
}

function announce(app: NestFastifyApplication, logger: Logger): void {
  const { address, family, port } = app.getHttpServer().address() as AddressInfo;
  const host = family === 'IPv6' ? `[${address}]` : address;
  const url = `http://${address === '0.0.0.0' || address === '::' ? 'localhost' : host}:${port}`;
  logger.info({ url, docs: `${url}/docs` }, 'listening');
}

/**
 * Stops without dropping a request: readiness fails first, so that load balancers look elsewhere; then no connection
 * is taken any more, open ones are asked to close with their next response, and what is under way is finished.
 */
async function drain(app: NestFastifyApplication, environment: Environment): Promise<void> {
  app.get(Draining).start();
  await new Promise((resolve) => setTimeout(resolve, environment.shutdownDelay));
  const server = app.getHttpServer();
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeIdleConnections();
  const late = setTimeout(() => {
    server.closeAllConnections();
  }, environment.shutdownTimeout);
  await closed;
  clearTimeout(late);
  await app.close();
}
