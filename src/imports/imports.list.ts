import { type FiltersOf, type List } from '../reads/list/list';
import { integer, json, RowShape, text, time } from '../reads/row-shape';
import { type ImportChangeDto } from './dto/import-change.dto';
import { type ImportErrorDto } from './dto/import-error.dto';
import {
  type ImportChangeQueryDto,
  type ImportErrorQueryDto,
  type ImportListQueryDto,
} from './dto/import-list-query.dto';
import { type ImportDto } from './dto/import.dto';

/**
 * SQL that is true for an import that runs, is applied or taken back. Its transaction is not seen by others, so that it runs is
 * only in its progress. Without a sign of life for 15 seconds it no longer counts as running.
 */
const RUNS = `(i.state IN ('queued', 'previewed', 'succeeded') AND coalesce(p.running_at > now() - interval '15 seconds', false))`;

/** Imports with their progress. */
const FROM = 'imports i LEFT JOIN import_progress p ON p.import_id = i.id';

export const IMPORT = new RowShape<ImportDto>({
  id: integer('i.id'),
  storeId: integer('i.store_id'),
  state: text(`CASE WHEN ${RUNS} THEN 'running' ELSE i.state END`),
  operation: text(
    `CASE WHEN ${RUNS} THEN CASE i.state WHEN 'previewed' THEN 'apply' WHEN 'succeeded' THEN 'undo' ELSE 'import' END END`,
  ),
  onError: text('i.on_error'),
  onExisting: text('i.on_existing'),
  dryRun: json('i.dry_run::text'),
  rows: integer(`CASE WHEN ${RUNS} AND p.rows > 0 THEN p.rows ELSE greatest(i.rows, p.rows) END`),
  processed: integer(`CASE WHEN ${RUNS} THEN p.processed ELSE i.processed END`),
  inserted: integer('i.inserted'),
  updated: integer('i.updated'),
  deleted: integer('i.deleted'),
  unchanged: integer('i.unchanged'),
  failed: integer('i.failed'),
  edit: json('i.edit'),
  createdAt: time('i.created_at'),
  finishedAt: time(`CASE WHEN NOT ${RUNS} THEN i.finished_at END`),
});

export const IMPORTS: List<ImportDto, FiltersOf<ImportListQueryDto & { ofStore: number }>> = {
  name: 'imports',
  shape: IMPORT,
  from: FROM,
  alias: 'i',
  sorts: {},
  filters: {
    ofStore: (list, id) => {
      list.whereEquals('i.store_id', list.value(id));
    },
  },
};

export const SELECT_IMPORT = `SELECT ${IMPORT.select}, s.owner_id FROM ${FROM} JOIN stores s ON s.id = i.store_id`;

/** An import, its stored state, and when there was the last sign of life of whoever works on it, in milliseconds. */
export const SELECT_EVENT = `SELECT ${IMPORT.select}, i.state, coalesce(floor(extract(epoch FROM p.seen_at) * 1000), 0)::bigint FROM ${FROM}`;

export const IMPORT_ERRORS: List<ImportErrorDto, FiltersOf<ImportErrorQueryDto & { ofImport: number }>> = {
  name: 'import errors',
  shape: new RowShape<ImportErrorDto>({
    id: integer('e.id'),
    line: integer('e.line'),
    pointer: text('e.pointer'),
    message: text('e.message'),
  }),
  from: 'import_errors e',
  alias: 'e',
  sorts: {},
  filters: {
    ofImport: (list, id) => {
      list.whereEquals('e.import_id', list.value(id));
    },
  },
};

export const IMPORT_CHANGES: List<ImportChangeDto, FiltersOf<ImportChangeQueryDto & { ofImport: number }>> = {
  name: 'import changes',
  shape: new RowShape<ImportChangeDto>({
    id: integer('c.id'),
    line: integer('c.line'),
    action: text('c.action'),
    itemId: integer('c.item_id'),
    before: json('c.before'),
    after: json('c.after'),
  }),
  from: 'import_changes c',
  alias: 'c',
  sorts: {},
  filters: {
    ofImport: (list, id) => {
      list.whereEquals('c.import_id', list.value(id));
      list.filter({ check: `c.action <> 'failed'` });
    },
    action: (list, action) => {
      list.filter({ check: `c.action = ${list.value(action)}` });
    },
  },
};
