import { STATUS_CODES } from 'node:http';

/** A type of problem, with the parts that never change. Each feature declares its own types beside its service. */
export interface ProblemType {
  /** HTTP status */
  readonly status: number;
  /** stable, machine-readable, snake_case */
  readonly code: string;
  /** a sentence for people; a problem may have its own instead */
  readonly detail: string;
  /** response headers in addition to those of every problem of this status */
  readonly headers?: Readonly<Record<string, string>>;
}

/** One fault of an input: `pointer` (RFC 6901) into the body, or the name of a path or query parameter. */
export type InputFault = { pointer: string; message: string } | { parameter: string; message: string };

export interface ProblemOptions {
  detail?: string;
  errors?: InputFault[];
  /** extra response headers, such as `Allow` */
  headers?: Record<string, string>;
  /** for the log, never sent */
  cause?: unknown;
}

/** An error that is sent to the client. The filter turns it into `application/problem+json`. */
export class Problem extends Error {
  readonly errors: InputFault[] | undefined;
  readonly headers: Record<string, string>;

  constructor(
    readonly type: ProblemType,
    options: ProblemOptions = {},
  ) {
    // The stack is never logged, and recording it would cost more than the rest of a refusal.
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(options.detail ?? type.detail, { cause: options.cause });
    Error.stackTraceLimit = stackTraceLimit;
    this.errors = options.errors;
    this.headers = { ...DEFAULT_HEADERS[type.status], ...type.headers, ...options.headers };
  }

  /** The problem document of RFC 9457 with our additional members, as JSON. */
  toJson(requestId: string): string {
    const { status, code } = this.type;
    return JSON.stringify({
      type: 'about:blank',
      title: STATUS_CODES[status],
      status,
      detail: this.message,
      code,
      request_id: requestId,
      errors: this.errors,
    });
  }
}

const DEFAULT_HEADERS: Readonly<Record<number, Record<string, string>>> = {
  401: { 'www-authenticate': 'Bearer' },
  503: { 'retry-after': '1' },
};

export function problemType(status: number, code: string, detail: string): ProblemType {
  return { status, code, detail };
}

export const INVALID_INPUT = problemType(400, 'invalid_input', 'The request is not valid; see errors.');
/** The general form. Problems that are thrown also have the reason: see `unauthenticated()`. */
export const UNAUTHENTICATED = problemType(401, 'unauthenticated', 'A valid access token is required.');
export const FORBIDDEN = problemType(403, 'forbidden', 'You are not allowed to do this.');
export const NOT_FOUND = problemType(404, 'not_found', 'There is no such route.');
export const METHOD_NOT_ALLOWED = problemType(
  405,
  'method_not_allowed',
  'This path does not support this method.',
);
export const REQUEST_TIMEOUT = problemType(408, 'request_timeout', 'The request took too long to arrive.');
export const PRECONDITION_FAILED = problemType(
  412,
  'precondition_failed',
  'The resource has changed: its ETag is no longer the one in If-Match.',
);
export const PRECONDITION_REQUIRED = problemType(
  428,
  'precondition_required',
  'The header If-Match is required, with the ETag of the resource.',
);
export const TOO_LARGE = problemType(413, 'too_large', 'The body is larger than 100 KiB.');
export const URI_TOO_LONG = problemType(414, 'uri_too_long', 'The address is too long.');
export const UNSUPPORTED_MEDIA_TYPE = problemType(
  415,
  'unsupported_media_type',
  'The body must be application/json in UTF-8.',
);
export const RANGE_NOT_SATISFIABLE = problemType(
  416,
  'range_not_satisfiable',
  'The range is beyond the end of the file.',
);
export const TOO_MANY_REQUESTS = problemType(429, 'too_many_requests', 'Too many attempts; try again later.');
export const HEADERS_TOO_LARGE = problemType(
  431,
  'headers_too_large',
  'The request line and headers are too large.',
);
export const INTERNAL_ERROR = problemType(500, 'internal_error', 'Something went wrong on our side.');
export const UNAVAILABLE = problemType(
  503,
  'unavailable',
  'The service cannot answer now; try again shortly.',
);

/** A 400 with all faults of the input. */
export function invalidInput(...errors: InputFault[]): Problem {
  return new Problem(INVALID_INPUT, { errors });
}
