import { ConnectionError, isProblem, type Problem } from 'emporium-client';
import { translate } from './i18n/provider';

/** What react-admin shows under the fields of a form. */
type FieldErrors = Record<string, string | { serverError: string }>;

/**
 * A failed call in the words of the panel. react-admin reads `status` and `body.errors`. Its own HttpError is not extended,
 * because that sets the prototype of its instances to itself.
 */
export class PanelError extends Error {
  override readonly name = 'PanelError';

  constructor(
    message: string,
    /** the HTTP status; 0 if there was no answer */
    readonly status: number,
    readonly body: { errors?: FieldErrors } = {},
    /** the code of the problem, if the API has sent one */
    readonly code?: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The person has chosen not to go on. Nothing is shown then. */
export class Cancelled extends PanelError {
  constructor() {
    super(translate('emporium.errors.cancelled'), 0, {}, 'cancelled');
  }
}

/** Some of the chosen rows are still there. The message is empty if the person has chosen to keep them. */
export class NotDeleted extends PanelError {
  constructor(
    message: string,
    readonly ids: readonly number[],
  ) {
    super(message, 400, {}, 'not_deleted');
  }
}

export function toPanelError(error: unknown): unknown {
  if (error instanceof ConnectionError)
    return withoutField(translate('emporium.errors.no_answer'), 0, undefined, error);
  if (isProblem(error)) return fromProblem(error);
  return error;
}

/** Without an error of its own a form would take itself for saved, and let the person leave without a warning. */
function withoutField(message: string, status: number, code: string | undefined, cause: Error): PanelError {
  return new PanelError(message, status, { errors: { root: { serverError: message } } }, code, { cause });
}

function fromProblem(problem: Problem): PanelError {
  const { code, status } = problem;
  const errors: FieldErrors = {};
  for (const fault of problem.errors) {
    if (typeof fault.pointer === 'string') errors[fault.pointer.split('/')[1] ?? ''] = toText(fault.message);
  }
  const field = FIELDS_OF_CODES[code];
  const message = toMessage(problem);
  if (field !== undefined) errors[field] = message;
  if (Object.keys(errors).length === 0) return withoutField(message, status, code, problem);
  return new PanelError(message, status, { errors }, code, { cause: problem });
}

/** Conflicts that are about one field of a form. */
const FIELDS_OF_CODES: Readonly<Record<string, string>> = {
  store_name_taken: 'name',
  tag_name_taken: 'name',
  sku_taken: 'sku',
  email_taken: 'email',
  wrong_password: 'current_password',
  user_not_found: 'owner_id',
};

/** Says it in the language of the panel, if there is a text for the code, else as the API says it. */
function toMessage({ code, message, retryAfter, errors }: Problem): string {
  if (code === 'invalid_input' && errors.length > 0)
    return errors.map((fault) => toText(fault.message)).join(' ');
  const text = translate(`emporium.errors.${code}`, { _: message });
  return code === 'too_many_requests' || code === 'unavailable' ? `${text} ${toWait(retryAfter)}` : text;
}

/** Rules of the API that a person can break in a form, as it words them. */
const RULES: readonly [RegExp, string][] = [
  [/^must have (\d+) to (\d+) characters$/, 'length'],
  [/^must have a visible character$/, 'visible'],
  [/^must not contain control characters$/, 'control_characters'],
];

/** A fault in the language of the panel, if it is one that the panel knows. */
function toText(fault: string): string {
  for (const [pattern, rule] of RULES) {
    const match = pattern.exec(fault);
    if (match) return translate(`emporium.rules.${rule}`, { from: match[1], to: match[2] });
  }
  return fault;
}

/** @param seconds undefined if the API has not said it */
function toWait(seconds: number | undefined): string {
  if (seconds === undefined) return translate('emporium.errors.wait_moment');
  if (seconds < 90) return translate('emporium.errors.wait_seconds', { smart_count: seconds });
  return translate('emporium.errors.wait_minutes', { smart_count: Math.ceil(seconds / 60) });
}
