/** A random whole number from 1 to `last`. */
export function randomTo(last: number): number {
  return 1 + Math.floor(Math.random() * last);
}

export function randomOf<T>(values: readonly T[]): T {
  return values[randomTo(values.length) - 1] as T;
}
