/** How many calls of one action are under way at once. */
const LIMIT = 4;

/** Calls a function for each value, a few at a time, and returns the results in the same order. */
export async function mapLimited<Value, Result>(
  values: readonly Value[],
  call: (value: Value) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  let next = 0;
  const work = async () => {
    while (next < values.length) {
      const index = next++;
      results[index] = await call(values[index] as Value);
    }
  };
  await Promise.all(Array.from({ length: Math.min(LIMIT, values.length) }, work));
  return results;
}
