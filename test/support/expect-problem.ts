import { STATUS_CODES } from 'node:http';
import { type Answer } from './client';

/**
 * Asserts that an answer is this problem, in the full shape of the contract. `faults` are the pointers
 * (`/name`, or `` for the body) and parameters (`?limit`) of its `errors`, in any order.
 */
export function expectProblem(answer: Answer, status: number, code: string, faults?: string[]): void {
  expect({ status: answer.status, body: answer.body as unknown }).toMatchObject({ status, body: { code } });
  expect(answer.headers.get('content-type')).toBe('application/problem+json');
  expect(answer.body).toEqual({
    type: 'about:blank',
    title: STATUS_CODES[status],
    status,
    detail: expect.any(String) as string,
    code,
    request_id: answer.headers.get('x-request-id'),
    ...(faults && { errors: expect.any(Array) as unknown[] }),
  });
  if (status === 401)
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer( error="invalid_token")?$/);
  if (status === 503) expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
  if (!faults) return;
  const { errors } = answer.body as { errors: { pointer?: string; parameter?: string; message: string }[] };
  expect(errors.map(({ pointer, parameter }) => pointer ?? `?${parameter ?? ''}`).sort()).toEqual(
    [...faults].sort(),
  );
  for (const { message } of errors) expect(message).not.toBe('');
}
