import { Injectable } from '@nestjs/common';
import { Environment } from '../../config/environment';
import { Database } from '../../database/database';
import { type Executor } from '../../database/executor';
import { addressOf } from './address';
import { type Counter, Levels, LIMITS } from './limits';
import { Refusal } from './refusal';
import { ThrottleRepository } from './throttle.repository';

export type RateLimitHeaders = Record<string, string>;

/** A login attempt: the counters of its address and of the account. Empty when AUTH_THROTTLE is off. */
export type Attempt = readonly Counter[];

/** Counts in the database, so that all instances share the counters, and concurrent requests cannot exceed a limit. */
@Injectable()
export class ThrottleService {
  constructor(
    private readonly throttles: ThrottleRepository,
    private readonly database: Database,
    private readonly environment: Environment,
  ) {}

  /**
   * Counts a refresh or a registration by address. Every request that shows whether an e-mail address is taken counts
   * as a registration.
   *
   * @throws Refusal
   */
  async count(
    executor: Executor,
    what: 'registrations' | 'refreshes',
    ip: string,
  ): Promise<RateLimitHeaders> {
    if (!this.environment.authThrottle) return {};
    return this.raise(executor, [{ limit: LIMITS[what], key: `${what} ${addressOf(ip)}`, refuses: true }]);
  }

  /**
   * Checks whether a login from this address to this account, which need not exist, is allowed now. It counts nothing.
   *
   * @throws Refusal
   */
  async admit(email: string, ip: string): Promise<Attempt> {
    if (!this.environment.authThrottle) return [];
    const rows = await this.throttles.findLoginCounters(this.database, email, addressOf(ip));
    const attempt = rows.map(({ what, key, isKnown }) => ({
      limit: LIMITS[what],
      key,
      // Failures from other addresses must not lock out the owner of the account.
      refuses: what !== 'account' || !isKnown,
    }));
    refuseBeyondLimits(new Levels(attempt, rows));
    return attempt;
  }

  /**
   * Counts an attempt as failed, before its password is checked.
   *
   * @throws Refusal, after which nothing is counted
   */
  async charge(executor: Executor, attempt: Attempt): Promise<RateLimitHeaders> {
    return attempt.length === 0 ? {} : this.raise(executor, attempt);
  }

  /** Undoes the count of an attempt that has succeeded, and sets its failures in a row to zero. */
  async forgive(executor: Executor, attempt: Attempt): Promise<void> {
    const pair = attempt.find(({ limit }) => limit === LIMITS.pair);
    if (!pair) return;
    const keys = attempt.map(({ key }) => key);
    await this.throttles.forgive(executor, keys, pair.key);
  }

  private async raise(executor: Executor, counters: readonly Counter[]): Promise<RateLimitHeaders> {
    return executor.transaction(async (transaction) => {
      const levels = new Levels(counters, await this.throttles.raise(transaction, counters));
      // A refusal rolls the transaction back, so a refused attempt is not counted.
      refuseBeyondLimits(levels);
      return levels.headers(levels.nearest);
    });
  }
}

/** @throws Refusal */
function refuseBeyondLimits(levels: Levels): void {
  if (levels.exceeded.length > 0) throw new Refusal(levels);
}
