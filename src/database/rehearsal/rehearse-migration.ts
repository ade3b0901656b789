import { type DataSource, type QueryRunner } from 'typeorm';
import { runNextMigration } from '../migrations';

/** What a migration did to a table that existed before it. */
export interface TableImpact {
  table: string;
  /** the strongest lock that the migration held, as PostgreSQL's manual writes it */
  lock: string;
  blocks: 'reads and writes' | 'writes' | 'neither';
  rowsWritten: number;
  /** bytes of the table with its indexes, if all of them were written anew */
  rewrittenBytes: number | undefined;
  isDropped: boolean;
}

export interface RehearsedMigration {
  name: string;
  seconds: number;
  impacts: TableImpact[];
  /** why it failed; it may be a sentence of PostgreSQL */
  error?: Error;
}

/** PostgreSQL manual, "Explicit Locking", from the strongest to the weakest. */
const MODES = [
  'AccessExclusiveLock',
  'ExclusiveLock',
  'ShareRowExclusiveLock',
  'ShareLock',
  'ShareUpdateExclusiveLock',
  'RowExclusiveLock',
  'RowShareLock',
  'AccessShareLock',
];

/** Reads take ACCESS SHARE, which conflicts with this mode only. Writes take ROW EXCLUSIVE. */
const BLOCKS_READS = 'AccessExclusiveLock';
const BLOCKS_WRITES: readonly string[] = ['ExclusiveLock', 'ShareRowExclusiveLock', 'ShareLock'];

interface Relation {
  oid: number;
  name: string;
  filenode: number | null;
  rowsWritten: number;
}

/** PostgreSQL also counts what earlier transactions of the session have written in the last second. */
const ROWS_WRITTEN = `
  coalesce(pg_stat_get_xact_tuples_inserted(c.oid) + pg_stat_get_xact_tuples_updated(c.oid)
    + pg_stat_get_xact_tuples_deleted(c.oid), 0)::int8 AS "rowsWritten"`;

/** Tables and views. An index is locked together with its table. */
const RELATIONS = `
  SELECT c.oid::int8, c.oid::regclass::text AS name, pg_relation_filenode(c.oid)::int8 AS filenode, ${ROWS_WRITTEN}
  FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
  WHERE relkind IN ('r', 'p', 'v', 'm', 'f') AND nspname !~ '^pg_' AND nspname <> 'information_schema'
    AND relname <> 'migrations'`;

/** Runs the pending migration of this name, and looks at its locks before it is committed. */
export async function rehearseMigration(
  dataSource: DataSource,
  runner: QueryRunner,
  name: string,
): Promise<RehearsedMigration> {
  let impacts: TableImpact[] = [];
  const started = performance.now();
  const seconds = () => (performance.now() - started) / 1000;
  try {
    await runNextMigration(dataSource, runner, {
      isWanted: (pending) => pending === name,
      observe: async (run) => {
        const before = (await runner.query(RELATIONS)) as Relation[];
        await run();
        impacts = await impactsOn(before, runner);
      },
    });
    return { name, seconds: seconds(), impacts };
  } catch (error) {
    return { name, seconds: seconds(), impacts: [], error: error as Error };
  }
}

/** A table on which the transaction has locks. */
interface LockedTable {
  oid: number;
  modes: string[];
  isDropped: boolean;
  filenode: number | null;
  bytes: number;
  rowsWritten: number;
}

/** The tables that existed before, those with the strongest lock first. */
async function impactsOn(before: Relation[], runner: QueryRunner): Promise<TableImpact[]> {
  const tables = (await runner.query(
    `SELECT l.relation::int8 AS oid, array_agg(l.mode) AS modes, c.oid IS NULL AS "isDropped",
       pg_relation_filenode(c.oid)::int8 AS filenode, pg_total_relation_size(c.oid)::int8 AS bytes,
       ${ROWS_WRITTEN}
     FROM pg_locks l LEFT JOIN pg_class c ON c.oid = l.relation
     WHERE l.pid = pg_backend_pid() AND l.locktype = 'relation'
       AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
     GROUP BY l.relation, c.oid`,
  )) as LockedTable[];
  const former = new Map(before.map((relation) => [relation.oid, relation]));
  const found = tables.flatMap((table) => {
    const relation = former.get(table.oid);
    const strength = MODES.findIndex((mode) => table.modes.includes(mode));
    return relation ? [{ strength, impact: toImpact(relation, table, MODES[strength] ?? '') }] : [];
  });
  return found
    .sort((a, b) => a.strength - b.strength || a.impact.table.localeCompare(b.impact.table, 'en'))
    .map(({ impact }) => impact);
}

function toImpact(before: Relation, after: LockedTable, mode: string): TableImpact {
  const isRewritten =
    after.filenode !== null && before.filenode !== null && after.filenode !== before.filenode;
  return {
    table: before.name,
    lock: manualName(mode),
    blocks: blockedBy(mode),
    // The counts of a table that was dropped are lost.
    rowsWritten: after.isDropped ? 0 : after.rowsWritten - before.rowsWritten,
    rewrittenBytes: isRewritten ? after.bytes : undefined,
    isDropped: after.isDropped,
  };
}

function blockedBy(mode: string): TableImpact['blocks'] {
  if (mode === BLOCKS_READS) return 'reads and writes';
  return BLOCKS_WRITES.includes(mode) ? 'writes' : 'neither';
}

/** AccessExclusiveLock is ACCESS EXCLUSIVE in statements and in the manual. */
function manualName(mode: string): string {
  return mode
    .replace(/Lock$/, '')
    .replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ')
    .toUpperCase();
}
