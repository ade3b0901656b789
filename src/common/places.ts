import { Problem, UNAVAILABLE } from './problems/problem';

/** Seconds to wait for another one to end. */
const RETRY_AFTER = 5;

/** Limits how many of something there are at once in this process. */
export class Places {
  private taken = 0;

  /** @param tooMany what people are told when all are taken, without the advice to try again */
  constructor(
    private readonly limit: number,
    private readonly tooMany: string,
  ) {}

  /** @returns what gives the place back, once @throws Problem `unavailable` if all are taken */
  take(): () => void {
    if (this.taken >= this.limit) {
      throw new Problem(UNAVAILABLE, {
        detail: `${this.tooMany}; try again shortly.`,
        headers: { 'retry-after': String(RETRY_AFTER) },
      });
    }
    this.taken++;
    let isTaken = true;
    return () => {
      if (isTaken) this.taken--;
      isTaken = false;
    };
  }

  /** Runs `work` in a place. @throws Problem `unavailable` if all are taken */
  async hold<T>(work: () => Promise<T>): Promise<T> {
    const leave = this.take();
    try {
      return await work();
    } finally {
      leave();
    }
  }
}
