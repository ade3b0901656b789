import { toSnakeCase } from './naming';

/** The columns that requests set, each with its type in SQL, by the members of the DTO. */
export type WrittenColumns<Members> = Readonly<Record<keyof Members, string>>;

/** Adds a value to the statement, and returns its parameter. */
type AddValue = (value: unknown) => string;

/** The SQL of the columns of a new row. Members that are undefined are stored as null. */
export function insertionOf<Members extends object>(
  columns: WrittenColumns<NoInfer<Members>>,
  members: Members,
  value: AddValue,
): { readonly columns: string; readonly values: string } {
  const entries = Object.entries<string>(columns);
  return {
    columns: entries.map(([member]) => toSnakeCase(member)).join(', '),
    values: entries
      .map(([member, type]) => `${value(members[member as keyof Members] ?? null)}::${type}`)
      .join(', '),
  };
}

/** The SQL to change some columns of a row. */
export interface Change {
  /** `(name, price) = ROW ($2, $3)` */
  readonly set: string;
  /** SQL of the new `updated_at`: now, or the old value if nothing changes */
  readonly updatedAt: string;
}

/**
 * @param alias the alias of the table
 * @param changes members that are undefined are not changed
 */
export function changeOf<Members extends object>(
  alias: string,
  columns: WrittenColumns<NoInfer<Members>>,
  changes: Members,
  value: AddValue,
): Change {
  const given = (Object.keys(columns) as (keyof Members & string)[]).filter(
    (member) => changes[member] !== undefined,
  );
  const values = `ROW (${given.map((member) => value(changes[member])).join(', ')})`;
  const before = `ROW (${given.map((member) => `${alias}.${toSnakeCase(member)}`).join(', ')})`;
  const differs = `${before} IS DISTINCT FROM ${values}`;
  return {
    set: `(${given.map(toSnakeCase).join(', ')}) = ${values}`,
    updatedAt: `CASE WHEN ${differs} THEN now() ELSE ${alias}.updated_at END`,
  };
}
