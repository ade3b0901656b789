import { type Environment } from '../config/environment';
import { type PrometheusMetrics } from './prometheus-metrics';

/** The metrics of this process; undefined without METRICS_PORT. Then the library is not even loaded. */
export async function openMetrics({ metricsPort }: Environment): Promise<PrometheusMetrics | undefined> {
  if (metricsPort === undefined) return undefined;
  const { PrometheusMetrics } = await import('./prometheus-metrics.js');
  return new PrometheusMetrics();
}
