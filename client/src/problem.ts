import { type components } from './schema';

/** The stable codes of problems. */
export type ProblemCode = components['schemas']['Problem']['code'];

/** What is wrong with one member of a body (`pointer`), or with one parameter. */
export type InputFault = components['schemas']['InputFault'];

/** A problem document as the API sends it. */
export type ProblemDocument = components['schemas']['Problem'];

/** The API has refused a request, or could not answer it. */
export class Problem<Code extends ProblemCode = ProblemCode> extends Error {
  override readonly name = 'Problem';
  readonly code: Code;
  /** HTTP status */
  readonly status: number;
  /** all that is wrong with the input; empty unless the code is `invalid_input` */
  readonly errors: readonly InputFault[];
  readonly requestId: string;

  constructor(
    /** what was refused, such as `PATCH /items/{id}` */
    readonly request: string,
    { code, status, detail, errors = [], request_id: requestId }: ProblemDocument,
    /** seconds after which the same request may succeed, from `Retry-After` */
    readonly retryAfter?: number,
  ) {
    super(detail);
    this.code = code as Code;
    this.status = status;
    this.errors = errors;
    this.requestId = requestId;
  }
}

/** Whether an error is a problem, and has one of these codes if any are given. */
export function isProblem<Code extends ProblemCode = ProblemCode>(
  error: unknown,
  ...codes: readonly Code[]
): error is Problem<Code> {
  return error instanceof Problem && (codes.length === 0 || codes.includes(error.code as Code));
}

/** There is no answer, or it is not one of Emporium. A write may have happened all the same. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError';

  constructor(
    message: string,
    /** what was sent, such as `PATCH /items/{id}` */
    readonly request: string,
    /** the status of the answer, if there is one */
    readonly status?: number,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/**
 * @param request such as `PATCH /items/{id}`
 * @param body what the answer has as its body
 */
export function toError(
  request: string,
  { status, headers }: Response,
  body: unknown,
): Problem | ConnectionError {
  if (!isDocument(body)) return new ConnectionError('The answer is not one of Emporium.', request, status);
  return new Problem(request, body, secondsToWait(headers));
}

/** The number in `Retry-After`, which Emporium never sends as a date. */
export function secondsToWait(headers: Headers): number | undefined {
  const text = headers.get('retry-after');
  return text !== null && /^\d+$/.test(text) ? Number(text) : undefined;
}

function isDocument(body: unknown): body is ProblemDocument {
  return typeof body === 'object' && body !== null && 'code' in body && 'request_id' in body;
}
