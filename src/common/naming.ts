/** `ownerId` → `owner_id`: TypeScript speaks camelCase, JSON, queries and columns snake_case. */
export function toSnakeCase(name: string): string {
  let snake = SNAKE_NAMES.get(name);
  if (snake === undefined) {
    snake = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    SNAKE_NAMES.set(name, snake);
  }
  return snake;
}

// Only names of our own code come here, so the map stays small.
const SNAKE_NAMES = new Map<string, string>();

/** A response as the client sees it: snake_case members all the way down, dates as RFC 3339 in UTC. */
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
