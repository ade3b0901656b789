import cluster from 'node:cluster';
import { setMaxListeners } from 'node:events';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Logger } from 'pino';
import { type AppContext } from '../../app.module';
import { type PrometheusMetrics } from '../../metrics/prometheus-metrics';
import { type RunOptions } from '../run';
import { withMetricsServer } from '../with-metrics-server';
import { type Handover, handOver } from './handover';
import { WorkerError } from './worker-error';
import { WorkerProcess } from './worker-process';
import { type WorkersMetrics } from './workers-metrics';

/** In milliseconds. When two workers in a row die younger than this, the next one is started after a wait. */
const YOUNG = 10_000;
const FIRST_WAIT = 1000;
const LONGEST_WAIT = 30_000;

/** Serves with WEB_CONCURRENCY workers on one port, and replaces those that die, until it is told to stop. */
export async function runWorkers(
  context: AppContext & { metrics?: PrometheusMetrics | undefined },
  { onListening, stop }: Pick<RunOptions, 'onListening' | 'stop'>,
): Promise<void> {
  // All workers accept connections from one socket, and the operating system chooses the worker. With SCHED_RR the
  // primary accepts them. Then a connection to a worker that is dying hangs for ever, each connection costs the primary
  // 80 µs, and measurements on busy cores showed no better distribution.
  cluster.schedulingPolicy = cluster.SCHED_NONE;
  cluster.setupPrimary({ exec: path.join(__dirname, 'worker.js'), args: [] });
  const handover = await handOver(context);
  // There is one listener per worker, which can be more than Node's limit of 10.
  setMaxListeners(0, stop);
  if (stop.aborted) return;
  const { metrics } = context;
  if (!metrics) return new Primary(handover, context.logger, stop).run(onListening);
  const { WorkersMetrics } = await import('./workers-metrics.js');
  const workersMetrics = new WorkersMetrics(metrics);
  const primary = new Primary(handover, context.logger, stop, workersMetrics);
  await withMetricsServer(
    context,
    () => workersMetrics.text(),
    () => primary.run(onListening),
  );
}

class Primary {
  private port: number;
  private readonly serving = new Set<WorkerProcess>();

  constructor(
    private readonly handover: Handover,
    private readonly logger: Logger,
    private readonly stop: AbortSignal,
    private readonly metrics?: WorkersMetrics,
  ) {
    this.port = handover.environment.port;
  }

  async run(onListening: (url: string) => void): Promise<void> {
    const { webConcurrency } = this.handover.environment;
    const workers = Array.from({ length: webConcurrency }, () => this.start());
    try {
      onListening(await this.listenTogether(workers));
    } catch (error) {
      if (!this.stop.aborted) for (const worker of workers) worker.kill();
      await Promise.all(workers.map(({ ended }) => ended));
      throw error;
    }
    await Promise.all(workers.map((worker) => this.keep(worker)));
  }

  private start(): WorkerProcess {
    const worker = new WorkerProcess(this.handover, this.logger, this.stop);
    this.metrics?.add(worker);
    return worker;
  }

  /**
   * No worker listens before all are ready. @throws WorkerError for the first worker that ends before all of them
   * listen
   */
  private async listenTogether(workers: readonly WorkerProcess[]): Promise<string> {
    const failed = Promise.race(
      workers.map(async ({ ended }): Promise<never> => {
        throw new WorkerError(await ended);
      }),
    );
    await Promise.race([failed, Promise.all(workers.map(({ ready }) => ready))]);
    const urls = Promise.all(workers.map((worker) => this.listen(worker)));
    const [url] = (await Promise.race([failed, urls])) as [string];
    return url;
  }

  private async listen(worker: WorkerProcess): Promise<string> {
    const url = await worker.listen(this.port);
    this.serving.add(worker);
    void worker.ended.then(() => {
      this.serving.delete(worker);
      // The system frees a port that it chose when the last worker has ended. New workers then ask for the same number.
      if (this.port === 0 && this.serving.size === 0) this.port = Number(new URL(url).port);
    });
    return url;
  }

  /** Replaces this worker, and each one after it, when it ends. */
  private async keep(worker: WorkerProcess): Promise<void> {
    for (let diedYoung = 0; ;) {
      const end = await worker.ended;
      if (this.stop.aborted) return;
      this.logger.error({ pid: worker.pid, ...end }, 'a worker ended, and is replaced');
      diedYoung = Date.now() - worker.started < YOUNG ? diedYoung + 1 : 0;
      const wait = diedYoung < 2 ? 0 : Math.min(FIRST_WAIT * 2 ** (diedYoung - 2), LONGEST_WAIT);
      try {
        await sleep(wait, undefined, { signal: this.stop });
      } catch {
        return;
      }
      worker = this.start();
      void this.listenWhenReady(worker);
    }
  }

  /** Never resolves for a worker that ends before it serves. */
  private async listenWhenReady(worker: WorkerProcess): Promise<void> {
    await worker.ready;
    await this.listen(worker);
    this.logger.info({ pid: worker.pid }, 'the new worker serves');
  }
}
