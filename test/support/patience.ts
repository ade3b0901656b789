import { setTimeout as sleep } from 'node:timers/promises';

/** How long a browser test waits for one thing, in milliseconds: `PATIENCE=60000 npm run test:browser`. */
export const PATIENCE = Number(process.env.PATIENCE ?? 30_000);

/**
 * Waits for something that no locator can wait for.
 *
 * @param what it is, for the message of the error
 */
export async function until(what: string, isReached: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + PATIENCE;
  while (!(await isReached())) {
    if (Date.now() > deadline) throw new Error(`After ${PATIENCE} ms there is still not: ${what}`);
    await sleep(50);
  }
}
