import {
  AggregatorRegistry,
  collectDefaultMetrics,
  Counter,
  Gauge,
  type Metric,
  Registry,
} from 'prom-client';
import { type EndedRequest, type Gauge as GaugeDeclaration, Metrics } from '../common/metrics';
import { version } from '../version';
import { RequestDurations } from './request-durations';

/** All metrics of a process at one moment, in a form that can be sent to another process. */
export type Snapshot = Awaited<ReturnType<Registry['getMetricsAsJSON']>>;

/** The text format that every version of Prometheus reads. */
export const CONTENT_TYPE = Registry.PROMETHEUS_CONTENT_TYPE;

/**
 * How values of several processes become one, where prom-client would take the average, which hides the process that is
 * in trouble, or leave the metric out.
 */
const AGGREGATORS = {
  nodejs_eventloop_lag_seconds: 'max',
  nodejs_eventloop_lag_mean_seconds: 'max',
  nodejs_eventloop_lag_stddev_seconds: 'max',
  nodejs_eventloop_lag_p50_seconds: 'max',
  nodejs_eventloop_lag_p90_seconds: 'max',
  nodejs_eventloop_lag_p99_seconds: 'max',
  process_start_time_seconds: 'min',
} as const;

/** The metrics of this process. */
export class PrometheusMetrics extends Metrics {
  private readonly registry = new Registry();
  private readonly durations = new RequestDurations();

  constructor() {
    super();
    const { registry } = this;
    collectDefaultMetrics({ register: registry });
    for (const [name, aggregator] of Object.entries(AGGREGATORS)) {
      Object.assign(registry.getSingleMetric(name) ?? {}, { aggregator });
    }
    // It has the two members of a metric that the registry uses.
    registry.registerMetric(this.durations as unknown as Metric);
    new Gauge({
      name: 'emporium_build_info',
      help: 'Always 1; the labels have the version of Emporium and of Node.',
      labelNames: ['version', 'node'],
      aggregator: 'first',
      registers: [registry],
    }).set({ version: version(), node: process.version }, 1);
  }

  record(request: EndedRequest): void {
    this.durations.record(request);
  }

  counter(name: string, help: string): () => void {
    const counter = new Counter({ name, help, registers: [this.registry] });
    return () => {
      counter.inc();
    };
  }

  gauge({ name, help, read, aggregator = 'sum' }: GaugeDeclaration): void {
    new Gauge({
      name,
      help,
      aggregator,
      registers: [this.registry],
      collect() {
        this.set(read());
      },
    });
  }

  snapshot(): Promise<Snapshot> {
    return this.registry.getMetricsAsJSON();
  }

  text(): Promise<string> {
    return this.registry.metrics();
  }
}

/** The metrics of several processes as those of one. */
export function sumOf(snapshots: readonly Snapshot[]): Pick<Registry, 'metrics' | 'getMetricsAsJSON'> {
  return AggregatorRegistry.aggregate([...snapshots]);
}

/** Only what must not become less when a process ends: counters and histograms. */
export function countsOf(snapshot: Snapshot): Snapshot {
  return snapshot.filter(({ type }) => ['counter', 'histogram'].includes(String(type)));
}
