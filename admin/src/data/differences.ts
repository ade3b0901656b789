/** Whether two values of a member are the same. Tags of an item are an array of objects. */
export function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one ?? null) === JSON.stringify(other ?? null);
}

/** The members of `values` that differ from those of `base`. */
export function differences(
  values: Readonly<Record<string, unknown>>,
  base: Readonly<Record<string, unknown>>,
  members: readonly string[],
): Record<string, unknown> {
  const entries = members
    .filter((member) => member in values && !isSame(values[member], base[member]))
    .map((member) => [member, values[member] ?? null]);
  return Object.fromEntries(entries) as Record<string, unknown>;
}
