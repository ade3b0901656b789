import { Injectable } from '@nestjs/common';
import { type Executor, type Reader } from '../database/executor';
import { LOCKS } from '../database/locks';
import { type Page } from '../reads/list/page';
import { readPage } from '../reads/list/read-page';
import { Resource } from '../reads/row-shape';
import { type ImportChangeDto } from './dto/import-change.dto';
import { type ImportErrorDto } from './dto/import-error.dto';
import {
  type ImportChangeQueryDto,
  type ImportErrorQueryDto,
  type ImportListQueryDto,
} from './dto/import-list-query.dto';
import { type ImportDto } from './dto/import.dto';
import { type Edit } from './edits/edit';
import { storable } from './file/copy-text';
import { ImportCancelled } from './import-cancelled';
import { type Import, type ImportState } from './import.entity';
import { IMPORT, IMPORT_CHANGES, IMPORT_ERRORS, IMPORTS, SELECT_IMPORT } from './imports.list';

/** An import, and who may see it. */
export interface OwnedImport {
  readonly resource: Resource<ImportDto>;
  readonly ownerId: number;
}

/** What is known of a new import. */
export type NewImport = Pick<
  Import,
  'storeId' | 'actorId' | 'requestId' | 'onError' | 'onExisting' | 'dryRun'
>;

/** Why a file was refused. */
export interface FileError {
  /** how far it was read */
  readonly line: number;
  readonly message: string;
}

/** What is told of a file of which only a part has arrived. */
export const INCOMPLETE = 'The file did not arrive completely.';

/** What is known when all of its rows have arrived. */
export type ReceivedFile = Pick<Import, 'rows' | 'failed' | 'hasTags' | 'header' | 'format'>;

/** SQL that says of the progress `p` how many rows there are, $2, and are done, $3. Each sign of life is later than the one before. */
const MOVED = `rows = $2, processed = $3, running_at = now(), seen_at = greatest(now(), p.seen_at + interval '1 millisecond')`;

/** The SQL of imports and of their state. What they do to items is in `ItemWritesRepository`. */
@Injectable()
export class ImportsRepository {
  async insert(executor: Executor, values: NewImport): Promise<number> {
    const { storeId, actorId, requestId, onError, onExisting, dryRun } = values;
    const [row] = await executor.rows(
      `WITH made AS (
         INSERT INTO imports (store_id, actor_id, request_id, on_error, on_existing, dry_run)
         VALUES ($1, $2, $3, $4, $5, $6) RETURNING id)
       INSERT INTO import_progress (import_id) SELECT id FROM made RETURNING import_id`,
      [storeId, actorId, requestId, onError, onExisting, dryRun],
    );
    return Number(row?.[0]);
  }

  async findPage(reader: Reader, ofStore: number, query: ImportListQueryDto): Promise<Page<ImportDto>> {
    return readPage(reader, IMPORTS, Object.assign({}, query, { ofStore }));
  }

  async find(executor: Executor, id: number): Promise<OwnedImport | undefined> {
    const [row] = await executor.rows(`${SELECT_IMPORT} WHERE i.id = $1`, [id]);
    return row && { resource: new Resource(IMPORT, row.slice(0, -1)), ownerId: Number(row.at(-1)) };
  }

  /** The owner of a store, if it exists. */
  async findStoreOwner(executor: Executor, storeId: number): Promise<number | undefined> {
    const [row] = await executor.rows('SELECT owner_id FROM stores WHERE id = $1', [storeId]);
    return row && Number(row[0]);
  }

  async findErrors(
    reader: Reader,
    ofImport: number,
    query: ImportErrorQueryDto,
  ): Promise<Page<ImportErrorDto>> {
    return readPage(reader, IMPORT_ERRORS, Object.assign({}, query, { ofImport }));
  }

  async findChanges(
    reader: Reader,
    ofImport: number,
    query: ImportChangeQueryDto,
  ): Promise<Page<ImportChangeDto>> {
    return readPage(reader, IMPORT_CHANGES, Object.assign({}, query, { ofImport }));
  }

  /** Ends the arrival of the rows. @returns whether it was still wanted */
  async queue(
    transaction: Executor,
    id: number,
    { rows, failed, hasTags, header, format }: ReceivedFile,
  ): Promise<boolean> {
    const changed = await transaction.rows(
      `UPDATE imports SET state = 'queued', rows = $2, failed = $3, has_tags = $4, header = $5, format = $6
       WHERE id = $1 AND state = 'receiving' RETURNING id`,
      [id, rows, failed, hasTags, header, format && JSON.stringify(format)],
    );
    return changed.length > 0;
  }

