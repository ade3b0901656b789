import { type AppContext } from '../app.module';
import { toListenError, urlOf } from './listening';

/**
 * Runs `work`, and serves metrics on METRICS_PORT meanwhile, if it is set.
 *
 * @param scrape returns all metrics as text
 */
export async function withMetricsServer(
  { environment, logger }: Pick<AppContext, 'environment' | 'logger'>,
  scrape: () => Promise<string>,
  work: () => Promise<void>,
): Promise<void> {
  const { metricsPort, host } = environment;
  if (metricsPort === undefined) return work();
  const { MetricsServer } = await import('../metrics/metrics-server.js');
  const server = await MetricsServer.listen(metricsPort, host, scrape, logger).catch((error: unknown) => {
    throw toListenError('METRICS_PORT', error);
  });
  logger.info({ url: `${urlOf(server.address)}/metrics` }, 'serving metrics');
  try {
    await work();
  } finally {
    await server.close();
  }
}
