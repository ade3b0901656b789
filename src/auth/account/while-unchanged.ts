import { Problem, UNAVAILABLE } from '../../common/problems/problem';

/** More often than that no account changes while one request is being served, unless it is attacked or shared by many. */
const TRIES = 5;

/**
 * Checks a password and acts on it. Where the account changed in between (a login renewed the hash, somebody chose
 * another address), both are done again: a password that was right is never called wrong for that.
 *
 * @param attempt resolves to undefined when the account changed after the password was checked
 * @throws Problem 503 when it changed each time
 */
export async function whileUnchanged<T>(attempt: () => Promise<T | undefined>): Promise<T> {
  for (let tries = 0; tries < TRIES; tries++) {
    const result = await attempt();
    if (result !== undefined) return result;
  }
  throw new Problem(UNAVAILABLE, {
    detail: 'The account was changed by others at the same time; try again shortly.',
  });
}
