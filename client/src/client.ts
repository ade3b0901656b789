import createFetchClient, { type Client as FetchClient } from 'openapi-fetch';
import { List, nextQuery, type Page } from './list';
import { OPERATIONS } from './operations';
import { ConnectionError, toError } from './problem';
import { type paths } from './schema';
import { Session } from './session';
import { memoryStore, type Tokens, type TokenStore } from './tokens';
import { NoAnswer, type RetryOptions, send, toMessage, type TransportOptions } from './transport';
import { type OperationId, type Operations, type Version } from './types';

export interface ClientOptions extends Partial<RetryOptions> {
  /** the address of the API; in a browser it can be relative */
  baseUrl: string;
  /** where the tokens are kept; in memory by default */
  tokens?: TokenStore;
  /** is called when the API says that the session has ended: the tokens are gone, and the user must log in again */
  onSessionEnd?: () => void;
  /** sends one request; `fetch` of the platform by default */
  fetch?: (request: Request) => Promise<Response>;
}

/** The API as functions: `api.items.list({ store_id: 1 })`. Each throws Problem or ConnectionError. */
export interface Emporium extends Operations {
  /** openapi-fetch with the same session and retries, for those who want its answers: `api.http.GET('/items')` */
  readonly http: FetchClient<paths>;
  /** whether there are tokens */
  readonly isLoggedIn: boolean;
}

const DEFAULTS: RetryOptions = { tries: 4, longestWait: 10_000, timeout: 30_000 };

/** What a call can have beside parameters. */
interface CallArguments {
  body?: unknown;
  signal?: AbortSignal;
  ifMatch?: Version;
  idempotencyKey?: string;
  [parameter: string]: unknown;
}

interface Operation {
  method: string;
  path: string;
  paged?: true;
  keyed?: true;
}

/** The client of openapi-fetch without its types, for requests from the table of operations. */
interface UntypedClient {
  request: (
    method: string,
    path: string,
    init: object,
  ) => Promise<{ data?: unknown; error?: unknown; response: Response }>;
}

/** Creates a client. It sends nothing before the first call. */
export function createClient(options: ClientOptions): Emporium {
  return new Caller(options).toApi();
}

class Caller {
  private readonly session: Session;
  private readonly http: FetchClient<paths>;
  private readonly isLoggedIn: () => boolean;
  /** the entity tags of what this client has returned */
  private readonly versions = new WeakMap<object, string>();

  constructor({
    baseUrl,
    tokens = memoryStore(),
    onSessionEnd = () => undefined,
    ...options
  }: ClientOptions) {
    const url = baseUrl.replace(/\/+$/, '');
    // A browser's fetch must not be called as a method.
    const transport = { ...DEFAULTS, fetch: (request: Request) => fetch(request), ...options };
    const bare = createFetchClient<paths>({
      baseUrl: url,
      fetch: async (request) => send(await toMessage(request), transport),
    });
    this.session = new Session(tokens, `emporium ${url}`, (token) => refresh(bare, token), onSessionEnd);
    this.isLoggedIn = () => tokens.get() !== undefined;
    this.http = createFetchClient<paths>({
      baseUrl: url,
      fetch: (request) => this.sendAsUser(request, transport),
    });
  }

  toApi(): Emporium {
    const { http, isLoggedIn } = this;
    const api: Record<string, Record<string, unknown>> = {};
    for (const id of Object.keys(OPERATIONS) as OperationId[]) {
      const [feature = '', act = ''] = id.split('.');
      (api[feature] ??= {})[act] = (args: CallArguments = {}) => this.call(id, args);
    }
    const members = {
      http,
      get isLoggedIn() {
        return isLoggedIn();
      },
    };
    return Object.assign(members, api) as unknown as Emporium;
  }

