import { availableParallelism } from 'node:os';
import { Problem, UNAVAILABLE } from '../../common/problems/problem';

/**
 * At most so many hashes run at once. It is less than the failures in a row that lock an account, because an attempt counts
 * as failed while it is checked: right passwords alone never lock it.
 */
const MOST_AT_ONCE = 8;

/**
 * While other requests keep the event loop busy, a turn and the pause after it take up to so many times longer than a turn
 * on an idle machine. Otherwise they would wait for hashes, which keep the processor whatever their priority.
 */
const REST = 2;

/** How many hashes may wait for each one that may run. */
const WAITING = 100;

/** The share of its patience after which the last of those that wait has its turn. */
const IN_TIME = 0.8;

/** How many of the last turns are used to estimate how long a turn takes. */
const RECENT = 32;

/**
 * Lets few hashes run at once, so that logins leave the processor to other requests, and few wait, so that each has its
 * turn before its client gives up.
 */
export class HashQueue {
  private free: number;
  private readonly waitingAtMost: number;
  /** milliseconds that a turn and the pause after it may take */
  private readonly longest: number;
  /** milliseconds that the last turns took */
  private readonly recent: number[] = [];
  /** in the order of arrival */
  private readonly waiting = new Set<() => void>();

  /**
   * @param processes how many processes on this machine have such a queue; they share the hashes that may run
   * @param patience milliseconds after which a client gives up
   */
  constructor(processes = 1, patience = Infinity) {
    const together = Math.min(MOST_AT_ONCE, Math.floor(availableParallelism() / 2));
    this.free = Math.max(1, Math.floor(together / processes));
    this.waitingAtMost = WAITING * this.free;
    this.longest = (IN_TIME * patience) / WAITING;
  }

  /**
   * Runs the work when its turn has come. When the signal aborts before that, the work leaves the queue.
   *
   * @throws Problem 503 when too many wait already; the signal's reason
   */
  async run<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    if (this.free > 0) this.free--;
    else await this.turn(signal);
    const begin = performance.now();
    const before = performance.eventLoopUtilization();
    let rest = 0;
    try {
      const result = await work();
      rest = this.restAfter(performance.now() - begin, performance.eventLoopUtilization(before).utilization);
      return result;
    } finally {
      if (rest >= 1 && this.waiting.size > 0) setTimeout(this.passOn, rest);
      else this.passOn();
    }
  }

  /** The pause, in milliseconds, after a turn that took `elapsed` while the event loop was busy for `utilization` of the time. */
  private restAfter(elapsed: number, utilization: number): number {
    if (this.recent.push(elapsed) > RECENT) this.recent.shift();
    // The quickest few may have checked hashes that were made with less effort.
    const unhindered = this.recent.toSorted((a, b) => a - b)[this.recent.length >> 3] ?? elapsed;
    return Math.min(unhindered * (1 + REST * utilization), this.longest) - elapsed;
  }

  /** The answer to a request while too many wait; undefined while there is a place. */
  get refusal(): Problem | undefined {
    if (this.waiting.size < this.waitingAtMost) return undefined;
    return new Problem(UNAVAILABLE, { detail: 'Too many logins are under way; try again shortly.' });
  }

  private turn(signal: AbortSignal | undefined): Promise<void> {
    const { refusal } = this;
    if (refusal) throw refusal;
    return new Promise((resolve, reject) => {
      this.waiting.add(resolve);
      signal?.addEventListener('abort', () => {
        this.waiting.delete(resolve);
        reject(signal.reason as Error);
      });
    });
  }

  private readonly passOn = (): void => {
    const [next] = this.waiting;
    if (!next) {
      this.free++;
      return;
    }
    this.waiting.delete(next);
    next();
  };
}
