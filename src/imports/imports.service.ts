import { type Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { type Caller } from '../common/access';
import { onConstraint } from '../common/problems/on-constraint';
import { Problem, UNAVAILABLE } from '../common/problems/problem';
import { checkOwner } from '../common/write-as';
import { Environment } from '../config/environment';
import { Database } from '../database/database';
import { type Executor } from '../database/executor';
import { CHANGED_SINCE } from '../history/history.problems';
import { JobsService } from '../jobs/jobs.service';
import { type Page } from '../reads/list/page';
import { PoolPlaces } from '../reads/pool-places';
import { type Resource } from '../reads/row-shape';
import { Statements } from '../reads/statements';
import { STORE_NOT_FOUND } from '../stores/stores.problems';
import { StoresService } from '../stores/stores.service';
import { type CreateImportQueryDto } from './dto/create-import-query.dto';
import { type ImportChangeDto } from './dto/import-change.dto';
import { type ImportErrorDto } from './dto/import-error.dto';
import {
  type ImportChangeQueryDto,
  type ImportErrorQueryDto,
  type ImportListQueryDto,
} from './dto/import-list-query.dto';
import { type ImportDto } from './dto/import.dto';
import { isEdit } from './edits/edit-runner';
import { FileFault } from './file/import-row';
import { ImportCancelled } from './import-cancelled';
import { ImportJob } from './import-job';
import { ImportReceiver } from './import-receiver';
import { ImportUndoRepository } from './import-undo.repository';
import { type Import, type ImportState } from './import.entity';
import {
  ALREADY_FINISHED,
  CANCELLED,
  IMPORT_BUSY,
  IMPORT_NOT_FOUND,
  NOT_PREVIEWED,
  NOT_UNDOABLE,
  PREVIEW_OUTDATED,
  UNSUPPORTED_FILE_TYPE,
} from './imports.problems';
import { type FileError, ImportsRepository, INCOMPLETE, type OwnedImport } from './imports.repository';
import { ItemWritesRepository } from './item-writes.repository';
import { MAX_ERRORS, ROWS_AT_ONCE } from './limits';
import { Progress } from './progress';
import { ProgressReports } from './progress-reports';
import { readingOf } from './reading';

/** How many lines or items a problem names. */
const NAMED = 20;

/** A file as it arrives. */
export interface Upload {
  readonly body: Readable | undefined;
  readonly mediaType: string;
  readonly requestId: string;
}

/** Who asks for something, and in which request. */
export interface Asker {
  readonly caller: Caller;
  readonly requestId: string;
}

/** Imports of items from files. */
@Injectable()
export class ImportsService {
  /** of files that arrive, and of previews and undos, during which the client waits */
  private readonly places: PoolPlaces;
  private readonly historyDays: number;

  constructor(
    private readonly imports: ImportsRepository,
    private readonly writes: ItemWritesRepository,
    private readonly undos: ImportUndoRepository,
    private readonly receiver: ImportReceiver,
    private readonly job: ImportJob,
    private readonly reports: ProgressReports,
    private readonly stores: StoresService,
    private readonly statements: Statements,
    private readonly jobs: JobsService,
    private readonly database: Database,
    environment: Environment,
  ) {
    this.places = new PoolPlaces(environment, 'imports');
    this.historyDays = environment.historyDays;
  }

  /**
   * Receives a file. The import runs afterwards.
   *
   * @throws Problem `invalid_input`, `store_not_found`, `forbidden`, `unsupported_media_type`, `invalid_file`, `too_large`,
   * `cancelled`, `request_timeout`, `unavailable` if too many files arrive
   */
  async create(
    executor: Executor,
    storeId: number,
    query: CreateImportQueryDto,
    { body, mediaType, requestId }: Upload,
    caller: Caller,
  ): Promise<Resource<ImportDto>> {
    const reading = body && readingOf(query, mediaType);
    const ownerId = await this.imports.findStoreOwner(executor, storeId);
    if (ownerId === undefined) throw new Problem(STORE_NOT_FOUND);
    checkOwner(caller, ownerId);
    if (!body || !reading) throw new Problem(UNSUPPORTED_FILE_TYPE);
    const { onError, onExisting, dryRun } = query;
    const values = { storeId, actorId: caller.userId, requestId, onError, onExisting, dryRun };
    return this.places.hold(async () => {
      // Not with the executor: others see that the import is received, and can cancel it.
      const importId = await this.imports.insert(this.database, values).catch((error: unknown) => {
        throw onConstraint(error, { imports_store_id_fkey: STORE_NOT_FOUND });
      });
      try {
        return await executor.transaction(async (transaction) => {
          await this.receiver.receive(transaction, { importId, storeId, body, ...reading });
          return this.read(transaction, importId);
        });
      } catch (error) {
        const failing = this.imports.failReceiving(
          this.database,
          importId,
          fileErrorOf(error, reading.rows.lastLine),
        );
        // If that fails too, somebody finds out that the import is abandoned.
        await failing.catch(() => undefined);
        throw (await this.isGone(importId)) ? new Problem(STORE_NOT_FOUND) : error;
      }
    });
  }

  /** Whether an import has been deleted with its store. If nobody can tell, it has not. */
  private async isGone(id: number): Promise<boolean> {
    return this.imports.find(this.database, id).then(
      (found) => !found,
      () => false,
    );
  }

  /** Lets an import begin whose transaction has ended. */
  begin(): void {
    this.jobs.wake();
  }

  /** @throws Problem `store_not_found`, `forbidden` */
  async findPageOfStore(
    storeId: number,
    query: ImportListQueryDto,
    caller: Caller,
  ): Promise<Page<ImportDto>> {
    await this.stores.checkOwner(storeId, caller);
    return this.imports.findPage(this.statements, storeId, query);
  }

  /** @throws Problem `import_not_found`, `forbidden` */
  async getOrThrow(id: number, caller: Caller): Promise<Resource<ImportDto>> {
    return (await this.getOwned(id, caller)).resource;
  }

  /** @throws Problem `import_not_found`, `forbidden` */
  async findErrors(id: number, query: ImportErrorQueryDto, caller: Caller): Promise<Page<ImportErrorDto>> {
    await this.getOwned(id, caller);
    return this.imports.findErrors(this.statements, id, query);
  }

  /** @throws Problem `import_not_found`, `forbidden` */
  async findChanges(id: number, query: ImportChangeQueryDto, caller: Caller): Promise<Page<ImportChangeDto>> {
    await this.getOwned(id, caller);
    return this.imports.findChanges(this.statements, id, query);
  }

  /**
   * Ends an import that is not finished. One that is running has been rolled back when this returns.
   *
   * @throws Problem `import_not_found`, `forbidden`, `already_finished`, `unavailable` if it has not ended yet
   */
  async cancel(id: number, caller: Caller): Promise<Resource<ImportDto>> {
    for (const end = performance.now() + CANCEL_PATIENCE; performance.now() < end;) {
      const resource = await this.getOrThrow(id, caller);
      const state = resource.textOf('state') as ImportState;
      if (state === 'cancelled') return resource;
      if (FINAL.has(state) || resource.textOf('operation') === 'undo') throw new Problem(ALREADY_FINISHED);
      if (await this.imports.cancel(this.database, id)) continue;
      await this.imports.requestCancel(this.database, id);
      await new Promise((resolve) => setTimeout(resolve, CANCEL_INTERVAL));
    }
    throw new Problem(UNAVAILABLE, { detail: 'The import will be cancelled, but it has not ended yet.' });
  }

  /**
   * Does what a preview says, or nothing.
   *
   * @throws Problem `import_not_found`, `forbidden`, `not_previewed`, `preview_outdated`, `import_busy`, `cancelled`,
   * `unavailable` if there are too many of them
   */
  async apply(executor: Executor, id: number, { caller, requestId }: Asker): Promise<Resource<ImportDto>> {
    await this.checkOwner(executor, id, caller);
    try {
      return await this.alone(executor, id, 'apply', async (transaction, progress) => {
        const preview = await this.lock(transaction, id, 'previewed', NOT_PREVIEWED);
        const found = Object.assign(preview, { actorId: caller.userId, requestId });
        progress.rows = found.rows;
        if (await this.imports.isCancelled(transaction, id)) throw new ImportCancelled();
        const { outdated, existing } = await this.job.compare(transaction, found, progress, NAMED);
        if (outdated.length > 0) {
          const first = `The first ${isEdit(found) ? 'items' : 'lines'}: ${outdated.join(', ')}.`;
          throw new Problem(PREVIEW_OUTDATED, { detail: `${PREVIEW_OUTDATED.detail} ${first}` });
        }
        await this.job.apply(transaction, found, progress, existing);
      });
    } catch (error) {
      if (error instanceof ImportCancelled) throw new Problem(CANCELLED);
      // Another request has created an item after the look for it.
      throw onConstraint(error, { items_store_id_sku_key: PREVIEW_OUTDATED });
    }
  }

  /**
   * Takes back what an import did.
   *
   * @param skip leaves items alone that have changed since; without it nothing is undone if there are some
   * @throws Problem `import_not_found`, `forbidden`, `not_undoable`, `changed_since`, `import_busy`, `unavailable` if
   * there are too many of them
   */
  async undo(
    executor: Executor,
    id: number,
    skip: boolean,
    { caller, requestId }: Asker,
  ): Promise<Resource<ImportDto>> {
    await this.checkOwner(executor, id, caller);
    const undo = async (transaction: Executor, progress: Progress) => {
      const found = await this.lock(transaction, id, 'succeeded', NOT_UNDOABLE);
      const changed = await this.imports.countChanged(transaction, id);
      if (!(await this.undos.isKept(transaction, found, changed, this.historyDays)))
        throw new Problem(NOT_UNDOABLE);
      const items = await this.undos.collect(transaction, found);
      const { count, first } = await this.undos.findConflicts(transaction, NAMED);
      if (count > 0 && !skip) {
        const detail = `${count === 1 ? '1 item has' : `${count} items have`} changed since the import, so nothing was undone: ${first.join(', ')}${count > first.length ? ' …' : ''}. With on_conflict=skip all others are.`;
        throw new Problem(CHANGED_SINCE, { detail });
      }
      progress.rows = items - count;
      await this.undos.listConflicts(transaction, found, MAX_ERRORS);
      await this.writes.setOrigin(transaction, found, caller.userId, requestId);
      const parts = await this.undos.split(transaction, ROWS_AT_ONCE);
      await progress.inParts(parts, async (part) => {
        await this.undos.deleteNew(transaction, part);
        await this.undos.recreateDeleted(transaction, found, part);
        await this.undos.restoreOld(transaction, found, part);
        return part.count;
      });
      await this.undos.deleteTags(transaction, found);
      await this.imports.finish(transaction, id, 'undone');
    };
    return this.alone(executor, id, 'undo', undo).catch((error: unknown) => {
      // While this ran, another item has got the SKU of a deleted one, or somebody has undone its deletion.
      throw onConstraint(error, { items_store_id_sku_key: CHANGED_SINCE, items_pkey: CHANGED_SINCE });
    });
  }

  /** Runs a transaction that writes items of a store while no other import does so. @returns the import after it */
  private async alone(
    executor: Executor,
    id: number,
    operation: 'apply' | 'undo',
    work: (transaction: Executor, progress: Progress) => Promise<void>,
  ): Promise<Resource<ImportDto>> {
    const progress = new Progress(0);
    const run = () =>
      executor.transaction(async (transaction) => {
        if (!(await this.imports.takeStoreOf(transaction, id))) throw new Problem(IMPORT_BUSY);
        await work(transaction, progress);
        return this.read(transaction, id);
      });
    return this.places.hold(() => this.reports.during(id, operation, progress, run));
  }

  private async lock(
    transaction: Executor,
    id: number,
    state: ImportState,
    otherwise: typeof NOT_PREVIEWED,
  ): Promise<Import> {
    const found = await this.imports.lock(transaction, id, state);
    if (!found) throw new Problem(otherwise);
    return found;
  }

  private async read(transaction: Executor, id: number): Promise<Resource<ImportDto>> {
    const found = await this.imports.find(transaction, id);
    if (!found) throw new Problem(IMPORT_NOT_FOUND);
    return found.resource;
  }

  /** @throws Problem `import_not_found`, `forbidden` */
  private async checkOwner(executor: Executor, id: number, caller: Caller): Promise<OwnedImport> {
    const found = await this.imports.find(executor, id);
    if (!found) throw new Problem(IMPORT_NOT_FOUND);
    checkOwner(caller, found.ownerId);
    return found;
  }

  private async getOwned(id: number, caller: Caller): Promise<OwnedImport> {
    return this.checkOwner(this.database, id, caller);
  }
}

const FINAL: ReadonlySet<ImportState> = new Set(['succeeded', 'failed', 'cancelled', 'undone']);

/** Time between two looks at whether a running import has ended, in milliseconds. */
const CANCEL_INTERVAL = 200;

/** How long somebody waits for that, in milliseconds. */
const CANCEL_PATIENCE = 30_000;

/** What is told of a file that was refused. @param lastLine the end of the last row that was read */
function fileErrorOf(error: unknown, lastLine: number): FileError {
  if (!(error instanceof Problem)) return { line: lastLine + 1, message: INCOMPLETE };
  const { cause, message } = error;
  return { line: (cause instanceof FileFault ? cause.line : undefined) ?? lastLine + 1, message };
}
