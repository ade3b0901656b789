import { Injectable } from '@nestjs/common';
import { type Executor } from '../database/executor';

/** How long a preview waits to be applied, in days. */
const PREVIEW_DAYS = 7;

/** How many rows one statement removes, so that it is short. */
const ROWS_AT_ONCE = 10_000;

/** How many imports are looked up at once. */
const IMPORTS_AT_ONCE = 100;

/** The tables that have a row for each row of a file, without a foreign key, and what orders them in an import. */
const TABLES = [
  { table: 'import_rows', column: 'line' },
  { table: 'import_changes', column: 'id' },
] as const;
type RowTable = (typeof TABLES)[number];

/** SQL of the rows that the file of failed rows is made from. */
const FAILED = "faults IS NOT NULL AND faults <> '[]'";

/** An import that is over, and what it may still have. */
interface Leftover {
  readonly id: number;
  readonly leftovers: 'all' | 'errors';
}

/**
 * The SQL that removes what no import needs any more: the rows of an import when it is over, and what is wrong with them
 * when the history no longer has its changes either.
 */
@Injectable()
export class ImportLeftoversRepository {
  /** Removes all of it, in short statements. @param days how long errors are kept @returns 0: nothing is left to do */
  async removeExpired(executor: Executor, days: number): Promise<number> {
    await this.endPreviews(executor);
    for (;;) {
      const found = await this.findLeftovers(executor, days);
      for (const leftover of found) await this.removeLeftovers(executor, leftover);
      if (found.length < IMPORTS_AT_ONCE) break;
    }
    for (const table of TABLES) {
      for (const id of await this.findOrphans(executor, table)) await this.removeRows(executor, id, table);
    }
    return 0;
  }

  /** Cancels previews that nobody has applied in time. */
  async endPreviews(executor: Executor): Promise<void> {
    await executor.rows(
      `WITH ended AS (
         UPDATE imports SET state = 'cancelled', finished_at = now() WHERE id IN (
           SELECT id FROM imports WHERE leftovers = 'all' AND state = 'previewed'
             AND finished_at < now() - interval '${PREVIEW_DAYS} days' FOR NO KEY UPDATE SKIP LOCKED)
         RETURNING id)
       DELETE FROM import_progress p USING ended e WHERE p.import_id = e.id`,
    );
  }

  /** The oldest imports that have something to remove. */
  async findLeftovers(executor: Executor, days: number): Promise<Leftover[]> {
    const rows = await executor.rows(
      `SELECT id, leftovers FROM imports WHERE leftovers <> 'none' AND CASE leftovers
           WHEN 'all' THEN state IN ('succeeded', 'failed', 'cancelled', 'undone')
           ELSE finished_at < now() - $1 * interval '1 day' END
       ORDER BY id LIMIT ${IMPORTS_AT_ONCE}`,
      [days],
    );
    return rows.map(([id, leftovers]) => ({ id: Number(id), leftovers: leftovers as Leftover['leftovers'] }));
  }

  /** Imports that have rows in a table, but are deleted. It looks at one row of each import. */
  async findOrphans(executor: Executor, { table }: RowTable): Promise<number[]> {
    const rows = await executor.rows(
      `WITH RECURSIVE found AS (
         SELECT min(import_id) AS id FROM ${table}
         UNION ALL SELECT (SELECT min(import_id) FROM ${table} WHERE import_id > f.id) FROM found f WHERE f.id IS NOT NULL)
       SELECT f.id FROM found f WHERE f.id IS NOT NULL AND NOT EXISTS (SELECT FROM imports i WHERE i.id = f.id)`,
    );
    return rows.map(([id]) => Number(id));
  }

  /**
   * Removes the rows of an import, part by part: no part reads again what was removed before it.
   *
   * @param needed SQL of the rows that stay
   */
  async removeRows(
    executor: Executor,
    id: number,
    { table, column }: RowTable,
    needed = 'false',
  ): Promise<void> {
    const [row] = await executor.rows(
      `SELECT min(${column}), max(${column}) FROM ${table} WHERE import_id = $1`,
      [id],
    );
    const [first, last] = row ?? [];
    if (first === undefined || first === null) return;
    for (let from = Number(first); from <= Number(last); from += ROWS_AT_ONCE) {
      await executor.rows(
        `DELETE FROM ${table} WHERE import_id = $1 AND ${column} >= $2 AND ${column} < $3 AND NOT (${needed})`,
        [id, from, from + ROWS_AT_ONCE],
      );
    }
  }

  async removeErrors(executor: Executor, id: number): Promise<void> {
    await executor.rows('DELETE FROM import_errors WHERE import_id = $1', [id]);
  }

  /** Notes what was removed. */
  async note(executor: Executor, id: number, leftovers: 'errors' | 'none'): Promise<void> {
    await executor.rows('UPDATE imports SET leftovers = $2 WHERE id = $1', [id, leftovers]);
  }

  private async removeLeftovers(executor: Executor, { id, leftovers }: Leftover): Promise<void> {
    const [rows, changes] = TABLES;
    if (leftovers === 'all') {
      await this.removeRows(executor, id, changes);
      await this.removeRows(executor, id, rows, FAILED);
      await this.note(executor, id, 'errors');
    } else {
      await this.removeRows(executor, id, rows);
      await this.removeErrors(executor, id);
      await this.note(executor, id, 'none');
    }
  }
}
