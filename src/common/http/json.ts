import { toSnakeCase } from '../../database/naming';

/** Serialises a response, with snake_case members at every depth, and dates as RFC 3339 in UTC. */
export function toJson(value: unknown): string {
  return JSON.stringify(withSnakeNames(value));
}

function withSnakeNames(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withSnakeNames);
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  const result: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(value)) result[toSnakeCase(name)] = withSnakeNames(member);
  return result;
}
