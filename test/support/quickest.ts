/** Milliseconds of the quickest of a few runs: what else happens on the machine makes one slow, seldom all. */
export async function quickest(run: () => Promise<void>): Promise<number> {
  let least = Infinity;
  for (let i = 0; i < 4; i++) {
    const begin = performance.now();
    await run();
    least = Math.min(least, performance.now() - begin);
  }
  return least;
}
