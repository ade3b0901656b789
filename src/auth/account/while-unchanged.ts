import { Problem, UNAVAILABLE } from '../../common/problems/problem';

/** An account changes more often during one request only if it is attacked or shared by many users. */
const TRIES = 5;

/**
 * Checks a password and acts on it. If the account changed in between (a login renewed the hash, or the address was
 * changed), it does both again, so that a right password is never reported as wrong.
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
