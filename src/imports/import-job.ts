import { Inject, Injectable } from '@nestjs/common';
import { type Logger } from 'pino';
import { LOGGER } from '../common/logging';
import { type Executor } from '../database/executor';
import { type JobHandler, JobPostponed, JobsService } from '../jobs/jobs.service';
import { EditRunner, isEdit } from './edits/edit-runner';
import { ImportCancelled } from './import-cancelled';
import { type Import } from './import.entity';
import { ImportsRepository } from './imports.repository';
import { type Counts, ItemWritesRepository, type Lines } from './item-writes.repository';
import { MAX_ERRORS, ROWS_AT_ONCE } from './limits';
import { Progress } from './progress';
import { ProgressReports } from './progress-reports';

export const IMPORT_JOB = 'import';

/** Whether a preview is still true. */
export interface Comparison {
  /** the first lines that are not, or items of an edit */
  readonly outdated: readonly number[];
  /** how many items the file is about that exist */
  readonly existing: number;
}

const NONE_CHANGED = { updated: 0, unchanged: 0 };

/** Runs imports: one transaction each, so that readers see all of it or nothing. */
@Injectable()
export class ImportJob implements JobHandler {
  readonly kind = IMPORT_JOB;

  constructor(
    private readonly imports: ImportsRepository,
    private readonly writes: ItemWritesRepository,
    private readonly edits: EditRunner,
    private readonly reports: ProgressReports,
    jobs: JobsService,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    jobs.register(this);
  }

  async run(transaction: Executor, id: number, stop: AbortSignal): Promise<void> {
    if (!(await this.imports.takeStoreOf(transaction, id))) throw new JobPostponed();
    const found = await this.imports.lock(transaction, id, 'queued');
    if (!found) return;
    await transaction.rows('SAVEPOINT import');
    try {
      if (await this.imports.isCancelled(transaction, id)) throw new ImportCancelled();
      const progress = new Progress(found.rows, stop);
      await this.reports.duringJob(id, progress, () => this.runLocked(transaction, found, progress));
    } catch (error) {
      if (!(error instanceof ImportCancelled)) throw error;
      await transaction.rows('ROLLBACK TO SAVEPOINT import');
      await this.imports.finish(transaction, id, 'cancelled');
    }
    this.logger.info({ import_id: id, store_id: found.storeId }, 'import finished');
  }

  async giveUp(transaction: Executor, id: number): Promise<void> {
    if (!(await this.imports.lock(transaction, id, 'queued'))) return;
    const isCancelled = await this.imports.isCancelled(transaction, id);
    await this.imports.finish(transaction, id, isCancelled ? 'cancelled' : 'failed');
  }

  async tend(executor: Executor): Promise<void> {
    await this.imports.endAbandoned(executor);
  }

  /** Looks whether a preview is still true, and locks its items. */
  async compare(
    transaction: Executor,
    found: Import,
    progress: Progress,
    limit: number,
  ): Promise<Comparison> {
    if (isEdit(found))
      return { outdated: await this.edits.findOutdated(transaction, found, limit), existing: 0 };
    await this.writes.prepareForAll(transaction);
    const existing = await this.writes.lockItems(transaction, found.id, found.storeId);
    await this.makeTags(transaction, found);
    const parts = await this.writes.splitPlan(transaction, found.id, ROWS_AT_ONCE);
    await this.writes.prepareForParts(transaction);
    const outdated: number[] = [];
    for (const part of parts) {
      progress.check();
      outdated.push(...(await this.writes.findOutdated(transaction, found, part, limit - outdated.length)));
      if (outdated.length === limit) break;
    }
    return { outdated, existing };
  }

  /**
   * Writes the items of a preview as it says. The caller has found out in this transaction that it is still true.
   *
   * @param existing of the comparison
   *
   * @throws ImportCancelled
   */
  async apply(transaction: Executor, found: Import, progress: Progress, existing: number): Promise<void> {
    if (isEdit(found)) await this.edits.write(transaction, found, progress);
    else await this.writeAll(transaction, found, progress, { existing });
  }

  private async runLocked(transaction: Executor, found: Import, progress: Progress): Promise<void> {
    if (isEdit(found)) {
      await this.edits.run(transaction, found, progress);
      return;
    }
    const { id, storeId, onError, onExisting, dryRun } = found;
    await this.writes.prepareForAll(transaction);
    await this.writes.markDuplicates(transaction, id);
    if (onExisting === 'fail') await this.writes.markExisting(transaction, id, storeId);
    const listed = await this.writes.collectErrors(transaction, id, MAX_ERRORS);
    const received = await this.imports.countFailed(transaction, id);
    // Of the rows that were bad when they arrived only the first ones were kept.
    const failed = received + listed - Math.min(received, MAX_ERRORS);
    if (failed > 0 && onError === 'abort') {
      await this.imports.finish(transaction, id, 'failed', { failed });
      return;
    }
    const existing = await this.writes.lockItems(transaction, id, storeId);
    if (!dryRun) {
      await this.makeTags(transaction, found);
      await this.writeAll(transaction, found, progress, { existing, failed });
      return;
    }
    if (found.hasTags) await this.writes.findTags(transaction, found);
    const counts = await this.inParts(transaction, found, progress, (lines) =>
      this.writes.plan(transaction, found, lines),
    );
    await this.imports.finish(transaction, id, 'previewed', { ...counts, failed, processed: found.rows });
  }

  /** Comes before the first write: new tags are changes of the import, too. */
  private async makeTags(transaction: Executor, found: Import): Promise<void> {
    await this.writes.setOrigin(transaction, found, found.actorId, found.requestId);
    if (!found.hasTags) return;
    await this.writes.findTags(transaction, found);
    await this.writes.makeTags(transaction);
  }

  private async writeAll(
    transaction: Executor,
    found: Import,
    progress: Progress,
    { existing, failed }: { existing: number; failed?: number },
  ): Promise<void> {
    const someExist = existing > 0;
    const counts = await this.inParts(transaction, found, progress, async (lines) => {
      const changed = someExist ? await this.writes.update(transaction, found, lines) : NONE_CHANGED;
      return { ...changed, inserted: await this.writes.insert(transaction, found, lines, someExist) };
    });
    if (counts.inserted >= ROWS_AT_ONCE) await this.writes.renewStatistics(transaction);
    await this.imports.finish(transaction, found.id, 'succeeded', {
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
    const parts = await this.writes.split(transaction, id, ROWS_AT_ONCE);
    await this.writes.prepareForParts(transaction);
    await progress.inParts(parts, async (lines) => {
      const counts = await work(lines);
      inserted += counts.inserted;
      updated += counts.updated;
      unchanged += counts.unchanged;
      return counts.inserted + counts.updated + counts.unchanged;
    });
    return { inserted, updated, unchanged };
  }
}
