import { availableParallelism } from 'node:os';
import { performance } from 'node:perf_hooks';
import { Problem, UNAVAILABLE } from '../../common/problems/problem';

/**
 * How many hashes run at the same time. It is less than the number of failures in a row that lock an account: an
 * attempt counts as failed while it is checked, and right passwords must never lock an account.
 */
const MAX_CONCURRENT = 8;

/**
 * The pause after a turn is up to this many times as long as a turn, depending on how busy the event loop is. Without
 * pauses other requests would wait, because a running hash keeps its processor in spite of its low priority.
 */
const PAUSE_FACTOR = 2;

/** How many hashes may wait for each hash that may run. */
const MAX_WAITING_PER_SLOT = 100;

/** The last hash in the queue must start within this share of the client's timeout. */
const TIMEOUT_SHARE = 0.8;

/** How many of the last turns are used to estimate the duration of a turn. */
const SAMPLE_SIZE = 32;

/**
 * Limits how many hashes run at the same time, so that other requests get processor time, and how many wait, so that
 * each starts before its client gives up.
 */
export class HashQueue {
  private readonly slots: number;
  private freeSlots: number;
  private readonly maxWaiting: number;
  /** how long a turn with its pause may take, in milliseconds */
  private readonly maxTurn: number;
  /** duration of the last turns, in milliseconds */
  private readonly recentTurns: number[] = [];
  /** in the order of arrival */
  private readonly waiting = new Set<() => void>();

  /**
   * @param processes how many processes on this machine have such a queue; the limit is divided between them
   * @param timeout milliseconds after which a client gives up
   */
  constructor(processes = 1, timeout = Infinity) {
    const together = Math.min(MAX_CONCURRENT, Math.floor(availableParallelism() / 2));
    this.slots = this.freeSlots = Math.max(1, Math.floor(together / processes));
    this.maxWaiting = MAX_WAITING_PER_SLOT * this.slots;
    this.maxTurn = (TIMEOUT_SHARE * timeout) / MAX_WAITING_PER_SLOT;
  }

  /**
   * Runs the work when it is its turn. When the signal aborts before that, the work leaves the queue.
   *
   * @throws Problem 503 when too many wait already; the signal's reason
   */
  async run<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    if (this.freeSlots > 0) this.freeSlots--;
    else await this.waitForSlot(signal);
    const begin = performance.now();
    const before = performance.eventLoopUtilization();
    let pause = 0;
    try {
      const result = await work();
      pause = this.pauseAfter(
        performance.now() - begin,
        performance.eventLoopUtilization(before).utilization,
      );
      return result;
    } finally {
      if (pause >= 1 && this.waiting.size > 0) setTimeout(this.releaseSlot, pause);
      else this.releaseSlot();
    }
  }

  /**
   * The pause after a turn, in milliseconds. `utilization` is the share of `elapsed` in which the event loop was busy.
   */
  private pauseAfter(elapsed: number, utilization: number): number {
    if (this.recentTurns.push(elapsed) > SAMPLE_SIZE) this.recentTurns.shift();
    // An eighth of the turns is ignored as too quick: they may have checked hashes with lower cost parameters.
    const typical = this.recentTurns.toSorted((a, b) => a - b)[this.recentTurns.length >> 3] ?? elapsed;
    return Math.min(typical * (1 + PAUSE_FACTOR * utilization), this.maxTurn) - elapsed;
  }

  /** How many hashes run, or pause after their turn. */
  get runningCount(): number {
    return this.slots - this.freeSlots;
  }

  get waitingCount(): number {
    return this.waiting.size;
  }

  /** The problem to answer with while too many wait; undefined while the queue has room. */
  get refusal(): Problem | undefined {
    if (this.waiting.size < this.maxWaiting) return undefined;
    return new Problem(UNAVAILABLE, { detail: 'Too many logins are in progress; try again shortly.' });
  }

  private waitForSlot(signal: AbortSignal | undefined): Promise<void> {
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

  private readonly releaseSlot = (): void => {
    const [next] = this.waiting;
    if (!next) {
      this.freeSlots++;
      return;
    }
    this.waiting.delete(next);
    next();
  };
}
