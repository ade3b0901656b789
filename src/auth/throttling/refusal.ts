import { Problem, TOO_MANY_REQUESTS } from '../../common/problems/problem';
import { type Levels } from './limits';

/** In this many seconds the attempts that reached the limit are decided: each has failed or succeeded. */
const DECISION_TIME = 5;

/** The problem 429. */
export class Refusal extends Problem {
  /** Whether the lock is so new that attempts in progress, which count as failed, may still succeed and remove it. */
  readonly isUndecided: boolean;

  constructor(levels: Levels) {
    const { exceeded } = levels;
    const [longest] = exceeded.toSorted((a, b) => levels.reset(b) - levels.reset(a));
    const wait = Math.max(1, longest ? levels.reset(longest) : 0);
    super(TOO_MANY_REQUESTS, {
      detail: `Too many attempts; try again in ${formatWait(wait)}.`,
      headers: { ...levels.headers(longest), 'retry-after': String(wait) },
    });
    this.isUndecided = exceeded.every(
      (counter) =>
        counter.limit.lock !== undefined && levels.reset(counter) > counter.limit.lock - DECISION_TIME,
    );
  }
}

/** From one minute on, in minutes. They are rounded up, so that a client that waits this long is accepted. */
export function formatWait(seconds: number): string {
  const [amount, unit] = seconds < 60 ? [seconds, 'second'] : [Math.ceil(seconds / 60), 'minute'];
  return `${amount} ${unit}${amount === 1 ? '' : 's'}`;
}
