import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { type EntityManager, type Repository } from 'typeorm';
import { Problem, TOO_MANY_REQUESTS } from '../common/problems/problem';
import { Environment } from '../config/environment';
import { retryOnContention } from '../database/errors';
import { addressOf } from './address';
import { Throttle } from './throttle.entity';

/** How often something may happen under one key. */
interface Limit {
  /** name in the RateLimit headers */
  readonly name: string;
  readonly count: number;
  /** seconds from the first until the count begins anew */
  readonly window: number;
  /** seconds that it is shut once the count is reached; without it, until the window ends */
  readonly lock?: number;
}

/** What is throttled: the table of the contract. */
const LIMITS = {
  // "In a row" ends with a success, or with a day without a failure.
  pair: { name: 'account-and-address', count: 10, window: 86_400, lock: 900 },
  address: { name: 'address', count: 100, window: 3600 },
  account: { name: 'account', count: 100, window: 3600 },
  registrations: { name: 'registrations', count: 20, window: 3600 },
  refreshes: { name: 'refreshes', count: 60, window: 60 },
} satisfies Record<string, Limit>;

interface Counter {
  limit: Limit;
  key: string;
}

/** A counter after it was raised. */
interface Level {
  count: number;
  /** seconds until it begins anew */
  reset: number;
}

export type RateLimitHeaders = Record<string, string>;

/** An attempt on an account: it counts as failed from before its password is looked at until it has succeeded. */
export interface Attempt {
  /** who tried, and on which account, as keys */
  readonly counters: readonly Counter[];
  /** what the counters say, for the response */
  readonly headers: RateLimitHeaders;
}

/** Counts in the database, so that all instances share the counts and none can be raced past. */
@Injectable()
export class ThrottleService {
  constructor(
    @InjectRepository(Throttle) private readonly throttles: Repository<Throttle>,
    private readonly environment: Environment,
  ) {}

  /**
   * Counts a registration or a refresh of an address.
   *
   * @throws Problem 429
   */
  async count(what: 'registrations' | 'refreshes', ip: string): Promise<RateLimitHeaders> {
    if (!this.environment.authThrottle) return {};
    return this.raise([{ limit: LIMITS[what], key: `${what} ${addressOf(ip)}` }]);
  }

  /**
   * Counts an attempt on the account with this e-mail address, existing or not, as failed to begin with.
   *
   * @throws Problem 429, having counted nothing
   */
  async charge(email: string, ip: string): Promise<Attempt> {
    if (!this.environment.authThrottle) return { counters: [], headers: {} };
    const counters = await this.countersOf(email, addressOf(ip));
    return { counters, headers: await this.raise(counters) };
  }

  /** The attempt has succeeded: what was charged is given back, and the row of failures is over. */
  async forgive({ counters }: Attempt): Promise<void> {
    if (counters.length === 0) return;
    await retryOnContention(() =>
      this.throttles.query(
        `WITH locked AS (
           SELECT key FROM throttles WHERE key = ANY ($1) ORDER BY key FOR UPDATE
         )
         UPDATE throttles t SET count = CASE WHEN t.key = $2 THEN 0 ELSE greatest(t.count - 1, 0) END
         FROM locked WHERE t.key = locked.key`,
        [counters.map(({ key }) => key), counters[0]?.key],
      ),
    );
  }

  private async countersOf(email: string, address: string): Promise<Counter[]> {
    const [row] = await this.throttles.query<{ account: string; isKnown: boolean }[]>(
      `SELECT encode(sha256(convert_to(account, 'UTF8')), 'hex') AS account, EXISTS (
         SELECT FROM login_addresses a JOIN users u ON u.id = a.user_id
         WHERE lower(u.email) = account AND a.address = $2 AND a.last_used_at > now() - interval '30 days'
       ) AS "isKnown"
       FROM lower($1 COLLATE "und-x-icu") AS account`,
      [email, address],
    );
    const { account, isKnown } = row as { account: string; isKnown: boolean };
    return [
      { limit: LIMITS.pair, key: `login ${account} ${address}` },
      { limit: LIMITS.address, key: `login from ${address}` },
      // Nobody can shut an account's owner out by failing from elsewhere.
      ...(isKnown ? [] : [{ limit: LIMITS.account, key: `login to ${account}` }]),
    ];
  }

  private async raise(counters: readonly Counter[]): Promise<RateLimitHeaders> {
    return retryOnContention(() =>
      this.throttles.manager.transaction(async (manager) => {
        const levels = await raiseCounters(manager, counters);
        // Throwing rolls back: an attempt that is refused counts for nothing.
        refuseBeyondLimits(counters, levels);
        return headersOf(counters, levels);
      }),
    );
  }
}

/** Rounded first: a stored time has milliseconds, and the clock more. */
const SECONDS_LEFT = 'ceil(round(extract(epoch FROM resets_at - now()), 3))::int';

/** Always in the order of the keys, so that no two transactions wait for each other. */
async function raiseCounters(
  manager: EntityManager,
  counters: readonly Counter[],
): Promise<Map<string, Level>> {
  const rows = await manager.query<(Level & { key: string })[]>(
    `INSERT INTO throttles (key, count, resets_at)
     SELECT key, 1, now() + make_interval(secs => seconds)
     FROM unnest($1::text[], $2::int[]) AS given (key, seconds) ORDER BY key
     ON CONFLICT (key) DO UPDATE SET
       count = CASE WHEN throttles.resets_at <= now() THEN 1 ELSE throttles.count + 1 END,
       resets_at = CASE WHEN throttles.resets_at <= now() THEN excluded.resets_at ELSE throttles.resets_at END
     RETURNING key, count, ${SECONDS_LEFT} AS reset`,
    [counters.map(({ key }) => key), counters.map(({ limit }) => limit.window)],
  );
  const levels = new Map(rows.map((row) => [row.key, row]));
  for (const { limit, key } of counters) {
    const level = levels.get(key);
    if (!limit.lock || !level || level.count > limit.count) continue;
    // Each failure moves the end of the row; the last one that is allowed shuts the door.
    const seconds = level.count === limit.count ? limit.lock : limit.window;
    await manager.query(`UPDATE throttles SET resets_at = now() + make_interval(secs => $2) WHERE key = $1`, [
      key,
      seconds,
    ]);
    level.reset = seconds;
  }
  return levels;
}

function refuseBeyondLimits(counters: readonly Counter[], levels: ReadonlyMap<string, Level>): void {
  const beyond = counters.filter(({ limit, key }) => (levels.get(key)?.count ?? 0) > limit.count);
  if (beyond.length === 0) return;
  const wait = Math.max(1, ...beyond.map(({ key }) => levels.get(key)?.reset ?? 0));
  throw new Problem(TOO_MANY_REQUESTS, {
    headers: { ...headersOf(beyond, levels), 'retry-after': String(wait) },
  });
}

/** The headers of draft-ietf-httpapi-ratelimit-headers-10, for the counter that is nearest to its limit. */
function headersOf(counters: readonly Counter[], levels: ReadonlyMap<string, Level>): RateLimitHeaders {
  const remaining = ({ limit, key }: Counter) => Math.max(0, limit.count - (levels.get(key)?.count ?? 0));
  const [nearest] = [...counters].sort((a, b) => remaining(a) - remaining(b));
  if (!nearest) return {};
  const { limit, key } = nearest;
  return {
    'ratelimit-policy': `"${limit.name}";q=${limit.count};w=${limit.window}`,
    ratelimit: `"${limit.name}";r=${remaining(nearest)};t=${levels.get(key)?.reset ?? limit.window}`,
  };
}