  private call(
    id: OperationId,
    { body, signal, ifMatch, idempotencyKey, ...parameters }: CallArguments,
  ): unknown {
    const operation: Operation = OPERATIONS[id];
    const path: Record<string, unknown> = {};
    const query: Record<string, unknown> = {};
    for (const [name, value] of Object.entries(parameters)) {
      (operation.path.includes(`{${name}}`) ? path : query)[name] = value;
    }
    const request = async (pageQuery = query) => {
      const headers = {
        ...(ifMatch !== undefined && { 'If-Match': this.versionOf(ifMatch) }),
        // One key for all tries of a call.
        ...(operation.keyed && { 'Idempotency-Key': idempotencyKey ?? newKey() }),
      };
      return this.request(operation, { params: { path, query: pageQuery }, headers, body, signal });
    };
    if (operation.paged) return new List(() => this.readPage(request));
    return this.finish(id, request());
  }

  private async readPage(
    request: (query?: Record<string, unknown>) => Promise<{ data: unknown; response: Response }>,
    query?: Record<string, unknown>,
  ): Promise<Page<unknown>> {
    const { data, response } = await request(query);
    const total = response.headers.get('x-total-count');
    const next = nextQuery(response.headers.get('link'));
    return {
      rows: data as unknown[],
      total: total === null ? undefined : Number(total),
      next: next && (() => this.readPage(request, next)),
    };
  }

  /** What a call does to the session, and to what the client knows of its resource. */
  private async finish(
    id: OperationId,
    answer: Promise<{ data: unknown; response: Response }>,
  ): Promise<unknown> {
    try {
      const { data, response } = await answer;
      const version = response.headers.get('etag');
      if (version !== null && typeof data === 'object' && data !== null) this.versions.set(data, version);
      if (id === 'auth.login') this.session.tokens = data as Tokens;
      if (id === 'account.delete') this.session.tokens = undefined;
      return data;
    } finally {
      // Who logs out is logged out here, whatever the API says.
      if (id === 'auth.logout') this.session.tokens = undefined;
    }
  }

  private async request(
    { method, path }: Operation,
    init: object,
  ): Promise<{ data: unknown; response: Response }> {
    const request = `${method} ${path}`;
    const { data, error, response } = await (this.http as unknown as UntypedClient)
      .request(method.toLowerCase(), path, init)
      .catch((cause: unknown) => {
        const message =
          cause instanceof SyntaxError
            ? 'The answer is not JSON.'
            : cause instanceof NoAnswer && 'The server does not answer.';
        throw message ? new ConnectionError(message, request, undefined, { cause }) : cause;
      });
    if (!response.ok) throw toError(request, response, error);
    return { data, response };
  }

  /** A request without a token is sent as nobody. */
  private async sendAsUser(request: Request, transport: TransportOptions): Promise<Response> {
    const message = await toMessage(request);
    const token = this.session.accessToken;
    if (token === undefined) return send(message, transport);
    setToken(request, token);
    const response = await send(message, transport);
    if (!isTokenRefused(response)) return response;
    const renewed = await this.session.renew(token);
    if (renewed === undefined) return response;
    await response.body?.cancel();
    setToken(request, renewed);
    return send(message, transport);
  }

  private versionOf(version: Version): string {
    if (typeof version === 'string') return version;
    const etag = this.versions.get(version);
    if (etag === undefined)
      throw new TypeError('ifMatch needs an object that get, create or update has returned.');
    return etag;
  }
}

/** A 401 can also be about a password. */
function isTokenRefused({ status, headers }: Response): boolean {
  return status === 401 && (headers.get('www-authenticate') ?? '').includes('invalid_token');
}

/** Browsers have `crypto.randomUUID` only on pages with TLS. */
function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('');
}

function setToken({ headers }: Request, token: string): void {
  headers.set('authorization', `Bearer ${token}`);
}

async function refresh(http: FetchClient<paths>, token: string): Promise<Tokens> {
  const { data, error, response } = await http.POST('/refresh', {
    headers: { authorization: `Bearer ${token}` },
  });
  if (!data) throw toError('POST /refresh', response, error);
  return data;
}