  /**
   * Makes this transaction the only one that runs or undoes an import of a store. It also keeps the store, whose deletion
   * would lock the same rows in another order.
   *
   * @returns whether no other transaction does so
   */
  async takeStoreOf(transaction: Executor, id: number): Promise<boolean> {
    const [store] = await transaction.rows(
      'SELECT s.id FROM imports i JOIN stores s ON s.id = i.store_id WHERE i.id = $1 FOR KEY SHARE OF s',
      [id],
    );
    if (!store) return true;
    const [row] = await transaction.rows(
      `SELECT pg_try_advisory_xact_lock(${LOCKS.importsOfStore}, hashtext($1))`,
      [store[0]],
    );
    return row?.[0] === 't';
  }

  /** Locks an import that is in this state until the transaction ends. */
  async lock(transaction: Executor, id: number, state: ImportState): Promise<Import | undefined> {
    const [row] = await transaction.rows(
      `SELECT i.store_id, i.actor_id, i.request_id, i.on_error, i.on_existing, i.dry_run, i.has_tags, i.rows, i.transaction_id, i.edit
       FROM imports i WHERE i.id = $1 AND i.state = $2 FOR NO KEY UPDATE`,
      [id, state],
    );
    if (!row) return undefined;
    const [storeId, actorId, requestId, onError, onExisting, dryRun, hasTags, rows, transactionId, edit] =
      row;
    return {
      id,
      storeId: Number(storeId),
      actorId: Number(actorId),
      requestId,
      state,
      onError,
      onExisting,
      dryRun: dryRun === 't',
      hasTags: hasTags === 't',
      rows: Number(rows),
      transactionId: Number(transactionId),
      edit: typeof edit === 'string' ? (JSON.parse(edit) as Edit) : null,
    } as Import;
  }

  /** @throws ImportCancelled if somebody asks for its end, unless `state` is that end */
  async finish(
    transaction: Executor,
    id: number,
    state: ImportState,
    counts: Partial<
      Pick<Import, 'rows' | 'processed' | 'inserted' | 'updated' | 'deleted' | 'unchanged' | 'failed'>
    > = {},
  ): Promise<void> {
    const isCancelled = await this.endProgress(transaction, id, state);
    if (isCancelled && state !== 'cancelled') throw new ImportCancelled();
    const { rows, processed, inserted, updated, deleted, unchanged, failed } = counts;
    const values = [processed, inserted, updated, unchanged, failed, rows, deleted];
    await transaction.rows(
      `UPDATE imports SET state = $2, finished_at = clock_timestamp(), processed = coalesce($3, processed),
         inserted = coalesce($4, inserted), updated = coalesce($5, updated), unchanged = coalesce($6, unchanged),
         failed = coalesce($7, failed), rows = coalesce($8, rows), deleted = coalesce($9, deleted),
         transaction_id = CASE WHEN $2 = 'succeeded' THEN pg_current_xact_id()::text::bigint ELSE transaction_id END
       WHERE id = $1`,
      [id, state, ...values.map((value) => value ?? null)],
    );
    if (state === 'succeeded' || state === 'undone') await this.markLastChange(transaction, id);
  }

  /** Lets the last change that this transaction made for the import stand for all of them in a collapsed history. */
  async markLastChange(transaction: Executor, id: number): Promise<void> {
    await transaction.rows(
      `UPDATE changes SET is_last_of_import = true
       WHERE id = (SELECT max(id) FROM changes WHERE import_id = $1) AND NOT is_last_of_import`,
      [id],
    );
  }

  /** How many items the import has created, changed or deleted. */
  async countChanged(executor: Executor, id: number): Promise<number> {
    const [row] = await executor.rows('SELECT inserted + updated + deleted FROM imports WHERE id = $1', [id]);
    return Number(row?.[0]);
  }

  /** How many rows are bad, also those that are not listed. */
  async countFailed(executor: Executor, id: number): Promise<number> {
    const [row] = await executor.rows('SELECT failed FROM imports WHERE id = $1', [id]);
    return Number(row?.[0]);
  }

  /** Ends an import that no transaction works on. @returns whether it was one */
  async cancel(executor: Executor, id: number): Promise<boolean> {
    const changed = await executor.rows(
      `WITH ended AS (
         UPDATE imports SET state = 'cancelled', finished_at = now() WHERE id = (
           SELECT id FROM imports WHERE id = $1 AND state IN ('receiving', 'queued', 'previewed') FOR NO KEY UPDATE SKIP LOCKED)
         RETURNING id),
       gone AS (DELETE FROM import_progress p USING ended e WHERE p.import_id = e.id)
       SELECT id FROM ended`,
      [id],
    );
    return changed.length > 0;
  }

