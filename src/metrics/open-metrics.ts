import { type Environment } from '../config/environment';
import type * as Prometheus from './prometheus-metrics';

/** The metrics of this process; undefined without METRICS_PORT. Then the library is not even loaded. */
export function openMetrics({ metricsPort }: Environment): Prometheus.PrometheusMetrics | undefined {
  if (metricsPort === undefined) return undefined;
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const { PrometheusMetrics } = require('./prometheus-metrics') as typeof Prometheus;
  return new PrometheusMetrics();
}
