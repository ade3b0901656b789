/** How often something may happen for one key. */
export interface Limit {
  /** name in the RateLimit headers */
  readonly name: string;
  readonly count: number;
  /** seconds from the first event until the count starts again */
  readonly window: number;
  /** seconds for which everything is refused after the count is reached; without it, until the window ends */
  readonly lock?: number;
}

/** All limits. They are documented in docs/operations.md. */
export const LIMITS = {
  // Failures in a row: the count starts again after a success, or after a day without a failure.
  pair: { name: 'account-and-address', count: 10, window: 86_400, lock: 900 },
  address: { name: 'address', count: 100, window: 3600 },
  account: { name: 'account', count: 100, window: 3600 },
  registrations: { name: 'registrations', count: 20, window: 3600 },
  refreshes: { name: 'refreshes', count: 60, window: 60 },
} satisfies Record<string, Limit>;

/** A limit for one account, address or both. */
export interface Counter {
  readonly limit: Limit;
  readonly key: string;
  /** Whether it can refuse this caller. It is incremented in both cases. */
  readonly refuses: boolean;
}

/** A counter's row. */
export interface CountedRow {
  readonly key: string;
  readonly count: number;
  /** seconds until the count starts again */
  readonly reset: number;
}

/** Counters together with their rows. */
export class Levels {
  private readonly byKey = new Map<string, CountedRow>();

  constructor(
    private readonly counters: readonly Counter[],
    rows: readonly CountedRow[],
  ) {
    const limits = new Map(counters.map(({ key, limit }) => [key, limit]));
    for (const row of rows) {
      const limit = limits.get(row.key);
      if (limit) this.byKey.set(row.key, { ...row, reset: Math.min(row.reset, longestReset(limit, row)) });
    }
  }

  /** The counters that are above their limit, and refuse. */
  get exceeded(): Counter[] {
    return this.counters.filter((counter) => counter.refuses && this.remaining(counter) < 0);
  }

  /** The counter that is nearest to its limit, among those that can refuse. */
  get nearest(): Counter | undefined {
    const refusing = this.counters.filter(({ refuses }) => refuses);
    return refusing.sort((a, b) => this.remaining(a) - this.remaining(b))[0];
  }

  /** Seconds until the count of this counter starts again. */
  reset({ key, limit }: Counter): number {
    return this.byKey.get(key)?.reset ?? limit.window;
  }

  /** The headers of draft-ietf-httpapi-ratelimit-headers-10 for one counter. */
  headers(counter: Counter | undefined): Record<string, string> {
    if (!counter) return {};
    const { name, count, window } = counter.limit;
    const remaining = Math.max(0, this.remaining(counter));
    return {
      'ratelimit-policy': `"${name}";q=${count};w=${window}`,
      ratelimit: `"${name}";r=${remaining};t=${this.reset(counter)}`,
    };
  }

  /** How often it may still happen; negative above the limit. */
  private remaining({ key, limit }: Counter): number {
    return limit.count - (this.byKey.get(key)?.count ?? 0);
  }
}

/**
 * A transaction that waited for a lock has an older `now()` than the one that set the end, so the difference can be too
 * long.
 */
function longestReset({ count, window, lock = window }: Limit, row: CountedRow): number {
  return row.count >= count ? lock : window;
}
