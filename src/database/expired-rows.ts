import { type Executor } from './executor';

/**
 * Deletes at most `limit` rows of a table whose `column` is before `end`, the oldest first. It passes over locked rows, so
 * that neither it nor a request waits for the other.
 *
 * @param end a time, in SQL
 * @returns how many were deleted
 */
export async function deleteRowsBefore(
  { manager }: Executor,
  { table, column, end }: { table: string; column: string; end: string },
  limit: number,
): Promise<number> {
  const [, deleted] = await manager.query<[unknown[], number]>(
    // PostgreSQL evaluates an array once, and ctid is stable while the row is locked.
    `DELETE FROM ${table} WHERE ctid = ANY (ARRAY(
       SELECT ctid FROM ${table} WHERE ${column} < ${end} ORDER BY ${column} LIMIT ${limit} FOR UPDATE SKIP LOCKED
     ))`,
  );
  return deleted;
}
