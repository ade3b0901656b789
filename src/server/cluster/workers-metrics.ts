import { countsOf, type PrometheusMetrics, type Snapshot, sumOf } from '../../metrics/prometheus-metrics';
import { type WorkerProcess } from './worker-process';

/** The metrics of the primary and of all workers as those of one process. */
export class WorkersMetrics {
  private readonly workers = new Set<WorkerProcess>();
  /** The counts of ended workers. Without them counters would become less, which Prometheus takes for a restart. */
  private ended: Promise<Snapshot> = Promise.resolve([]);

  constructor(private readonly primary: PrometheusMetrics) {}

  add(worker: WorkerProcess): void {
    this.workers.add(worker);
    void worker.ended.then(() => {
      this.workers.delete(worker);
      this.ended = this.ended.then((ended) => sumOf([ended, countsOf(worker.metrics)]).getMetricsAsJSON());
    });
  }

  async text(): Promise<string> {
    const primary = await this.primary.snapshot();
    await Promise.all([...this.workers].map((worker) => worker.refreshMetrics()));
    // Both are read at the same moment, because a worker moves from one to the other when it ends.
    const { ended } = this;
    const workers = [...this.workers].map(({ metrics }) => metrics);
    return sumOf([primary, await ended, ...workers]).metrics();
  }
}
