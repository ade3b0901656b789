import cluster, { type Worker } from 'node:cluster';
import { EventEmitter, once } from 'node:events';
import { type Logger } from 'pino';
import { type Handover } from './handover';
import { type Order, type Report } from './messages';

/** What a worker may take to stop beyond draining, in milliseconds; then it is killed. */
const GRACE = 3000;

/** How a worker ended. */
export interface End {
  code: number | null;
  signal: string | null;
  /** why it could not go on, in its own words */
  reason?: string;
}

/** A worker as its primary sees it. */
export class WorkerProcess {
  readonly pid: number;
  readonly started = Date.now();
  /** Resolves when the worker could listen; never, if it ends before that. */
  readonly ready: Promise<unknown>;
  readonly ended: Promise<End>;
  private readonly worker: Worker;
  private readonly reports = new EventEmitter();

  /** @param stop has the worker finish what is under way, and end */
  constructor(handover: Handover, logger: Logger, stop: AbortSignal) {
    const worker = cluster.fork();
    this.worker = worker;
    this.pid = worker.process.pid ?? 0;
    worker.on('message', (report: Report) => this.reports.emit(report.type, report));
    // A message to a worker that has just died; its end is dealt with anyway.
    worker.on('error', () => undefined);
    this.ready = once(this.reports, 'ready');
    this.ended = this.end();
    this.tell({ type: 'start', handover });
    this.endOn(stop, handover, logger);
  }

  /** @returns the worker's URL, as soon as it serves */
  async listen(port: number): Promise<string> {
    const listening = once(this.reports, 'listening') as Promise<[Extract<Report, { type: 'listening' }>]>;
    this.tell({ type: 'listen', port });
    const [{ url }] = await listening;
    return url;
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
      // Not 'exit', which can come before the last report.
      this.worker.process.once('close', (code, signal) => {
        resolve({ code, signal, ...failed });
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
