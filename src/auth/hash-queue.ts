import { availableParallelism } from 'node:os';
import { Injectable } from '@nestjs/common';
import { Problem, UNAVAILABLE } from '../common/problems/problem';

/**
 * Lets few hashes run at once, so that logins leave the processor to the rest, and few wait, so that a wait ends before
 * its client gives up.
 */
@Injectable()
export class HashQueue {
  private free = Math.max(1, Math.floor(availableParallelism() / 2));
  private readonly waitingAtMost = 100 * this.free;
  private readonly waiting: (() => void)[] = [];

  /** @throws Problem 503 when too many wait already */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.free > 0) this.free--;
    else await this.turn();
    try {
      return await work();
    } finally {
      const next = this.waiting.shift();
      if (next) next();
      else this.free++;
    }
  }

  private turn(): Promise<void> {
    if (this.waiting.length >= this.waitingAtMost) {
      throw new Problem(UNAVAILABLE, { detail: 'Too many logins are under way; try again shortly.' });
    }
    return new Promise((resolve) => this.waiting.push(resolve));
  }
}
