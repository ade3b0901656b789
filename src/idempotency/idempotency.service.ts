import { Injectable } from '@nestjs/common';
import { Replay } from '../common/http/send';
import { Metrics } from '../common/metrics';
import { onConstraint } from '../common/problems/on-constraint';
import { PROBLEM_JSON } from '../common/problems/api-problems.decorator';
import { Problem } from '../common/problems/problem';
import { unauthenticated } from '../common/problems/unauthenticated';
import { violatedConstraint } from '../database/errors';
import { type Executor } from '../database/executor';
import {
  IdempotencyKeysRepository,
  type KeyedRequest,
  KeyInUse,
  type StoredResponse,
} from './idempotency-keys.repository';
import { IDEMPOTENCY_KEY_REUSED, IN_PROGRESS } from './idempotency.problems';

/** What a request with an `Idempotency-Key` does, and how its outcome is stored. */
export interface KeyedWork<T> {
  /** Runs in the transaction that also stores the response. It can run several times, also without any effect. */
  run: (executor: Executor) => Promise<T>;
  toResponse: (result: T) => StoredResponse;
  toProblemResponse: (problem: Problem) => StoredResponse;
}

/** A request whose fingerprint may be known only after it was served, because its body is read as it arrives. */
export interface FingerprintedRequest extends Omit<KeyedRequest, 'fingerprint'> {
  readonly fingerprint: string | (() => Promise<string>);
}

/** Makes requests with an `Idempotency-Key` happen at most once. */
@Injectable()
export class IdempotencyService {
  private readonly countReplay: () => void;

  constructor(
    private readonly keys: IdempotencyKeysRepository,
    metrics: Metrics,
  ) {
    this.countReplay = metrics.counter(
      'emporium_idempotency_replays_total',
      'Requests that got the stored response of an earlier request with the same Idempotency-Key.',
    );
  }

  /**
   * Runs `work` and stores its response in one transaction, or returns the stored response.
   *
   * @throws Problem `in_progress`, `idempotency_key_reused`, and those of `work`
   */
  async run<T>(executor: Executor, request: FingerprintedRequest, work: KeyedWork<T>): Promise<T | Replay> {
    try {
      return await this.runOnce(executor, request, work);
    } catch (error) {
      // Another transaction has stored a response after this one had looked for it.
      if (violatedConstraint(error) === 'idempotency_keys_pkey') return this.run(executor, request, work);
      // The account may have been deleted since the access check.
      throw onConstraint(error, {
        idempotency_keys_user_id_fkey: unauthenticated('access', 'session_ended'),
      });
    }
  }

  private async runOnce<T>(
    executor: Executor,
    request: FingerprintedRequest,
    work: KeyedWork<T>,
  ): Promise<T | Replay> {
    try {
      return await this.runFirst(executor, request, work);
    } catch (error) {
      if (!isKeyInUse(error)) throw error;
    }
    const kept = await this.keys.find(executor, request);
    if (!kept) throw new Problem(IN_PROGRESS);
    if (kept.isExpired) {
      // Another request may replace it first. Then it is not expired, and not deleted.
      await this.keys.deleteExpired(executor, request);
      return this.runOnce(executor, request, work);
    }
    if (kept.fingerprint !== (await fingerprintOf(request))) throw new Problem(IDEMPOTENCY_KEY_REUSED);
    this.countReplay();
    return toReplay(kept);
  }

  /** For a key that is not in use. @throws KeyInUse, Problem */
  private async runFirst<T>(
    executor: Executor,
    request: FingerprintedRequest,
    work: KeyedWork<T>,
  ): Promise<T> {
    const { fingerprint } = request;
    try {
      return await executor.transaction(async (transaction) => {
        await this.keys.claim(transaction, request);
        const result = await work.run(transaction).catch(async (error: unknown) => {
          // Work that failed before its first statement must not hide that the key is in use.
          await transaction.flush();
          throw error;
        });
        const keyed = { ...request, fingerprint: await fingerprintOf(request) };
        await this.keys.insertAndCommit(transaction, keyed, work.toResponse(result));
        return result;
      });
    } catch (error) {
      // A body that is streamed may be refused before all of it has arrived, and so before it is known.
      if (!isFinal(error) || typeof fingerprint !== 'string') throw error;
      // The transaction of the work was rolled back, so the refusal is stored in another one.
      await executor.transaction(async (transaction) => {
        await this.keys.claim(transaction, request);
        await this.keys.insertAndCommit(
          transaction,
          { ...request, fingerprint },
          work.toProblemResponse(error),
        );
      });
      throw error;
    }
  }
}

function toReplay({ status, location, etag, body }: StoredResponse): Replay {
  const contentType = status < 400 ? null : PROBLEM_JSON;
  const headers = { location, etag, 'content-type': contentType, 'idempotency-replayed': 'true' };
  return new Replay(status, headers, body);
}

/** TypeORM wraps the error of a statement that its manager has sent. */
function isKeyInUse(error: unknown): boolean {
  return error instanceof KeyInUse || (error as { driverError?: unknown }).driverError instanceof KeyInUse;
}

async function fingerprintOf({ fingerprint }: FingerprintedRequest): Promise<string> {
  return typeof fingerprint === 'string' ? fingerprint : fingerprint();
}

/**
 * Whether a retry of the request must get the same refusal: one that depends on the state of the data, and does not itself
 * say when to try again.
 */
function isFinal(error: unknown): error is Problem {
  if (!(error instanceof Problem) || error.type.headers?.['retry-after'] !== undefined) return false;
  return error.type.status === 404 || error.type.status === 409;
}
