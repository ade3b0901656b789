import { STATUS_CODES } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Credentials {
  email: string;
  password: string;
}

interface Tokens {
  access_token: string;
  refresh_token: string;
}

interface Answer {
  status: number;
  headers: Headers;
  text: string;
}

type Method = 'GET' | 'POST' | 'PATCH';

const TRIES = 6;
const LONGEST_WAIT = 60;
const TIMEOUT = 30_000;

/** A request failed. The message says why, in one line for the person who runs the demo. */
export class ApiError extends Error {
  constructor(
    message: string,
    /** the status of the answer, if there was one */
    readonly status?: number,
    /** the code of the problem, if it has one */
    readonly code?: string,
  ) {
    super(message);
  }
}

/** Calls the API as one user. */
export class Api {
  private tokens: Tokens | undefined;
  private renewal: Promise<void> | undefined;

  /** the URL of the API, without a slash at the end */
  private readonly url: string;

  private constructor(url: string) {
    this.url = url.replace(/\/+$/, '');
  }

  /** Logs in. Creates the account if it does not exist. */
  static async logIn(url: string, credentials: Credentials): Promise<Api> {
    const api = new Api(url);
    try {
      await api.startSession(credentials);
    } catch (error) {
      if (!hasCode(error, 'bad_credentials')) throw error;
      await api.register(credentials);
      await api.startSession(credentials);
    }
    return api;
  }

  /** Ends the session, so that runs do not leave sessions behind. */
  async logOut(): Promise<void> {
    await this.send('POST', '/logout');
    this.tokens = undefined;
  }

  async get<T>(path: string): Promise<T> {
    return parseBody(await this.send('GET', path)) as T;
  }

  /**
   * All rows of a list, page by page. Only the query of the link to the next page is used, because a proxy may have
   * changed its path.
   */
  async getAll<T>(list: string): Promise<T[]> {
    const rows: T[] = [];
    const [path = list, filters] = list.split('?');
    let query: string | undefined = `${filters === undefined ? '' : `${filters}&`}limit=100`;
    while (query !== undefined) {
      const answer = await this.send('GET', `${path}?${query}`);
      rows.push(...(parseBody(answer) as T[]));
      query = /<[^>?]*\?([^>]*)>;\s*rel="next"/.exec(answer.headers.get('link') ?? '')?.[1];
    }
    return rows;
  }

  async post<T>(path: string, body: object): Promise<T> {
    return parseBody(await this.send('POST', path, body)) as T;
  }

  async patch<T>(path: string, body: object): Promise<T> {
    return parseBody(await this.send('PATCH', path, body)) as T;
  }

  private async startSession(credentials: Credentials): Promise<void> {
    this.tokens = await this.post<Tokens>('/login', credentials);
  }

  private async register(credentials: Credentials): Promise<void> {
    try {
      await this.post('/register', credentials);
    } catch (error) {
      // Another run has just created the account, or it has another password. The next login shows which.
      if (!hasCode(error, 'email_taken')) throw error;
    }
  }

  /** Sends a request as the user. @throws ApiError unless it succeeds */
  private async send(method: Method, path: string, body?: object): Promise<Answer> {
    const { tokens } = this;
    let answer = await this.sendPatiently(method, path, tokens?.access_token, body);
    if (answer.status === 401 && tokens) {
      await this.renew(tokens);
      answer = await this.sendPatiently(method, path, this.tokens?.access_token, body);
    }
    return checkSuccess(method, path, answer);
  }

  /**
   * All requests that were refused at the same time share one refresh, because a refresh token can be used only once.
   */
  private async renew(expired: Tokens): Promise<void> {
    if (this.tokens !== expired) return;
    this.renewal ??= this.refresh(expired).finally(() => {
      this.renewal = undefined;
    });
    await this.renewal;
  }

  private async refresh({ refresh_token: token }: Tokens): Promise<void> {
    const answer = await this.sendPatiently('POST', '/refresh', token);
    this.tokens = parseBody(checkSuccess('POST', '/refresh', answer)) as Tokens;
  }

  /** Sends a request again after 429 and 503, when the time in Retry-After has passed. */
  private async sendPatiently(method: Method, path: string, token?: string, body?: object): Promise<Answer> {
    for (let tries = 1; ; tries++) {
      const answer = await this.exchange(method, path, token, body);
      const wait = secondsToWait(answer);
      if (wait > LONGEST_WAIT || tries === TRIES) return answer;
      await sleep(wait * 1000);
    }
  }

  private async exchange(method: Method, path: string, token?: string, body?: object): Promise<Answer> {
    try {
      const response = await fetch(`${this.url}${path}`, {
        method,
        headers: {
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
          ...(body && { 'content-type': 'application/json' }),
        },
        ...(body && { body: JSON.stringify(body) }),
        // Redirects are not followed, because a POST would become a GET.
        redirect: 'manual',
        signal: AbortSignal.timeout(TIMEOUT),
      });
      return { status: response.status, headers: response.headers, text: await response.text() };
    } catch (error) {
      throw new ApiError(`No server answers at ${this.url} (${reason(error)}); "npm start" starts one.`);
    }
  }
}

export function hasCode(error: unknown, code: string): boolean {
  return error instanceof ApiError && error.code === code;
}

/** The seconds to wait after 429 and 503; Infinity for other statuses. */
function secondsToWait({ status, headers }: Answer): number {
  if (status !== 429 && status !== 503) return Infinity;
  const seconds = Number(headers.get('retry-after') ?? 1);
  return seconds >= 0 ? seconds : 1;
}

function parseBody({ status, text }: Answer): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ApiError(`The answer (${status}) is not JSON: is that server Emporium?`, status);
  }
}

function checkSuccess(method: Method, path: string, answer: Answer): Answer {
  if (answer.status >= 200 && answer.status < 300) return answer;
  throw toError(method, path, answer);
}

function toError(method: Method, path: string, { status, headers, text }: Answer): ApiError {
  const problem = parseProblem(text);
  const faults = (Array.isArray(problem.errors) ? problem.errors : []).map(
    (fault) => `${fault.pointer ?? fault.parameter ?? ''} ${fault.message}`,
  );
  const wait = headers.get('retry-after');
  const parts = [
    `${method} ${path.split('?')[0] ?? path} answered ${status} ${STATUS_CODES[status] ?? ''}`.trimEnd(),
    ...(problem.detail === undefined ? [] : [`: ${problem.detail}`]),
    ...(faults.length > 0 ? [` (${faults.join('; ')})`] : []),
    ...(wait === null ? [] : [` Try again in ${wait} s.`]),
  ];
  return new ApiError(parts.join(''), status, problem.code);
}

interface Problem {
  detail?: string;
  code?: string;
  errors?: { pointer?: string; parameter?: string; message: string }[];
}

/** The server that answered may not be Emporium, and its answer may not be JSON. */
function parseProblem(text: string): Problem {
  try {
    return (JSON.parse(text) as Problem | null) ?? {};
  } catch {
    return {};
  }
}

/** A short text for a failed connection, from the cause, because Node wraps the error that has the code. */
function reason(error: unknown): string {
  const { cause, message } = error as { cause?: NodeJS.ErrnoException; message: string };
  return cause?.code ?? cause?.message ?? message;
}
