import { Injectable } from '@nestjs/common';
import { retryOnContention } from '../../database/errors';
import { type Executor } from '../../database/executor';
import { deleteRowsBefore } from '../../database/expired-rows';
import { isKnownAddress } from '../sessions/login-addresses.repository';
import { type CountedRow, type Counter } from './limits';

/** One of the three counters of a login, as it would be after the attempt. */
export interface LoginCounterRow extends CountedRow {
  what: 'pair' | 'address' | 'account';
  /** whether the account had a session from this address */
  isKnown: boolean;
}

/** It is rounded first, because a stored time has milliseconds, but the clock has microseconds. */
const SECONDS_LEFT = 'ceil(round(extract(epoch FROM resets_at - now()), 3))::int';

/** The SQL of the counters, which are in the database so that all instances share them. */
@Injectable()
export class ThrottleRepository {
  /** Reads the counters of a login from an address to an account, which need not exist. */
  async findLoginCounters(executor: Executor, email: string, address: string): Promise<LoginCounterRow[]> {
    const rows = await executor.rows(
      `SELECT what, given.key, is_known, coalesce(count, 0) + 1, coalesce(${SECONDS_LEFT}, 0)
       FROM (
         SELECT encode(sha256(convert_to(account, 'UTF8')), 'hex') AS account,
           ${isKnownAddress('account', '$2')} AS is_known
         FROM lower($1 COLLATE "und-x-icu") AS account
       ) AS login
       CROSS JOIN LATERAL (VALUES
         ('pair', 'login ' || account || ' ' || $2), ('address', 'login from ' || $2), ('account', 'login to ' || account)
       ) AS given (what, key)
       LEFT JOIN throttles t ON t.key = given.key AND t.resets_at > now()`,
      [email, address],
    );
    return rows.map((row) => {
      const [what, key, isKnown, ...numbers] = row as [LoginCounterRow['what'], ...string[]];
      const [count = 0, reset = 0] = numbers.map(Number);
      return { what, key: key ?? '', isKnown: isKnown === 't', count, reset };
    });
  }

  /**
   * Increments each counter, always in the order of the keys, to avoid deadlocks. If the limit has a lock, each failure
   * extends the window, and the last allowed failure starts the lock.
   */
  async raise(executor: Executor, counters: readonly Counter[]): Promise<CountedRow[]> {
    const rows = await executor.rows(
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
       RETURNING key, count, ${SECONDS_LEFT}`,
      [
        counters.map(({ key }) => key),
        counters.map(({ limit }) => limit.window),
        counters.map(({ limit }) => limit.count),
        counters.map(({ limit }) => limit.lock ?? null),
      ],
    );
    return rows.map(([key, count, reset]) => ({
      key: key ?? '',
      count: Number(count),
      reset: Number(reset),
    }));
  }

  /** Subtracts one from the count of each key, and sets the count of `keyToReset` to zero. */
  async forgive(executor: Executor, keys: readonly string[], keyToReset: string): Promise<void> {
    await retryOnContention(() =>
      executor.rows(
        `WITH locked AS (
           SELECT key FROM throttles WHERE key = ANY ($1) ORDER BY key FOR UPDATE
         )
         UPDATE throttles t SET count = CASE WHEN t.key = $2 THEN 0 ELSE greatest(t.count - 1, 0) END
         FROM locked WHERE t.key = locked.key`,
        [keys, keyToReset],
      ),
    );
  }

  async removeExpired(executor: Executor, limit: number): Promise<number> {
    return deleteRowsBefore(executor, { table: 'throttles', column: 'resets_at', end: 'now()' }, limit);
  }
}
