import cluster from 'node:cluster';
import { setMaxListeners } from 'node:events';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Logger } from 'pino';
import { type AppContext } from '../../app.module';
import { type RunOptions } from '../run';
import { type Handover, handOver } from './handover';
import { WorkerError } from './worker-error';
import { WorkerProcess } from './worker-process';

/** A worker that dies younger than this, in milliseconds, after another such one is not replaced at once. */
const YOUNG = 10_000;
const FIRST_WAIT = 1000;
const LONGEST_WAIT = 30_000;

/** Serves with WEB_CONCURRENCY workers on one port, and replaces those that die, until it is told to stop. */
export async function runWorkers(
  context: AppContext,
  { onListening, stop }: Pick<RunOptions, 'onListening' | 'stop'>,
): Promise<void> {
  // Every worker takes connections from the one socket, and the system decides who. Were the primary to deal them out in
  // turn (SCHED_RR), a connection on its way to a worker that dies would hang for ever, each would cost the primary 80 µs,
  // and on busy cores they were spread no better.
  cluster.schedulingPolicy = cluster.SCHED_NONE;
  cluster.setupPrimary({ exec: path.join(__dirname, 'worker.js'), args: [] });
  const handover = await handOver(context);
  // One for each worker.
  setMaxListeners(0, stop);
  if (!stop.aborted) await new Primary(handover, context.logger, stop).run(onListening);
}

class Primary {
  private port: number;
  private readonly serving = new Set<WorkerProcess>();

  constructor(
    private readonly handover: Handover,
    private readonly logger: Logger,
    private readonly stop: AbortSignal,
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
    return new WorkerProcess(this.handover, this.logger, this.stop);
  }

  /** Nobody listens before all could. @throws WorkerError for the first that ends before all do */
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
      // A port that the system chose is free again with its last holder; from then on it is asked for by its number.
      if (this.port === 0 && this.serving.size === 0) this.port = Number(new URL(url).port);
    });
    return url;
  }

  /** Sees to it that there is always this worker or one in its place. */
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
