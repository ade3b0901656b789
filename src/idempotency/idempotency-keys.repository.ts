import { Injectable } from '@nestjs/common';
import { isInvalidText } from '../database/errors';
import { type Executor, type Transaction } from '../database/executor';
import { deleteRowsBefore } from '../database/expired-rows';
import { LOCKS } from '../database/locks';

/** An `Idempotency-Key`, and the request that it was sent with. */
export interface KeyedRequest {
  readonly userId: number;
  readonly key: string;
  /** a hash of the method, the path and the body */
  readonly fingerprint: string;
}

/** A response as it was sent. */
export interface StoredResponse {
  readonly status: number;
  readonly location: string | null;
  readonly etag: string | null;
  readonly body: string;
}

export type KeptResponse = StoredResponse & {
  readonly fingerprint: string;
  readonly isExpired: boolean;
};

/** Rows from before this time are expired. SQL. */
const EXPIRED_BEFORE = `now() - interval '24 hours'`;

/** The key cannot be claimed. The transaction must be rolled back. */
export class KeyInUse extends Error {
  override name = 'KeyInUse';
}

/** The SQL of the responses that are sent again. */
@Injectable()
export class IdempotencyKeysRepository {
  /**
   * Takes an unused key for this transaction, until it ends, together with its next statement, which rejects if it cannot.
   * It does not wait for another transaction that has the key. A response that is committed while the statement runs can
   * be missed: then `insertAndCommit` fails.
   *
   * @throws KeyInUse in the next statement: another transaction has the key, or there is a response, which may be expired
   */
  async claim(
    transaction: Transaction,
    { userId, key }: Pick<KeyedRequest, 'userId' | 'key'>,
  ): Promise<void> {
    await transaction.precede(
      `SELECT CASE WHEN pg_try_advisory_xact_lock(${LOCKS.idempotencyKeys}, hashtext($1::bigint || ' ' || $2))
         AND NOT EXISTS (SELECT FROM idempotency_keys WHERE user_id = $1 AND key = $2)
         THEN '1' ELSE 'this Idempotency-Key is in use' END::int`,
      [String(userId), key],
      (error) => (isInvalidText(error) ? new KeyInUse() : (error as Error)),
    );
  }

  async find(
    executor: Executor,
    { userId, key }: Pick<KeyedRequest, 'userId' | 'key'>,
  ): Promise<KeptResponse | undefined> {
    const [row] = await executor.rows(
      `SELECT fingerprint, status, location, etag, body, created_at < ${EXPIRED_BEFORE}
       FROM idempotency_keys WHERE user_id = $1 AND key = $2`,
      [userId, key],
    );
    if (!row) return undefined;
    const [fingerprint, status, location, etag, body, isExpired] = row;
    const response = {
      fingerprint,
      status: Number(status),
      location,
      etag,
      body,
      isExpired: isExpired === 't',
    };
    return response as KeptResponse;
  }

  /** Ends the transaction. It fails at the primary key if there is a response already. */
  async insertAndCommit(
    transaction: Transaction,
    { userId, key, fingerprint }: KeyedRequest,
    { status, location, etag, body }: StoredResponse,
  ): Promise<void> {
    await transaction.last(
      `INSERT INTO idempotency_keys (user_id, key, fingerprint, status, location, etag, body)
       VALUES ($1, $2, $3, $4, $5, $6, $7)`,
      [userId, key, fingerprint, status, location, etag, body],
    );
  }

  async deleteExpired(
    executor: Executor,
    { userId, key }: Pick<KeyedRequest, 'userId' | 'key'>,
  ): Promise<void> {
    await executor.rows(
      `DELETE FROM idempotency_keys WHERE user_id = $1 AND key = $2 AND created_at < ${EXPIRED_BEFORE}`,
      [userId, key],
    );
  }

  async removeExpired(executor: Executor, limit: number): Promise<number> {
    const expired = { table: 'idempotency_keys', column: 'created_at', end: EXPIRED_BEFORE };
    return deleteRowsBefore(executor, expired, limit);
  }
}
