import 'reflect-metadata';
import path from 'node:path';
import { type Logger } from 'pino';
import { createLogger } from '../common/logging';
import { type Environment, loadEnvironment } from '../config/environment';
import { type OpenDatabase, openDatabase } from '../database/open-database';
import { openMetrics } from '../metrics/open-metrics';
import { makeDataDirectory } from './data-directory';
import { version } from '../version';
import { exitWithReason } from './startup-error';
import { STOP_SIGNALS } from './stop-signals';
import { withMetricsServer } from './with-metrics-server';

/** How long a stop may take after draining, in milliseconds: the embedded PostgreSQL writes its data to disk. */
const LAST_GRACE = 30_000;

/** Starts everything, and stops it on SIGINT, SIGTERM or SIGHUP. */
export async function serve(): Promise<void> {
  // Node ends with status 0 when nothing is left to wait for. For a server that is a failure, and who supervises it must
  // see that.
  process.once('beforeExit', () => exitWithReason(new Error('The server has ended by itself.')));
  let environment: Environment;
  try {
    environment = loadEnvironment();
  } catch (error) {
    return exitWithReason(error);
  }
  const logger = createLogger(environment.logLevel, { shared: environment.webConcurrency > 1 });
  for (const name of environment.ineffective)
    logger.warn({ setting: name }, 'this setting has no effect yet');
  warnOfEmbeddedDatabase(environment, logger);

  const stop = new AbortController();
  for (const signal of STOP_SIGNALS) {
    process.on(signal, () => {
      // The signal can come more than once: a terminal and npm both pass Ctrl-C on, and people press it again.
      if (stop.signal.aborted) return;
      logger.info({ signal }, 'stopping');
      stop.abort();
      // Ends the process if it still runs after all these times.
      const { shutdownDelay, shutdownTimeout } = environment;
      setTimeout(() => process.exit(1), shutdownDelay + shutdownTimeout + LAST_GRACE).unref();
    });
  }
  const onListening = (url: string) => {
    logger.info({ url, docs: `${url}/docs`, admin: `${url}/admin`, version: version() }, 'listening');
  };
  let database: OpenDatabase | undefined;
  try {
    if (needsDataDirectory(environment)) await makeDataDirectory(environment.dataDir);
    database = await openDatabase(environment, logger, stop.signal);
    const metrics = openMetrics(environment);
    const context = { environment, logger, metrics, ...database };
    const { port, webConcurrency } = environment;
    const options = { port: () => port, onListening, stop: stop.signal };
    // The primary does not load the application, because it only manages workers.
    if (webConcurrency > 1) await (await import('./cluster/primary.js')).runWorkers(context, options);
    else {
      const { run } = await import('./run.js');
      const scrape = async () => (await metrics?.text()) ?? '';
      await withMetricsServer(context, scrape, () => run(context, options));
    }
  } catch (error) {
    await database?.close();
    if (!stop.signal.aborted) return exitWithReason(error);
  }
  await database?.close();
  logger.info('stopped');
  process.exit(0);
}

/** It holds the embedded database if there is no DATABASE_URL, and the generated key if the settings have none. */
function needsDataDirectory({ databaseUrl, jwtPrivateKey }: Environment): boolean {
  return databaseUrl === undefined || jwtPrivateKey === undefined;
}

/** Without this, operators might learn too late that the production data is in a folder of this machine. */
function warnOfEmbeddedDatabase({ production, databaseUrl, dataDir }: Environment, logger: Logger): void {
  if (!production || databaseUrl !== undefined) return;
  logger.warn(
    { directory: path.join(dataDir, 'postgres') },
    'DATABASE_URL is not set: all data is in the embedded database in this folder, which needs a backup',
  );
}
