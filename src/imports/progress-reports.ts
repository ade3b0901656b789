import { Injectable } from '@nestjs/common';
import { Database } from '../database/database';
import { type Operation } from './import.entity';
import { ImportsRepository } from './imports.repository';
import { type Progress } from './progress';

/** How often it is told how far an import is, in milliseconds. */
const REPORT_INTERVAL = 1000;

/** Tells how far a transaction is that nobody sees, on another connection. */
@Injectable()
export class ProgressReports {
  constructor(
    private readonly imports: ImportsRepository,
    private readonly database: Database,
  ) {}

  /** Tells how far the job of an import is, while it works within its transaction. */
  async duringJob(id: number, progress: Progress, work: () => Promise<void>): Promise<void> {
    void this.report(id, 'import', progress);
    // It is not awaited: if the pool has one connection, it is the one of this transaction.
    const timer = setInterval(() => void this.report(id, 'import', progress), REPORT_INTERVAL);
    await work().finally(() => {
      clearInterval(timer);
    });
  }

  /** Tells how far the apply or the undo of an import is, from its second second on. @param work has its own transaction */
  async during<T>(
    id: number,
    operation: 'apply' | 'undo',
    progress: Progress,
    work: () => Promise<T>,
  ): Promise<T> {
    let latest: Promise<void> | undefined;
    const timer = setInterval(() => {
      latest = this.report(id, operation, progress);
    }, REPORT_INTERVAL);
    try {
      return await work().finally(() => {
        clearInterval(timer);
      });
    } catch (error) {
      // Its client must not read that it still runs. If this fails, everybody sees the end of it after a while.
      await latest?.then(() => this.imports.reportRest(this.database, id)).catch(() => undefined);
      throw error;
    }
  }

  private async report(id: number, operation: Operation, progress: Progress): Promise<void> {
    try {
      // Nobody can ask for the end of an undo.
      if (operation === 'undo') await this.imports.reportUndo(this.database, id, progress);
      else if (await this.imports.reportRun(this.database, id, progress)) progress.isCancelled = true;
    } catch {
      // The next report tells it again.
    }
  }
}