  /** Ends an import whose file was refused, or did not arrive, and says why. Nothing happens if it was ended before. */
  async failReceiving(executor: Executor, id: number, { line, message }: FileError): Promise<void> {
    await executor.rows(
      `WITH ended AS (
         UPDATE imports SET state = 'failed', finished_at = now() WHERE id = (
           SELECT id FROM imports WHERE id = $1 AND state = 'receiving' FOR NO KEY UPDATE SKIP LOCKED)
         RETURNING id),
       gone AS (DELETE FROM import_progress p USING ended e WHERE p.import_id = e.id)
       INSERT INTO import_errors (import_id, line, pointer, message) SELECT id, $2, '', $3 FROM ended`,
      [id, line, storable(message)],
    );
  }

  /**
   * Ends imports that nobody will end: their rows no longer arrive, because the instance that received them has died; or
   * they are to be cancelled, and whoever worked on them has given up.
   */
  async endAbandoned(executor: Executor): Promise<void> {
    await executor.rows(
      `WITH abandoned AS (
         SELECT i.id, i.state FROM import_progress p JOIN imports i ON i.id = p.import_id
         WHERE (i.state = 'receiving' AND p.seen_at < now() - interval '60 seconds')
           OR (i.state IN ('queued', 'previewed') AND p.is_cancelled)
         FOR NO KEY UPDATE OF i SKIP LOCKED),
       gone AS (DELETE FROM import_progress p USING abandoned a WHERE p.import_id = a.id),
       told AS (
         INSERT INTO import_errors (import_id, line, pointer, message)
         SELECT id, 1, '', $1 FROM abandoned WHERE state = 'receiving')
       UPDATE imports i SET state = CASE a.state WHEN 'receiving' THEN 'failed' ELSE 'cancelled' END, finished_at = now()
       FROM abandoned a WHERE i.id = a.id`,
      [INCOMPLETE],
    );
  }

  /** Says that somebody asks for the end of an import that a transaction works on. */
  async requestCancel(executor: Executor, id: number): Promise<void> {
    await executor.rows('UPDATE import_progress SET is_cancelled = true WHERE import_id = $1', [id]);
  }

  /** Whether somebody asks for the end of an import. */
  async isCancelled(executor: Executor, id: number): Promise<boolean> {
    const [row] = await executor.rows('SELECT is_cancelled FROM import_progress WHERE import_id = $1', [id]);
    return row?.[0] === 't';
  }

  /** Says how many rows have arrived. @returns whether they are still wanted */
  async reportArrival(executor: Executor, id: number, rows: number): Promise<boolean> {
    const found = await executor.rows(
      'UPDATE import_progress SET rows = $2, seen_at = now() WHERE import_id = $1 RETURNING import_id',
      [id, rows],
    );
    return found.length > 0;
  }

  /** Says that an import runs or is applied, and how far it is. @returns whether somebody asks for its end */
  async reportRun(
    executor: Executor,
    id: number,
    { rows, processed }: Pick<Import, 'rows' | 'processed'>,
  ): Promise<boolean> {
    const [row] = await executor.rows(
      `UPDATE import_progress p SET ${MOVED} WHERE import_id = $1
       RETURNING is_cancelled`,
      [id, rows, processed],
    );
    return row?.[0] === 't';
  }

  /** Says that an import is taken back, and how far that is. */
  async reportUndo(
    executor: Executor,
    id: number,
    { rows, processed }: Pick<Import, 'rows' | 'processed'>,
  ): Promise<void> {
    await executor.rows(
      `INSERT INTO import_progress AS p (import_id, rows, processed, running_at)
       SELECT id, $2, $3, now() FROM imports WHERE id = $1 AND state = 'succeeded'
       ON CONFLICT (import_id) DO UPDATE SET ${MOVED}`,
      [id, rows, processed],
    );
  }

  /** Says that an import is no longer applied or taken back, and that nothing came of it. */
  async reportRest(executor: Executor, id: number): Promise<void> {
    await executor.rows('UPDATE import_progress SET processed = 0, running_at = NULL WHERE import_id = $1', [
      id,
    ]);
  }

  /**
   * Ends the progress with the transaction. A preview, which may go on later, gets a new row: a report that is on its way would
   * change the old one afterwards. @returns whether somebody asks for the end
   */
  private async endProgress(transaction: Executor, id: number, state: ImportState): Promise<boolean> {
    const [row] = await transaction.rows(
      state === 'previewed'
        ? `WITH gone AS (DELETE FROM import_progress WHERE import_id = $1 RETURNING import_id, is_cancelled)
           INSERT INTO import_progress (import_id) SELECT import_id FROM gone RETURNING (SELECT is_cancelled FROM gone)`
        : 'DELETE FROM import_progress WHERE import_id = $1 RETURNING is_cancelled',
      [id],
    );
    return row?.[0] === 't';
  }
}
