/** Calls a function for each value, a few at a time, and returns the results in the same order. */
export async function mapLimited<Value, Result>(
  values: readonly Value[],
  limit: number,
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
  await Promise.all(Array.from({ length: Math.min(limit, values.length) }, work));
  return results;
}
