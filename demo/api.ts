import { STATUS_CODES } from 'node:http';
import { ConnectionError, createClient, type Emporium, isProblem, type Problem } from '../client/src';

export interface Credentials {
  email: string;
  password: string;
}

/** A demo has time: it waits as long as the throttle of logins wants. */
const PATIENCE = { tries: 6, longestWait: 60_000 };

/** A request failed. The message says why, in one line for the person who runs the demo. */
export class ApiError extends Error {}

/** Logs in. Creates the account if it does not exist. */
export async function logIn(url: string, credentials: Credentials): Promise<Emporium> {
  const api = createClient({ baseUrl: url, ...PATIENCE });
  try {
    await api.auth.login({ body: credentials });
  } catch (error) {
    if (!isProblem(error, 'bad_credentials')) throw error;
    await register(api, credentials);
    await api.auth.login({ body: credentials });
  }
  return api;
}

async function register(api: Emporium, body: Credentials): Promise<void> {
  try {
    await api.auth.register({ body });
  } catch (error) {
    // Another run has just created the account, or it has another password. The next login shows which.
    if (!isProblem(error, 'email_taken')) throw error;
  }
}

/** Turns the errors of the client into ApiErrors. */
export function explain(error: unknown, url: string): unknown {
  if (isProblem(error)) return new ApiError(describe(error), { cause: error });
  if (!(error instanceof ConnectionError)) return error;
  const { request, status } = error;
  const message =
    status === undefined
      ? `No server answers at ${url} (${reason(error)}); "npm start" starts one.`
      : `${request} answered ${status}, but not as Emporium does: is that server Emporium?`;
  return new ApiError(message, { cause: error });
}

function describe({ request, status, message, errors, retryAfter }: Problem): string {
  const faults = errors.map((fault) => `${fault.pointer ?? fault.parameter ?? ''} ${fault.message}`);
  const parts = [
    `${request} answered ${status} ${STATUS_CODES[status] ?? ''}: ${message}`,
    ...(faults.length > 0 ? [` (${faults.join('; ')})`] : []),
    ...(retryAfter === undefined ? [] : [` Try again in ${retryAfter} s.`]),
  ];
  return parts.join('');
}

/** A short text for a failed connection: the code of the innermost error that has one. */
function reason(error: unknown): string {
  const { cause, code, message } = error as NodeJS.ErrnoException;
  return cause === undefined ? (code ?? message) : reason(cause);
}
