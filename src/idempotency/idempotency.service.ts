import { Injectable } from '@nestjs/common';
import { Replay } from '../common/http/send';
import { Metrics } from '../common/metrics';
import { onConstraint } from '../common/problems/on-constraint';
import { PROBLEM_JSON } from '../common/problems/api-problems.decorator';
import { Problem } from '../common/problems/problem';
import { unauthenticated } from '../common/problems/unauthenticated';
import { violatedConstraint } from '../database/errors';
import { type Executor, type Transaction } from '../database/executor';
import {
  IdempotencyKeysRepository,
  type KeyedRequest,
  type StoredResponse,
} from './idempotency-keys.repository';
import { IDEMPOTENCY_KEY_REUSED, IN_PROGRESS } from './idempotency.problems';

/** What a request with an `Idempotency-Key` does, and how its outcome is stored. */
export interface KeyedWork<T> {
  /** Runs in the transaction that also stores the response. It can run several times. */
  run: (executor: Executor) => Promise<T>;
  toResponse: (result: T) => StoredResponse;
  toProblemResponse: (problem: Problem) => StoredResponse;
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
  async run<T>(executor: Executor, request: KeyedRequest, work: KeyedWork<T>): Promise<T | Replay> {
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
    request: KeyedRequest,
    work: KeyedWork<T>,
  ): Promise<T | Replay> {
    try {
      return await this.inTransaction(executor, request, async (transaction) => {
        const result = await work.run(transaction);
        await this.keys.insertAndCommit(transaction, request, work.toResponse(result));
        return result;
      });
    } catch (error) {
      if (!isFinal(error)) throw error;
      return this.keepProblem(executor, request, error, work);
    }
  }

  /** The transaction of the work was rolled back, so the refusal is stored in another one. */
  private async keepProblem<T>(
    executor: Executor,
    request: KeyedRequest,
    problem: Problem,
    { toProblemResponse }: KeyedWork<T>,
  ): Promise<Replay> {
    const replay = await this.inTransaction(executor, request, async (transaction) => {
      await this.keys.insertAndCommit(transaction, request, toProblemResponse(problem));
    });
    if (replay) return replay;
    throw problem;
  }

  private async inTransaction<T>(
    executor: Executor,
    request: KeyedRequest,
    work: (transaction: Transaction) => Promise<T>,
  ): Promise<T | Replay> {
    const outcome = await executor.transaction(async (transaction) => {
      let { isOurs, stored, isExpired } = await this.keys.claim(transaction, request);
      if (isOurs && isExpired) {
        await this.keys.deleteExpired(transaction, request);
        // Before the key was ours, another request may have stored its response in place of the expired one.
        ({ isOurs, stored, isExpired } = await this.keys.claim(transaction, request));
      }
      if (stored && !isExpired) {
        if (stored.fingerprint !== request.fingerprint) throw new Problem(IDEMPOTENCY_KEY_REUSED);
        return toReplay(stored);
      }
      if (!isOurs) throw new Problem(IN_PROGRESS);
      return work(transaction);
    });
    if (outcome instanceof Replay) this.countReplay();
    return outcome;
  }
}

function toReplay({ status, location, etag, body }: StoredResponse): Replay {
  const contentType = status < 400 ? null : PROBLEM_JSON;
  const headers = { location, etag, 'content-type': contentType, 'idempotency-replayed': 'true' };
  return new Replay(status, headers, body);
}

/** Whether a retry of the request must get the same refusal: one that depends on the state of the data. */
function isFinal(error: unknown): error is Problem {
  if (!(error instanceof Problem) || error.type === IN_PROGRESS) return false;
  return error.type.status === 404 || error.type.status === 409;
}
