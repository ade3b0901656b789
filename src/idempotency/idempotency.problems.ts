import { problemType, type ProblemType } from '../common/problems/problem';

export const IN_PROGRESS: ProblemType = {
  ...problemType(
    409,
    'in_progress',
    'The first request with this Idempotency-Key is still running; try again shortly.',
  ),
  headers: { 'retry-after': '1' },
};
export const IDEMPOTENCY_KEY_REUSED = problemType(
  422,
  'idempotency_key_reused',
  'This Idempotency-Key was used for another request: its method, path or body differs.',
);
