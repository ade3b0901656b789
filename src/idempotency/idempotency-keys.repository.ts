import { hash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { type Executor, type Row, type Transaction } from '../database/executor';
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

export interface Claim {
  /** whether this transaction has the key; it has it until it ends */
  readonly isOurs: boolean;
  readonly stored: (StoredResponse & { readonly fingerprint: string }) | undefined;
  /** whether the stored response is expired */
  readonly isExpired: boolean;
}

/** Rows from before this time are expired. SQL. */
const EXPIRED_BEFORE = `now() - interval '24 hours'`;

/** The SQL of the responses that are sent again. */
@Injectable()
export class IdempotencyKeysRepository {
  /**
   * Tries to take the key for this transaction, without waiting for another one that has it, and reads the stored
   * response. A response that is committed while the statement runs can be missed: then `insertAndCommit` fails.
   */
  async claim(executor: Executor, { userId, key }: KeyedRequest): Promise<Claim> {
    const [row] = await executor.rows(
      `SELECT pg_try_advisory_xact_lock($1::int, $2::int), k.fingerprint, k.status, k.location, k.etag, k.body,
         k.created_at < ${EXPIRED_BEFORE}
       FROM (SELECT) AS once LEFT JOIN idempotency_keys k
         ON k.user_id = $3 AND k.key = $4`,
      [LOCKS.idempotencyKeys, lockNumber(userId, key), userId, key],
    );
    const [isOurs, fingerprint, status, location, etag, body, isExpired] = row as Row;
    const stored = { fingerprint, status: Number(status), location, etag, body } as Claim['stored'];
    return {
      isOurs: isOurs === 't',
      stored: fingerprint === null ? undefined : stored,
      isExpired: isExpired === 't',
    };
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

  async deleteExpired(executor: Executor, { userId, key }: KeyedRequest): Promise<void> {
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

/** 32 bits. If two keys have the same number, one of two simultaneous requests must be sent again. */
function lockNumber(userId: number, key: string): number {
  return hash('sha256', `${userId} ${key}`, 'buffer').readInt32BE();
}
