import { availableParallelism } from 'node:os';
import { Problem, UNAVAILABLE } from '../../common/problems/problem';

/** Below the failures that an account may have in a row: so many right passwords at once never shut it. */
const MOST_AT_ONCE = 8;

/**
 * How much longer than on an idle machine a turn takes, with the rest after it, while others keep the event loop busy.
 * Where a hash has the processor they wait for it, whatever its priority.
 */
const REST = 2;

/** How many wait for each that is at work. */
const WAITING = 100;

/** The share of their patience after which the last of them is served. */
const IN_TIME = 0.8;

/** Turns that tell how long one takes. */
const RECENT = 32;

/**
 * Lets few hashes run at once, so that logins leave the processor to the rest, and few wait, so that a wait ends before
 * its client gives up.
 */
export class HashQueue {
  private free: number;
  private readonly waitingAtMost: number;
  /** milliseconds that a turn may be stretched to by its rest */
  private readonly longest: number;
  /** milliseconds that the last turns took */
  private readonly recent: number[] = [];
  /** in the order of arrival */
  private readonly waiting = new Set<() => void>();

  /**
   * @param processes how many on this machine have such a queue; they share what may run
   * @param patience milliseconds after which nobody waits any more
   */
  constructor(processes = 1, patience = Infinity) {
    const together = Math.min(MOST_AT_ONCE, Math.floor(availableParallelism() / 2));
    this.free = Math.max(1, Math.floor(together / processes));
    this.waitingAtMost = WAITING * this.free;
    this.longest = (IN_TIME * patience) / WAITING;
  }

  /**
   * Runs the work when its turn has come. A signal that aborts before gives up the place.
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

  /** Milliseconds that a turn rests which took so many, while the event loop was so busy. */
  private restAfter(elapsed: number, utilization: number): number {
    if (this.recent.push(elapsed) > RECENT) this.recent.shift();
    // The quickest few may have met hashes of less effort.
    const unhindered = this.recent.toSorted((a, b) => a - b)[this.recent.length >> 3] ?? elapsed;
    return Math.min(unhindered * (1 + REST * utilization), this.longest) - elapsed;
  }

  /** What to answer while too many wait. */
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
