import { toSnakeCase } from './naming';

/** The columns that requests set, each with its type in SQL, by the members of the DTO. */
export type WrittenColumns<Members> = Readonly<Record<keyof Members, string>>;

/** Takes a value of the statement, and gives its parameter. */
type AddValue = (value: unknown) => string;

/** The SQL of the columns of a new row. Members that are left out are null. */
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

/** The SQL of a change of some members of a row. */
export interface Change {
  /** `(name, price) = ROW ($2, $3)` */
  readonly set: string;
  /** when the row was changed last: now, or as before where it has these values already */
  readonly updatedAt: string;
}

/**
 * @param alias of the table
 * @param changes a member that is left out stays as it is
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
