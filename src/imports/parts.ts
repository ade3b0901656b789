import { type Executor } from '../database/executor';

/** Rows of a table that lie one after another: the first and the last value of what they are ordered by, and how many they are. */
export interface Part {
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

interface Whole {
  /** by which the rows are ordered; each has another value */
  readonly column: string;
  /** SQL of the table and the conditions */
  readonly rows: string;
  readonly values: readonly number[];
}

/** Splits rows into parts of `size`, so that the progress can be told, and work can end between two of them. */
export async function split(
  transaction: Executor,
  { column, rows, values }: Whole,
  size: number,
): Promise<Part[]> {
  const found = await transaction.planned(
    `SELECT min(place), max(place), count(*) FROM (
       SELECT ${column} AS place, (row_number() OVER (ORDER BY ${column}) - 1) / $${values.length + 1} AS part FROM ${rows}) AS numbered
     GROUP BY part ORDER BY part`,
    [...values, size],
  );
  return found.map(([from, to, count]) => ({ from: Number(from), to: Number(to), count: Number(count) }));
}
