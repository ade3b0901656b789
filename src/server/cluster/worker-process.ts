import cluster, { type Worker } from 'node:cluster';
import { EventEmitter, once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Logger } from 'pino';
import { type Snapshot } from '../../metrics/prometheus-metrics';
import { type Handover } from './handover';
import { type Order, type Report } from './messages';

/** How long a worker may take to stop after draining, in milliseconds. Then it is killed. */
const GRACE = 3000;

/** How long the primary waits for the metrics of a worker, in milliseconds. */
const COLLECT_TIMEOUT = 1000;

/** How long the primary waits for the last report of a worker that has ended, in milliseconds. */
const LAST_REPORT_TIMEOUT = 1000;

/** How a worker ended. */
export interface End {
  code: number | null;
  signal: string | null;
  /** the reason that the worker reported */
  reason?: string;
}

/** A worker, seen from the primary. */
export class WorkerProcess {
  readonly pid: number;
  readonly started = Date.now();
  /** Resolves when the worker can start to listen; never resolves if it ends before that. */
  readonly ready: Promise<unknown>;
  readonly ended: Promise<End>;
  /** the last that it sent */
  metrics: Snapshot = [];
  private readonly worker: Worker;
  private readonly reports = new EventEmitter();

  /** @param stop tells the worker to finish its open requests and end */
  constructor(handover: Handover, logger: Logger, stop: AbortSignal) {
    const worker = cluster.fork();
    this.worker = worker;
    this.pid = worker.process.pid ?? 0;
    worker.on('message', (report: Report) => this.reports.emit(report.type, report));
    this.reports.on('collected', ({ metrics }: Extract<Report, { type: 'collected' }>) => {
      this.metrics = metrics;
    });
    // A message to a worker that has just died fails; the 'close' event handles its end.
    worker.on('error', () => undefined);
    this.ready = once(this.reports, 'ready');
    this.ended = this.end();
    this.tell({ type: 'start', handover });
    this.endOn(stop, handover, logger);
  }

  /** @returns the worker's URL, as soon as it listens */
  async listen(port: number): Promise<string> {
    const listening = once(this.reports, 'listening') as Promise<[Extract<Report, { type: 'listening' }>]>;
    this.tell({ type: 'listen', port });
    const [{ url }] = await listening;
    return url;
  }

  /** Asks the worker for its metrics. If it does not answer in time, `metrics` stays as it was. */
  async refreshMetrics(): Promise<void> {
    const timeout = new AbortController();
    const { signal } = timeout;
    const collected = once(this.reports, 'collected', { signal }).catch(() => undefined);
    this.tell({ type: 'collect' });
    await Promise.race([
      collected,
      this.ended,
      sleep(COLLECT_TIMEOUT, undefined, { signal }).catch(() => undefined),
    ]);
    timeout.abort();
  }

  kill(): void {
    this.worker.process.kill('SIGKILL');
  }

  private tell(order: Order): void {
    this.worker.send(order, () => undefined);
  }

  private end(): Promise<End> {
    let failed: { reason?: string } = {};
    this.reports.once('failed', ({ reason }: Extract<Report, { type: 'failed' }>) => {
      failed = { reason };
    });
    return new Promise((resolve) => {
      const { process: child } = this.worker;
      const close = (code: number | null, signal: string | null) => {
        resolve({ code, signal, ...failed });
      };
      // The event 'exit' can come before the last report, so this waits for 'close', but not for ever.
      child.once('close', close);
      child.once('exit', (code, signal) => {
        const timer = setTimeout(close, LAST_REPORT_TIMEOUT, code, signal);
        child.once('close', () => {
          clearTimeout(timer);
        });
      });
    });
  }

  private endOn(stop: AbortSignal, { environment }: Handover, logger: Logger): void {
    const { shutdownDelay, shutdownTimeout } = environment;
    let late: NodeJS.Timeout | undefined;
    const onStop = () => {
      this.tell({ type: 'stop' });
      late = setTimeout(
        () => {
          logger.error({ pid: this.pid }, 'a worker does not stop, and is killed');
          this.kill();
        },
        shutdownDelay + shutdownTimeout + GRACE,
      );
    };
    stop.addEventListener('abort', onStop);
    void this.ended.then(() => {
      clearTimeout(late);
      stop.removeEventListener('abort', onStop);
    });
  }
}
