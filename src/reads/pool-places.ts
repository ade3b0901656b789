import { Problem, UNAVAILABLE } from '../common/problems/problem';
import { type Environment } from '../config/environment';
import { poolShare } from './server-reads';

/** Which part of the pool one kind of work may hold, because each holds a connection for as long as a slow client takes. */
const POOL_SHARE = 1 / 3;

/** Seconds to wait for another one to end. */
const RETRY_AFTER = 5;

/** Limits how many connections of the pool are held by one kind of work that may take long. */
export class PoolPlaces {
  private readonly limit: number;
  private taken = 0;

  /** @param what it is, in the plural, for people */
  constructor(
    environment: Environment,
    private readonly what: string,
  ) {
    this.limit = Math.max(1, Math.floor(poolShare(environment) * POOL_SHARE));
  }

  /** @returns what gives the place back, once @throws Problem `unavailable` if all are taken */
  take(): () => void {
    if (this.taken >= this.limit) {
      throw new Problem(UNAVAILABLE, {
        detail: `Too many ${this.what} are running; try again shortly.`,
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
