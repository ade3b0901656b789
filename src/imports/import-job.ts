import { Inject, Injectable } from '@nestjs/common';
import { type Logger } from 'pino';
import { LOGGER } from '../common/logging';
import { Database } from '../database/database';
import { type Executor } from '../database/executor';
import { type JobHandler, JobsService } from '../jobs/jobs.service';
import { EditRunner, isEdit } from './edits/edit-runner';
import { type Import, type ImportState } from './import.entity';
import { ImportsRepository } from './imports.repository';
import { type Counts, ItemWritesRepository, type Lines } from './item-writes.repository';
import { MAX_ERRORS, ROWS_AT_ONCE } from './limits';
import { ImportCancelled, Progress } from './progress';

export const IMPORT_JOB = 'import';

/** How often it is told how far an import is, in milliseconds. */
const REPORT_INTERVAL = 1000;

/** Runs imports: one transaction each, so that readers see all of it or nothing. */
@Injectable()
export class ImportJob implements JobHandler {
  readonly kind = IMPORT_JOB;

  constructor(
    private readonly imports: ImportsRepository,
    private readonly writes: ItemWritesRepository,
    private readonly edits: EditRunner,
    private readonly database: Database,
    jobs: JobsService,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    jobs.register(this);
  }

  async run(transaction: Executor, id: number): Promise<void> {
    const found = await this.imports.lock(transaction, id, 'queued');
    if (!found) return;
    await transaction.rows('SAVEPOINT import');
    try {
      await this.withProgress(found, (progress) => this.runLocked(transaction, found, progress));
    } catch (error) {
      if (!(error instanceof ImportCancelled)) throw error;
      await transaction.rows('ROLLBACK TO SAVEPOINT import');
      await this.imports.finish(transaction, id, 'cancelled');
    }
    this.logger.info({ import_id: id, store_id: found.storeId }, 'import finished');
  }

  async giveUp(transaction: Executor, id: number): Promise<void> {
    if (await this.imports.lock(transaction, id, 'queued'))
      await this.imports.finish(transaction, id, 'failed');
  }

  /** The first lines of a preview that are no longer true, or items of one of an edit, at most `limit`. Locks its items. */
  async findOutdated(transaction: Executor, found: Import, limit: number): Promise<number[]> {
    if (isEdit(found)) return this.edits.findOutdated(transaction, found, limit);
    await this.writes.lockItems(transaction, found.id, found.storeId);
    return this.writes.findOutdated(transaction, found, limit);
  }

  /** Writes the items of a preview as it says. The caller has found out in this transaction that it is still true. */
  async apply(transaction: Executor, found: Import): Promise<void> {
    await this.withProgress(found, async (progress) => {
      if (isEdit(found)) await this.edits.write(transaction, found, progress);
      else await this.writeAll(transaction, found, progress, 'succeeded');
    });
  }

  private async runLocked(transaction: Executor, found: Import, progress: Progress): Promise<void> {
    if (isEdit(found)) {
      await this.edits.run(transaction, found, progress);
      return;
    }
    const { id, storeId, onError, onExisting, dryRun } = found;
    await this.writes.markDuplicates(transaction, id);
    if (onExisting === 'fail') await this.writes.markExisting(transaction, id, storeId);
    const listed = await this.writes.collectErrors(transaction, id, MAX_ERRORS);
    const failed = Math.max(listed, await this.imports.countFailed(transaction, id));
    if (failed > 0 && onError === 'abort') {
      await this.imports.finish(transaction, id, 'failed', { failed });
      return;
    }
    await this.writes.lockItems(transaction, id, storeId);
    if (!dryRun) {
      await this.writeAll(transaction, found, progress, 'succeeded', failed);
      return;
    }
    const counts = await this.inParts(transaction, found, progress, (lines) =>
      this.writes.plan(transaction, found, lines),
    );
    await this.imports.finish(transaction, id, 'previewed', { ...counts, failed, processed: found.rows });
  }

  private async writeAll(
    transaction: Executor,
    found: Import,
    progress: Progress,
    state: ImportState,
    failed?: number,
  ): Promise<void> {
    await this.writes.setOrigin(transaction, found, found.actorId, found.requestId);
    const counts = await this.inParts(transaction, found, progress, async (lines) => {
      if (found.hasTags) await this.writes.createTags(transaction, found, lines);
      const changed = await this.writes.update(transaction, found, lines);
      return { ...changed, inserted: await this.writes.insert(transaction, found, lines) };
    });
    await this.imports.finish(transaction, found.id, state, {
      ...counts,
      processed: found.rows,
      ...(failed !== undefined && { failed }),
    });
  }

  /** Goes through the file part by part. */
  private async inParts(
    transaction: Executor,
    { id }: Import,
    progress: Progress,
    work: (lines: Lines) => Promise<Counts>,
  ): Promise<Counts> {
    let [inserted, updated, unchanged] = [0, 0, 0];
    await progress.inParts(await this.writes.split(transaction, id, ROWS_AT_ONCE), async (lines) => {
      const counts = await work(lines);
      inserted += counts.inserted;
      updated += counts.updated;
      unchanged += counts.unchanged;
      return counts.inserted + counts.updated + counts.unchanged;
    });
    return { inserted, updated, unchanged };
  }

  /** Tells how far it is, on another connection, because nobody sees the transaction. */
  private async withProgress(
    { id, rows }: Import,
    work: (progress: Progress) => Promise<void>,
  ): Promise<void> {
    const progress = new Progress(rows);
    let reporting = Promise.resolve();
    const report = () => {
      reporting = this.imports.report(this.database, id, progress.rows, progress.processed).then(
        (isCancelled) => {
          progress.isCancelled ||= isCancelled;
        },
        () => undefined,
      );
    };
    report();
    const timer = setInterval(report, REPORT_INTERVAL);
    try {
      await work(progress);
    } finally {
      clearInterval(timer);
      // It is not awaited: if the pool has one connection, it is the one of this transaction.
      void reporting.then(() => this.imports.endProgress(this.database, id)).catch(() => undefined);
    }
  }
}
