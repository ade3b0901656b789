/** `ownerId` → `owner_id`: names are camelCase in TypeScript, and snake_case in JSON, queries and columns. */
export function toSnakeCase(name: string): string {
  let snake = SNAKE_NAMES.get(name);
  if (snake === undefined) {
    snake = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    SNAKE_NAMES.set(name, snake);
  }
  return snake;
}

// The names come only from our own code, so the map stays small.
const SNAKE_NAMES = new Map<string, string>();
