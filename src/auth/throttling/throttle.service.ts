import { Injectable } from '@nestjs/common';
import { InjectEntityManager } from '@nestjs/typeorm';
import { EntityManager } from 'typeorm';
import { Problem, TOO_MANY_REQUESTS } from '../../common/problems/problem';
import { Environment } from '../../config/environment';
import { retryOnContention } from '../../database/errors';
import { type Row } from '../../database/executor';
import { Database } from '../../database/database';
import { addressOf } from './address';

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
  readonly limit: Limit;
  readonly key: string;
  /** It is raised in any case; whether it can refuse this caller. */
  readonly refuses: boolean;
}

/** A counter after it was raised. */
interface Level {
  count: number;
  /** seconds until it begins anew */
  reset: number;
}

export type RateLimitHeaders = Record<string, string>;

/** An attempt on an account: who tried, and on which account. */
export type Attempt = readonly Counter[];

/** Seconds within which the attempts that shut a door have surely turned out to have failed or not. */
const DECISION_TIME = 5;

/** A 429. */
export class Refusal extends Problem {
  /** Its lock is so new that attempts which count as failed for now may yet succeed, and open it. */
  readonly isUndecided: boolean;

  constructor(beyond: readonly Counter[], levels: ReadonlyMap<string, Level>) {
    const resetOf = ({ key }: Counter) => levels.get(key)?.reset ?? 0;
    const [longest] = beyond.toSorted((a, b) => resetOf(b) - resetOf(a));
    const wait = Math.max(1, ...beyond.map(resetOf));
    super(TOO_MANY_REQUESTS, { headers: { ...headersOf(longest, levels), 'retry-after': String(wait) } });
    this.isUndecided = beyond.every(
      (counter) => counter.limit.lock !== undefined && resetOf(counter) > counter.limit.lock - DECISION_TIME,
    );
  }
}

/** Counts in the database, so that all instances share the counts and none can be raced past. */
@Injectable()
export class ThrottleService {
  constructor(
    @InjectEntityManager() private readonly manager: EntityManager,
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
    const rows = await this.database.rows(
      `SELECT what, given.key, is_known, coalesce(count, 0) + 1, coalesce(${SECONDS_LEFT}, 0)
       FROM (
         SELECT encode(sha256(convert_to(account, 'UTF8')), 'hex') AS account, EXISTS (
           SELECT FROM login_addresses a JOIN users u ON u.id = a.user_id
           WHERE lower(u.email) = account AND a.address = $2 AND a.last_used_at > now() - interval '30 days'
         ) AS is_known
         FROM lower($1 COLLATE "und-x-icu") AS account
       ) AS login
       CROSS JOIN LATERAL (VALUES
         ('pair', 'login ' || account || ' ' || $2), ('address', 'login from ' || $2), ('account', 'login to ' || account)
       ) AS given (what, key)
       LEFT JOIN throttles t ON t.key = given.key AND t.resets_at > now()`,
      [email, addressOf(ip)],
    );
    const states = rows.map(toAttemptState);
    const attempt = states.map(({ what, key, isKnown }) => ({
      limit: LIMITS[what],
      key,
      // Nobody can shut an account's owner out by failing from elsewhere.
      refuses: what !== 'account' || !isKnown,
    }));
    refuseBeyondLimits(attempt, levelsOf(attempt, states));
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
    if (attempt.length === 0) return;
    await retryOnContention(() =>
      this.database.rows(
        `WITH locked AS (
           SELECT key FROM throttles WHERE key = ANY ($1) ORDER BY key FOR UPDATE
         )
         UPDATE throttles t SET count = CASE WHEN t.key = $2 THEN 0 ELSE greatest(t.count - 1, 0) END
         FROM locked WHERE t.key = locked.key`,
        [attempt.map(({ key }) => key), attempt.find(({ limit }) => limit === LIMITS.pair)?.key],
      ),
    );
  }

  private async raise(counters: readonly Counter[]): Promise<RateLimitHeaders> {
    return retryOnContention(() =>
      this.manager.transaction(async (manager) => {
        const levels = await raiseCounters(manager, counters);
        // Throwing rolls back: an attempt that is refused counts for nothing.
        refuseBeyondLimits(counters, levels);
        return headersOf(nearestToLimit(counters, levels), levels);
      }),
    );
  }
}

