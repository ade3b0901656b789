import 'reflect-metadata';
import { createLogger } from '../common/logging';
import { type Environment, loadEnvironment } from '../config/environment';
import { type OpenDatabase, openDatabase } from '../database/open-database';
import { exitWithReason } from './startup-error';
import { STOP_SIGNALS } from './stop-signals';

/** What a stop may take beyond draining, in milliseconds: the embedded server has to write what it holds. */
const LAST_GRACE = 30_000;

/** Starts everything, and stops it on SIGINT, SIGTERM or SIGHUP. */
export async function serve(): Promise<void> {
  let environment: Environment;
  try {
    environment = loadEnvironment();
  } catch (error) {
    return exitWithReason(error);
  }
  const logger = createLogger(environment.logLevel, { shared: environment.webConcurrency > 1 });
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
  const onListening = (url: string) => {
    logger.info({ url, docs: `${url}/docs` }, 'listening');
  };
  let database: OpenDatabase | undefined;
  try {
    database = await openDatabase(environment, logger, stop.signal);
    const context = { environment, logger, ...database };
    const { port, webConcurrency } = environment;
    const options = { port: () => port, onListening, stop: stop.signal };
    // A process that only looks after workers needs no application.
    if (webConcurrency === 1) await (await import('./run.js')).run(context, options);
    else await (await import('./cluster/primary.js')).runWorkers(context, options);
  } catch (error) {
    await database?.close();
    if (!stop.signal.aborted) return exitWithReason(error);
  }
  await database?.close();
  logger.info('stopped');
  process.exit(0);
}
