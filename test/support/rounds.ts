/** How often each test of a kind is repeated: `npm run test:races -- --rounds 100`. */
export function roundsOr(usual: number): number {
  const { ROUNDS = '' } = process.env;
  return ROUNDS === '' ? usual : Number(ROUNDS);
}

/** Says what was done, and asserts that nothing was lost. */
export function report(what: string, rounds: number, counts: Record<string, number>, lost: unknown[]): void {
  const texts = Object.entries(counts).map(([name, count]) => `${count} ${name}`);
  process.stdout.write(`${what}: ${[`${rounds} rounds`, ...texts, `${lost.length} lost`].join(', ')}\n`);
  expect(lost).toEqual([]);
}
