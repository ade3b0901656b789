/** The SQL to change some columns of a row. */
export interface Change {
  /** `(name, price) = ROW ($2, $3)` */
  readonly set: string;
  /** SQL of the new `updated_at`: now, or the old value if nothing changes */
  readonly updatedAt: string;
}

/**
 * @param alias the alias of the table
 * @param columns the columns by member; members that are undefined in `changes` are not changed
 * @param value adds a value to the statement, and returns its parameter
 */
export function changeOf<Members extends object>(
  alias: string,
  columns: Readonly<Record<keyof Members, string>>,
  changes: Members,
  value: (value: unknown) => string,
): Change {
  const given = (Object.keys(columns) as (keyof Members)[]).filter((member) => changes[member] !== undefined);
  const values = `ROW (${given.map((member) => value(changes[member])).join(', ')})`;
  const before = `ROW (${given.map((member) => `${alias}.${columns[member]}`).join(', ')})`;
  const differs = `${before} IS DISTINCT FROM ${values}`;
  return {
    set: `(${given.map((member) => columns[member]).join(', ')}) = ${values}`,
    updatedAt: `CASE WHEN ${differs} THEN now() ELSE ${alias}.updated_at END`,
  };
}
