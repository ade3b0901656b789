import { Problem, UNAVAILABLE } from './problems/problem';

/** Seconds to wait for another one to end. */
const RETRY_AFTER = 5;

/** Limits how many of something there are at once in this process. */
export class Places {
  private taken = 0;
  /** what lets each of those go on who wait for a place, the first one first */
  private readonly waiting = new Set<() => void>();

  /** @param tooMany what people are told when all are taken, without the advice to try again */
  constructor(
    private readonly limit: number,
    private readonly tooMany: string,
  ) {}

  /** @returns what gives the place back, once @throws Problem `unavailable` if all are taken */
  take(): () => void {
    if (this.taken >= this.limit) throw this.refusal();
    this.taken++;
    return this.leaving();
  }

  /**
   * Runs `work` in a place. If all are taken it waits for one, because most are free again soon. As many wait as there are
   * places: whoever waits may hold something already.
   *
   * @throws Problem `unavailable` if too many wait, or none was free in time
   */
  async hold<T>(work: () => Promise<T>): Promise<T> {
    const leave = this.taken < this.limit ? this.take() : await this.wait();
    try {
      return await work();
    } finally {
      leave();
    }
  }

  private async wait(): Promise<() => void> {
    if (this.waiting.size >= this.limit) throw this.refusal();
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.waiting.delete(go);
        reject(this.refusal());
      }, RETRY_AFTER * 1000);
      const go = () => {
        clearTimeout(timer);
        this.waiting.delete(go);
        resolve();
      };
      this.waiting.add(go);
    });
    return this.leaving();
  }

  /** What gives a place back, or to the first who waits. */
  private leaving(): () => void {
    let isTaken = true;
    return () => {
      if (!isTaken) return;
      isTaken = false;
      const [next] = this.waiting;
      if (next) next();
      else this.taken--;
    };
  }

  private refusal(): Problem {
    return new Problem(UNAVAILABLE, {
      detail: `${this.tooMany}; try again shortly.`,
      headers: { 'retry-after': String(RETRY_AFTER) },
    });
  }
}
