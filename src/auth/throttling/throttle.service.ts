import { Injectable } from '@nestjs/common';
import { Environment } from '../../config/environment';
import { Database } from '../../database/database';
import { addressOf } from './address';
import { type Counter, Levels, LIMITS } from './limits';
import { Refusal } from './refusal';
import { ThrottleRepository } from './throttle.repository';

export type RateLimitHeaders = Record<string, string>;

/** An attempt on an account: the counters of who tries, and of the account. Empty while nothing is throttled. */
export type Attempt = readonly Counter[];

/** Counts in the database, so that all instances share the counts and no race passes a limit. */
@Injectable()
export class ThrottleService {
  constructor(
    private readonly throttles: ThrottleRepository,
    private readonly database: Database,
    private readonly environment: Environment,
  ) {}

  /**
   * Counts a refresh of an address, or a registration: what tells whether an e-mail address is taken.
   *
   * @throws Refusal
   */
  async count(what: 'registrations' | 'refreshes', ip: string): Promise<RateLimitHeaders> {
    if (!this.environment.authThrottle) return {};
    return this.raise([{ limit: LIMITS[what], key: `${what} ${addressOf(ip)}`, refuses: true }]);
  }

  /**
   * Whether the account with this e-mail address, existing or not, may be tried from this address now. Counts nothing.
   *
   * @throws Refusal
   */
  async admit(email: string, ip: string): Promise<Attempt> {
    if (!this.environment.authThrottle) return [];
    const rows = await this.throttles.findLoginCounters(this.database, email, addressOf(ip));
    const attempt = rows.map(({ what, key, isKnown }) => ({
      limit: LIMITS[what],
      key,
      // Nobody can shut an account's owner out by failing from elsewhere.
      refuses: what !== 'account' || !isKnown,
    }));
    refuseBeyondLimits(new Levels(attempt, rows));
    return attempt;
  }

  /**
   * Counts an attempt as failed, before its password is looked at.
   *
   * @throws Refusal having counted nothing
   */
  async charge(attempt: Attempt): Promise<RateLimitHeaders> {
    return attempt.length === 0 ? {} : this.raise(attempt);
  }

  /** The attempt has succeeded: what was charged is given back, and the row of failures is over. */
  async forgive(attempt: Attempt): Promise<void> {
    const rowOfFailures = attempt.find(({ limit }) => limit === LIMITS.pair);
    if (!rowOfFailures) return;
    const keys = attempt.map(({ key }) => key);
    await this.throttles.forgive(this.database, keys, rowOfFailures.key);
  }

  private async raise(counters: readonly Counter[]): Promise<RateLimitHeaders> {
    return this.database.transaction(async (transaction) => {
      const levels = new Levels(counters, await this.throttles.raise(transaction, counters));
      // This rolls the transaction back: an attempt that is refused counts for nothing.
      refuseBeyondLimits(levels);
      return levels.headers(levels.nearest);
    });
  }
}

/** @throws Refusal */
function refuseBeyondLimits(levels: Levels): void {
  if (levels.exceeded.length > 0) throw new Refusal(levels);
}
