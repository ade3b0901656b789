import { Injectable } from '@nestjs/common';
import { type Executor, type Reader } from '../database/executor';
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

/** What is known when all of its rows have arrived. */
export type ReceivedFile = Pick<Import, 'rows' | 'failed' | 'hasTags' | 'header'>;

/** The SQL of imports and of their state. What they do to items is in `ItemWritesRepository`. */
@Injectable()
export class ImportsRepository {
  async insert(executor: Executor, values: NewImport): Promise<number> {
    const { storeId, actorId, requestId, onError, onExisting, dryRun } = values;
    const [row] = await executor.rows(
      `INSERT INTO imports (store_id, actor_id, request_id, on_error, on_existing, dry_run)
       VALUES ($1, $2, $3, $4, $5, $6) RETURNING id`,
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
    { rows, failed, hasTags, header }: ReceivedFile,
  ): Promise<boolean> {
    const changed = await transaction.rows(
      `UPDATE imports SET state = 'queued', rows = $2, failed = $3, has_tags = $4, header = $5
       WHERE id = $1 AND state = 'receiving' RETURNING id`,
      [id, rows, failed, hasTags, header],
    );
    await transaction.rows('DELETE FROM import_progress WHERE import_id = $1', [id]);
    return changed.length > 0;
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

  async finish(
    transaction: Executor,
    id: number,
    state: ImportState,
    counts: Partial<
      Pick<Import, 'rows' | 'processed' | 'inserted' | 'updated' | 'deleted' | 'unchanged' | 'failed'>
    > = {},
  ): Promise<void> {
    const { rows, processed, inserted, updated, deleted, unchanged, failed } = counts;
    const values = [processed, inserted, updated, unchanged, failed, rows, deleted];
    await transaction.rows(
      `UPDATE imports SET state = $2, finished_at = now(), processed = coalesce($3, processed),
         inserted = coalesce($4, inserted), updated = coalesce($5, updated), unchanged = coalesce($6, unchanged),
         failed = coalesce($7, failed), rows = coalesce($8, rows), deleted = coalesce($9, deleted),
         transaction_id = CASE WHEN $2 = 'succeeded' THEN pg_current_xact_id()::text::bigint ELSE transaction_id END
       WHERE id = $1`,
      [id, state, ...values.map((value) => value ?? null)],
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

  /** Ends an import that nobody works on. @returns whether it was one */
  async cancelQueued(executor: Executor, id: number): Promise<boolean> {
    const changed = await executor.rows(
      `UPDATE imports SET state = 'cancelled', finished_at = now() WHERE id = (
         SELECT id FROM imports WHERE id = $1 AND state IN ('queued', 'previewed') FOR NO KEY UPDATE SKIP LOCKED)
       RETURNING id`,
      [id],
    );
    return changed.length > 0;
  }

  /** Ends imports whose rows no longer arrive, because the instance that received them has died. */
  async failAbandoned(executor: Executor): Promise<void> {
    await executor.rows(
      `UPDATE imports SET state = 'failed', finished_at = now() WHERE id IN (
         SELECT i.id FROM imports i LEFT JOIN import_progress p ON p.import_id = i.id
         WHERE i.state = 'receiving' AND coalesce(p.seen_at, i.created_at) < now() - interval '60 seconds'
         FOR NO KEY UPDATE OF i SKIP LOCKED)`,
    );
  }

  async delete(executor: Executor, id: number): Promise<void> {
    await executor.rows('DELETE FROM imports WHERE id = $1', [id]);
  }

  /** Says that somebody asks for the end of an import that is being received or run. */
  async requestCancel(executor: Executor, id: number): Promise<void> {
    await executor.rows(
      `INSERT INTO import_progress (import_id, is_cancelled) VALUES ($1, true)
       ON CONFLICT (import_id) DO UPDATE SET is_cancelled = true`,
      [id],
    );
  }

  /** Says how far an import is. @returns whether somebody asks for its end */
  async report(executor: Executor, id: number, rows: number, processed: number): Promise<boolean> {
    const [row] = await executor.rows(
      `INSERT INTO import_progress (import_id, rows, processed) VALUES ($1, $2, $3)
       ON CONFLICT (import_id) DO UPDATE SET rows = $2, processed = $3, seen_at = now() RETURNING is_cancelled`,
      [id, rows, processed],
    );
    return row?.[0] === 't';
  }

  async endProgress(executor: Executor, id: number): Promise<void> {
    await executor.rows('DELETE FROM import_progress WHERE import_id = $1', [id]);
  }

  /** Removes rows that no import needs any more. @returns their number, at most `limit` */
  async removeExpired(executor: Executor, limit: number): Promise<number> {
    await this.failAbandoned(executor);
    let removed = 0;
    for (const [table, needed] of [
      [
        'import_rows',
        `i.state IN ('receiving', 'queued', 'previewed') OR (r.faults IS NOT NULL AND i.id IS NOT NULL)`,
      ],
      ['import_changes', `i.state = 'previewed'`],
    ] as const) {
      const rows = await executor.rows(
        `DELETE FROM ${table} WHERE ctid = ANY (ARRAY(
           SELECT r.ctid FROM ${table} r LEFT JOIN imports i ON i.id = r.import_id
           WHERE (${needed}) IS NOT TRUE LIMIT ${limit - removed})) RETURNING 1`,
      );
      removed += rows.length;
    }
    return removed;
  }
}
