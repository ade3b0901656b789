import { type Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { type Caller } from '../common/access';
import { onConstraint } from '../common/problems/on-constraint';
import { Problem, UNSUPPORTED_MEDIA_TYPE } from '../common/problems/problem';
import { checkOwner } from '../common/write-as';
import { Database } from '../database/database';
import { type Executor } from '../database/executor';
import { CHANGED_SINCE } from '../history/history.problems';
import { type Page } from '../reads/list/page';
import { type Resource } from '../reads/row-shape';
import { Statements } from '../reads/statements';
import { StoresService } from '../stores/stores.service';
import { columnsOf, type CreateImportQueryDto } from './dto/create-import-query.dto';
import { type ImportChangeDto } from './dto/import-change.dto';
import { type ImportErrorDto } from './dto/import-error.dto';
import {
  type ImportChangeQueryDto,
  type ImportErrorQueryDto,
  type ImportListQueryDto,
} from './dto/import-list-query.dto';
import { type ImportDto } from './dto/import.dto';
import { isEdit } from './edits/edit-runner';
import { CsvRows } from './file/csv-rows';
import { NdjsonRows } from './file/ndjson-rows';
import { ImportJob } from './import-job';
import { ImportReceiver } from './import-receiver';
import { ImportUndoRepository } from './import-undo.repository';
import { type Import, type ImportState } from './import.entity';
import {
  ALREADY_FINISHED,
  IMPORT_NOT_FOUND,
  NOT_PREVIEWED,
  NOT_UNDOABLE,
  PREVIEW_OUTDATED,
} from './imports.problems';
import { ImportsRepository } from './imports.repository';
import { ItemWritesRepository } from './item-writes.repository';

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
  constructor(
    private readonly imports: ImportsRepository,
    private readonly writes: ItemWritesRepository,
    private readonly undos: ImportUndoRepository,
    private readonly receiver: ImportReceiver,
    private readonly job: ImportJob,
    private readonly stores: StoresService,
    private readonly statements: Statements,
    private readonly database: Database,
  ) {}

  /**
   * Receives a file. The import runs afterwards.
   *
   * @throws Problem `store_not_found`, `forbidden`, `unsupported_media_type`, `invalid_file`, `too_large`
   */
  async create(
    storeId: number,
    query: CreateImportQueryDto,
    { body, mediaType, requestId }: Upload,
    caller: Caller,
  ): Promise<Resource<ImportDto>> {
    await this.checkStore(storeId, caller);
    if (!body)
      throw new Problem(UNSUPPORTED_MEDIA_TYPE, {
        detail: 'The body must be text/csv or application/x-ndjson.',
      });
    const { onError, onExisting, dryRun, encoding } = query;
    const values = { storeId, actorId: caller.userId, requestId, onError, onExisting, dryRun };
    const importId = await this.imports.insert(this.database, values);
    const isCsv = !/ndjson/i.test(mediaType);
    const rows = isCsv ? new CsvRows(formatOf(query)) : new NdjsonRows();
    try {
      await this.receiver.receive({ importId, storeId, body, encoding, rows });
    } catch (error) {
      // Nothing is left of a file that was refused.
      await this.imports.delete(this.database, importId);
      throw error;
    }
    return (await this.getOwned(importId, caller)).resource;
  }

  /** @throws Problem `store_not_found`, `forbidden` */
  async findPageOfStore(
    storeId: number,
    query: ImportListQueryDto,
    caller: Caller,
  ): Promise<Page<ImportDto>> {
    await this.checkStore(storeId, caller);
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
   * Ends an import that is not finished. One that is running has rolled back when this returns, or has finished first.
   *
   * @throws Problem `import_not_found`, `forbidden`, `already_finished`
   */
  async cancel(id: number, caller: Caller): Promise<Resource<ImportDto>> {
    await this.getOwned(id, caller);
    for (let tries = 0; tries < CANCEL_TRIES; tries++) {
      if (await this.imports.cancelQueued(this.database, id)) break;
      const { state } = await this.stateOf(id, caller);
      if (FINAL.has(state)) {
        if (state !== 'cancelled') throw new Problem(ALREADY_FINISHED);
        break;
      }
      await this.imports.requestCancel(this.database, id);
      await new Promise((resolve) => setTimeout(resolve, CANCEL_INTERVAL));
    }
    return this.getOrThrow(id, caller);
  }

  /**
   * Does what a preview says, or nothing.
   *
   * @throws Problem `import_not_found`, `forbidden`, `not_previewed`, `preview_outdated`
   */
  async apply(id: number, { caller, requestId }: Asker): Promise<Resource<ImportDto>> {
    await this.getOwned(id, caller);
    await this.database.longTransaction(async (transaction) => {
      const found = await this.lock(transaction, id, 'previewed', NOT_PREVIEWED);
      const outdated = await this.job.findOutdated(transaction, found, NAMED);
      if (outdated.length > 0) {
        const first = `The first ${isEdit(found) ? 'items' : 'lines'}: ${outdated.join(', ')}.`;
        const message = 'The item has changed since the preview.';
        throw new Problem(PREVIEW_OUTDATED, { detail: `${PREVIEW_OUTDATED.detail} ${first} ${message}` });
      }
      await this.job.apply(transaction, Object.assign(found, { actorId: caller.userId, requestId }));
    });
    return this.getOrThrow(id, caller);
  }

  /**
   * Takes back what an import did.
   *
   * @param skip leaves items alone that have changed since; without it nothing is undone if there are some
   * @throws Problem `import_not_found`, `forbidden`, `not_undoable`, `changed_since`
   */
  async undo(id: number, skip: boolean, { caller, requestId }: Asker): Promise<Resource<ImportDto>> {
    await this.getOwned(id, caller);
    await this.database
      .longTransaction(async (transaction) => {
        const found = await this.lock(transaction, id, 'succeeded', NOT_UNDOABLE);
        if (!(await this.undos.isKept(transaction, found, await this.imports.countChanged(transaction, id))))
          throw new Problem(NOT_UNDOABLE);
        await this.undos.collect(transaction, found);
        const { count, first } = await this.undos.findConflicts(transaction, NAMED);
        if (count > 0 && !skip) {
          const detail = `${count === 1 ? '1 item has' : `${count} items have`} changed since the import, so nothing was undone: ${first.join(', ')}${count > first.length ? ' …' : ''}. With on_conflict=skip all others are.`;
          throw new Problem(CHANGED_SINCE, { detail });
        }
        await this.writes.setOrigin(transaction, found, caller.userId, requestId);
        await this.undos.deleteNew(transaction);
        await this.undos.recreateDeleted(transaction, found);
        await this.undos.restoreOld(transaction, found);
        await this.undos.deleteTags(transaction, found);
        await this.imports.finish(transaction, id, 'undone');
      })
      .catch((error: unknown) => {
        // Another item has got the SKU of a deleted one while this ran.
        throw onConstraint(error, { items_store_id_sku_key: CHANGED_SINCE });
      });
    return this.getOrThrow(id, caller);
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

  private async stateOf(id: number, caller: Caller): Promise<{ state: ImportState }> {
    const { resource } = await this.getOwned(id, caller);
    return { state: resource.textOf('state') as ImportState };
  }

  private async getOwned(id: number, caller: Caller): Promise<{ resource: Resource<ImportDto> }> {
    const found = await this.imports.find(this.database, id);
    if (!found) throw new Problem(IMPORT_NOT_FOUND);
    checkOwner(caller, found.ownerId);
    return found;
  }

  private async checkStore(id: number, caller: Caller): Promise<void> {
    const store = await this.stores.getOrThrow(id);
    checkOwner(caller, Number(store.textOf('ownerId')));
  }
}

const FINAL: ReadonlySet<ImportState> = new Set(['succeeded', 'failed', 'cancelled', 'undone']);

/** Time between two looks at whether a running import has ended, in milliseconds. */
const CANCEL_INTERVAL = 200;
const CANCEL_TRIES = 20;

function formatOf({ delimiter, decimal, map }: CreateImportQueryDto) {
  return { delimiter: delimiter === 'tab' ? '\t' : delimiter, decimal, columnOf: columnsOf(map) };
}