interface AttemptState extends Level {
  what: 'pair' | 'address' | 'account';
  key: string;
  isKnown: boolean;
}

function toAttemptState(row: Row): AttemptState {
  const [what, key, isKnown, count, reset] = row as [AttemptState['what'], string, string, string, string];
  return { what, key, isKnown: isKnown === 't', count: Number(count), reset: Number(reset) };
}

/** Rounded first: a stored time has milliseconds, and the clock more. */
const SECONDS_LEFT = 'ceil(round(extract(epoch FROM resets_at - now()), 3))::int';

/**
 * Always in the order of the keys, so that no two transactions wait for each other. Where there is a lock, each failure
 * moves the end of the row; the last one that is allowed shuts the door.
 */
async function raiseCounters(
  manager: EntityManager,
  counters: readonly Counter[],
): Promise<Map<string, Level>> {
  const rows = await manager.query<(Level & { key: string })[]>(
    `WITH given AS (
       SELECT * FROM unnest($1::text[], $2::int[], $3::int[], $4::int[]) AS given (key, seconds, most, lock)
     )
     INSERT INTO throttles (key, count, resets_at)
     SELECT key, 1, now() + make_interval(secs => seconds) FROM given ORDER BY key
     ON CONFLICT (key) DO UPDATE SET
       count = CASE WHEN throttles.resets_at <= now() THEN 1 ELSE throttles.count + 1 END,
       resets_at = CASE WHEN throttles.resets_at <= now() THEN excluded.resets_at ELSE coalesce((
         SELECT now() + make_interval(secs => CASE throttles.count + 1 WHEN most THEN lock ELSE seconds END)
         FROM given WHERE given.key = throttles.key AND lock IS NOT NULL AND throttles.count < most
       ), throttles.resets_at) END
     RETURNING key, count, ${SECONDS_LEFT} AS reset`,
    [
      counters.map(({ key }) => key),
      counters.map(({ limit }) => limit.window),
      counters.map(({ limit }) => limit.count),
      counters.map(({ limit }) => limit.lock),
    ],
  );
  return levelsOf(counters, rows);
}

function levelsOf(
  counters: readonly Counter[],
  rows: readonly (Level & { key: string })[],
): Map<string, Level> {
  const levels = new Map(rows.map(({ key, count, reset }) => [key, { count, reset }]));
  for (const { limit, key } of counters) {
    const level = levels.get(key);
    if (!level) continue;
    // A transaction that has waited for another knows an earlier time than the one that set the end.
    const longest = level.count >= limit.count ? (limit.lock ?? limit.window) : limit.window;
    level.reset = Math.min(level.reset, longest);
  }
  return levels;
}

function refuseBeyondLimits(counters: readonly Counter[], levels: ReadonlyMap<string, Level>): void {
  const beyond = counters.filter((counter) => counter.refuses && remainingOf(counter, levels) < 0);
  if (beyond.length > 0) throw new Refusal(beyond, levels);
}

/** How often it may still happen; below zero when it has happened too often. */
function remainingOf({ limit, key }: Counter, levels: ReadonlyMap<string, Level>): number {
  return limit.count - (levels.get(key)?.count ?? 0);
}

function nearestToLimit(
  counters: readonly Counter[],
  levels: ReadonlyMap<string, Level>,
): Counter | undefined {
  const refusing = counters.filter(({ refuses }) => refuses);
  return refusing.sort((a, b) => remainingOf(a, levels) - remainingOf(b, levels))[0];
}

/** The headers of draft-ietf-httpapi-ratelimit-headers-10 for one counter. */
function headersOf(counter: Counter | undefined, levels: ReadonlyMap<string, Level>): RateLimitHeaders {
  if (!counter) return {};
  const { limit, key } = counter;
  const remaining = Math.max(0, remainingOf(counter, levels));
  return {
    'ratelimit-policy': `"${limit.name}";q=${limit.count};w=${limit.window}`,
    ratelimit: `"${limit.name}";r=${remaining};t=${levels.get(key)?.reset ?? limit.window}`,
  };
}
