import { ConnectionError, isProblem, type Problem } from 'emporium-client';
import { translate } from './i18n/provider';

/** What react-admin shows under the fields of a form. */
type FieldErrors = Record<string, string>;

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

export function toPanelError(error: unknown): unknown {
  if (error instanceof ConnectionError)
    return new PanelError(translate('emporium.errors.no_answer'), 0, {}, undefined, { cause: error });
  if (isProblem(error)) return fromProblem(error);
  return error;
}

function fromProblem(problem: Problem): PanelError {
  const { code, status } = problem;
  const errors: FieldErrors = {};
  for (const fault of problem.errors) {
    if (typeof fault.pointer === 'string') errors[fault.pointer.split('/')[1] ?? ''] = fault.message;
  }
  const field = FIELDS_OF_CODES[code];
  const message = toMessage(problem);
  if (field !== undefined) errors[field] = message;
  const body = Object.keys(errors).length > 0 ? { errors } : {};
  return new PanelError(message, status, body, code, { cause: problem });
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
  if (code === 'invalid_input' && errors.length > 0) return errors.map((fault) => fault.message).join(' ');
  return translate(`emporium.errors.${code}`, { _: message, smart_count: retryAfter ?? 1 });
}
