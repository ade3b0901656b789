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

/** What went wrong, in one line for whoever runs this. */
export class ApiError extends Error {
  constructor(
    message: string,
    /** the status of the answer, if there was one */
    readonly status?: number,
    /** the problem's code, if it bore one */
    readonly code?: string,
  ) {
    super(message);
  }
}

/** Calls the API as one user. */
export class Api {
  private tokens: Tokens | undefined;
  private renewal: Promise<void> | undefined;

  private constructor(private readonly url: string) {}

  /** Logs in, with a new account if there is none. */
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

  /** Ends the session, so that runs do not leave one each. */
  async logOut(): Promise<void> {
    await this.send('POST', '/logout');
    this.tokens = undefined;
  }

  async get<T>(path: string): Promise<T> {
    return parseBody(await this.send('GET', path)) as T;
  }

  /** All rows of a list, page by page. */
  async getAll<T>(path: string): Promise<T[]> {
    const rows: T[] = [];
    let next: string | undefined = `${path}${path.includes('?') ? '&' : '?'}limit=100`;
    while (next !== undefined) {
      const answer = await this.send('GET', next);
      rows.push(...(parseBody(answer) as T[]));
      next = /<([^>]*)>;\s*rel="next"/.exec(answer.headers.get('link') ?? '')?.[1];
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
      // Made by another run since, or there all the time with another password: logging in again will tell.
      if (!hasCode(error, 'email_taken')) throw error;
    }
  }

  /** Sends as the user; throws unless the answer is a success. */
  private async send(method: Method, path: string, body?: object): Promise<Answer> {
    const { tokens } = this;
    let answer = await this.sendPatiently(method, path, tokens?.access_token, body);
    if (answer.status === 401 && tokens) {
      await this.renew(tokens);
      answer = await this.sendPatiently(method, path, this.tokens?.access_token, body);
    }
    return checkSuccess(method, path, answer);
  }

  /** Once for all requests that were refused together: a refresh token is good for one use. */
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

  /** Sends again where the server could not serve and says when it can. */
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
      const response = await fetch(new URL(path, this.url), {
        method,
        headers: {
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
          ...(body && { 'content-type': 'application/json' }),
        },
        ...(body && { body: JSON.stringify(body) }),
        // A redirected POST would arrive as a GET.
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

/** How long a server that cannot answer now wants to be left alone; infinitely for any other answer. */
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

/** Whatever answered need not be Emporium, nor speak JSON. */
function parseProblem(text: string): Problem {
  try {
    return (JSON.parse(text) as Problem | null) ?? {};
  } catch {
    return {};
  }
}

/** Node wraps what happened to a connection; its code says it shortest. */
function reason(error: unknown): string {
  const { cause, message } = error as { cause?: NodeJS.ErrnoException; message: string };
  return cause?.code ?? cause?.message ?? message;
}
