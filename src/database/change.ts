/** The SQL of a change of some members of a row. */
export interface Change {
  /** `(name, price) = ROW ($2, $3)` */
  readonly set: string;
  /** when the row was changed last: now, or as before where it has these values already */
  readonly updatedAt: string;
}

/**
 * @param alias of the table
 * @param columns of the members that can be changed; those that are undefined in `changes` stay as they are
 * @param value takes a value of the statement, and gives its parameter
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
