import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { type Logger } from 'pino';
import { Connections } from '../common/http/connections';
import { LOGGER } from '../common/logging';
import { Database } from '../database/database';
import { violatedConstraint } from '../database/errors';
import { type Executor } from '../database/executor';
import { type ClaimedJob, JobsRepository } from './jobs.repository';

/** How often an instance looks for jobs that others have left, in milliseconds. Its own begin at once. */
const INTERVAL = 10_000;

/** Time until an attempt is repeated if the instance that makes it dies, in seconds. */
const RETRY_AFTER_DEATH = 2;

/** Time between attempts that failed, in seconds, times their number. */
const RETRY_AFTER_ERROR = 1;

/** Time until a job is tried again that had to wait for others, in seconds. */
const RETRY_WHEN_POSTPONED = 1;

const MAX_ATTEMPTS = 10;

/** What a job throws that cannot be done now, because of others. It is tried again soon, and that is no attempt. */
export class JobPostponed extends Error {
  override name = 'JobPostponed';
}

/** Does the jobs of one kind. */
export interface JobHandler {
  readonly kind: string;
  /**
   * Does the job in this transaction, which ends the job too: it happens once, whatever dies. If it rejects, nothing of it
   * has happened, and it is tried again.
   *
   * @param stop aborts when the process is about to stop: then the job should reject soon, and another instance does it
   * @throws JobPostponed
   */
  run: (transaction: Executor, subjectId: number, stop: AbortSignal) => Promise<void>;
  /** Called when it was tried too often. */
  giveUp: (executor: Executor, subjectId: number) => Promise<void>;
  /** Called every few seconds by each instance, for what nobody else notices. */
  tend?: (executor: Executor) => Promise<void>;
}

/**
 * Does jobs, one at a time in each process. A job is a row that is locked while it is done: if a process dies, PostgreSQL
 * ends its transaction, and the job is free for others. A process that was frozen cannot go on with a job that another
 * one has taken, because nobody takes it while the transaction is open.
 */
@Injectable()
export class JobsService implements OnApplicationBootstrap, BeforeApplicationShutdown, OnApplicationShutdown {
  private readonly handlers = new Map<string, JobHandler>();
  private timer: NodeJS.Timeout | undefined;
  private working: Promise<void> | undefined;
  private isWoken = false;
  private readonly stop = new AbortController();

  constructor(
    private readonly jobs: JobsRepository,
    private readonly database: Database,
    connections: Connections,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    connections.drainSignal.addEventListener('abort', () => {
      this.beforeApplicationShutdown();
    });
  }

  /** Features call it when they are made. */
  register(handler: JobHandler): void {
    this.handlers.set(handler.kind, handler);
  }

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => {
      void this.tend();
      this.wake();
    }, INTERVAL).unref();
    this.wake();
  }

  /** Takes no more jobs. One that runs is left to other instances. */
  beforeApplicationShutdown(): void {
    clearInterval(this.timer);
    this.stop.abort();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.working;
  }

  /** Adds a job, which is done after the transaction of the executor has ended. */
  async add(executor: Executor, kind: string, queue: string, subjectId: number): Promise<void> {
    await this.jobs.insert(executor, { kind, queue, subjectId });
  }

  /** Looks for jobs now, and not only at the next interval. */
  wake(): void {
    this.isWoken = true;
    if (this.isStopped) return;
    this.working ??= this.work().finally(() => {
      this.working = undefined;
      if (this.isWoken) this.wake();
    });
  }

  private get isStopped(): boolean {
    return this.stop.signal.aborted;
  }

  private async work(): Promise<void> {
    this.isWoken = false;
    try {
      while (!this.isStopped && (await this.jobs.hasDue(this.database))) {
        const job = await this.jobs.claim(this.database, RETRY_AFTER_DEATH);
        if (!job) return;
        await this.attempt(job);
      }
    } catch (error) {
      this.logger.debug({ reason: (error as Error).message }, 'no jobs can be done');
    }
  }

  private async attempt(job: ClaimedJob): Promise<void> {
    const handler = this.handlers.get(job.kind);
    try {
      await this.database.longTransaction(async (transaction) => {
        // Another instance may have been slow to lock it.
        if (!(await this.jobs.lock(transaction, job.id))) return;
        if (job.attempts > MAX_ATTEMPTS) {
          this.logger.warn(subjectOf(job), 'a job was tried too often, and is given up');
          await handler?.giveUp(transaction, job.subjectId);
        } else await handler?.run(transaction, job.subjectId, this.stop.signal);
        await this.jobs.delete(transaction, job.id);
      });
    } catch (error) {
      await this.retry(job, error);
    }
  }

  private async retry(job: ClaimedJob, error: unknown): Promise<void> {
    const isPostponed = error instanceof JobPostponed;
    if (isPostponed || this.isStopped) {
      await this.jobs.release(this.database, job.id, isPostponed ? RETRY_WHEN_POSTPONED : 0);
      if (isPostponed) this.wakeIn(RETRY_WHEN_POSTPONED);
      return;
    }
    const constraint = violatedConstraint(error);
    // Others have written the same meanwhile, such as an item with a SKU of the import. The next attempt sees it.
    if (constraint !== undefined) this.logger.info({ ...subjectOf(job), constraint }, 'a job starts over');
    else this.logger.warn({ ...subjectOf(job), err: error }, 'a job failed, and is tried again');
    const seconds = job.attempts * RETRY_AFTER_ERROR;
    await this.jobs.postpone(this.database, job.id, seconds);
    this.wakeIn(seconds);
  }

  private wakeIn(seconds: number): void {
    setTimeout(() => {
      this.wake();
    }, seconds * 1000).unref();
  }

  private async tend(): Promise<void> {
    for (const handler of this.handlers.values()) {
      await handler.tend?.(this.database).catch((error: unknown) => {
        this.logger.debug({ reason: (error as Error).message, kind: handler.kind }, 'jobs cannot be tended');
      });
    }
  }
}

/** What the log has of a job: `import_id` of one of the kind `import`. */
function subjectOf({ id, kind, subjectId }: ClaimedJob): Record<string, unknown> {
  return { job: id, kind, [`${kind}_id`]: subjectId };
}
