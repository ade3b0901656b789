import { Problem, TOO_MANY_REQUESTS } from '../../common/problems/problem';
import { type Levels } from './limits';

/** Seconds within which it turns out whether the attempts that reached the limit have failed. */
const DECISION_TIME = 5;

/** A 429. */
export class Refusal extends Problem {
  /** Its lock is so new that attempts which count as failed for now may yet succeed, and open it. */
  readonly isUndecided: boolean;

  constructor(levels: Levels) {
    const { exceeded } = levels;
    const [longest] = exceeded.toSorted((a, b) => levels.reset(b) - levels.reset(a));
    const wait = Math.max(1, longest ? levels.reset(longest) : 0);
    super(TOO_MANY_REQUESTS, {
      detail: `Too many attempts; try again in ${inWords(wait)}.`,
      headers: { ...levels.headers(longest), 'retry-after': String(wait) },
    });
    this.isUndecided = exceeded.every(
      (counter) =>
        counter.limit.lock !== undefined && levels.reset(counter) > counter.limit.lock - DECISION_TIME,
    );
  }
}

/** In minutes from one minute up, rounded up: who comes back then is let in. */
export function inWords(seconds: number): string {
  const [amount, unit] = seconds < 60 ? [seconds, 'second'] : [Math.ceil(seconds / 60), 'minute'];
  return `${amount} ${unit}${amount === 1 ? '' : 's'}`;
}
