import { type Executor } from './executor';

/**
 * Deletes at most `limit` rows of a table whose `column` is before `end`, the oldest first. It skips locked rows, so
 * that it does not wait for requests.
 *
 * @param end a time, in SQL
 * @returns the number of deleted rows
 */
export async function deleteRowsBefore(
  { manager }: Executor,
  { table, column, end }: { table: string; column: string; end: string },
  limit: number,
): Promise<number> {
  const [, deleted] = await manager.query<[unknown[], number]>(
    // PostgreSQL evaluates the array only once, and the ctid of a locked row does not change.
    `DELETE FROM ${table} WHERE ctid = ANY (ARRAY(
       SELECT ctid FROM ${table} WHERE ${column} < ${end} ORDER BY ${column} LIMIT ${limit} FOR UPDATE SKIP LOCKED
     ))`,
  );
  return deleted;
}
