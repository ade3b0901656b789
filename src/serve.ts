import 'reflect-metadata';
import { once } from 'node:events';
import { type AddressInfo } from 'node:net';
import { type NestFastifyApplication } from '@nestjs/platform-fastify';
import { type Logger } from 'pino';
import { type AppContext } from './app.module';
import { createApp } from './app.setup';
import { Connections } from './common/http/connections';
import { createLogger } from './common/logging';
import { type Environment, loadEnvironment } from './config/environment';
import { type OpenDatabase, openDatabase } from './database/open-database';
import { exitWithReason } from './startup-error';

/** Starts everything, and stops it on SIGINT, SIGTERM or SIGHUP. */
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

  const stop = new AbortController();
  for (const signal of STOP_SIGNALS) {
    process.on(signal, () => {
      // A terminal and npm both pass Ctrl-C on, and people press it again.
      if (stop.signal.aborted) return;
      logger.info({ signal }, 'stopping');
      stop.abort();
      // Whatever still runs then has had its time.
      const { shutdownDelay, shutdownTimeout } = environment;
      setTimeout(() => process.exit(1), shutdownDelay + shutdownTimeout + LAST_GRACE).unref();
    });
  }
  let database: OpenDatabase | undefined;
  try {
    database = await openDatabase(environment, logger, stop.signal);
    await run({ environment, logger, ...database }, stop.signal);
  } catch (error) {
    await database?.close();
    if (!stop.signal.aborted) return exitWithReason(error);
  }
  await database?.close();
  logger.info('stopped');
  process.exit(0);
}

const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** What a stop may take beyond draining, in milliseconds: the embedded server has to write what it holds. */
const LAST_GRACE = 30_000;

/** Serves until the signal comes, and then until all that is under way is done. */
async function run(context: AppContext, stop: AbortSignal): Promise<void> {
  const app = await createApp(context);
  if (!stop.aborted) {
    const stopped = once(stop, 'abort');
    await app.listen(context.environment.port, context.environment.host);
    announce(app, context.logger);
    await stopped;
    await drain(app, context.environment);
  }
  await app.close();
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
  const connections = app.get(Connections);
  connections.startDraining();
  await new Promise((resolve) => setTimeout(resolve, environment.shutdownDelay));
  const server = app.getHttpServer();
  const closed = new Promise((resolve) => server.close(resolve));
  connections.closeIdle();
  const late = setTimeout(() => {
    server.closeAllConnections();
  }, environment.shutdownTimeout);
  await closed;
  clearTimeout(late);
}
