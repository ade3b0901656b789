import { secondsToWait } from './problem';

/** How requests are sent again. */
export interface RetryOptions {
  /** how often a request is sent at most; 1: never again */
  tries: number;
  /** how long to wait for a server that asks for it, in milliseconds; if it asks for more, its answer is final */
  longestWait: number;
  /** the time of one try, in milliseconds */
  timeout: number;
}

/** A request whose body has been read, so that it can be sent several times. */
export interface Message {
  request: Request;
  body: string | undefined;
}

/** @param request its body can be read no more afterwards */
export async function toMessage(request: Request): Promise<Message> {
  const text = request.method === 'GET' ? '' : await request.text();
  return { request, body: text === '' ? undefined : text };
}

export interface TransportOptions extends RetryOptions {
  fetch: (request: Request) => Promise<Response>;
}

/** The first wait, in milliseconds. It doubles with each try. */
const FIRST_WAIT = 200;

/** No try got an answer. */
export class NoAnswer extends Error {}

/** Statuses of a proxy that has lost the server, maybe with the request. */
const LOST = new Set([502, 504]);

const REPEATABLE = new Set(['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE']);

/**
 * Sends a request, and sends it again while that may help and does no harm. A request without an answer may have been
 * carried out. So a POST is sent again only with an `Idempotency-Key`, and a write with `If-Match` only after an answer:
 * it could meet its own change.
 *
 * @throws NoAnswer, or the reason of an abort
 */
export async function send({ request, body }: Message, options: TransportOptions): Promise<Response> {
  for (let attempt = 1; ; attempt++) {
    const isLast = attempt >= options.tries;
    let wait = FIRST_WAIT * 2 ** (attempt - 1);
    try {
      const response = await sendOnce({ request, body }, options);
      if (isLast || !(await mayHelp(request, response))) return response;
      const asked = (secondsToWait(response.headers) ?? 0) * 1000;
      if (asked > options.longestWait) return response;
      wait = Math.max(wait, asked);
      await response.body?.cancel();
    } catch (error) {
      request.signal.throwIfAborted();
      const isSafe = isRepeatable(request) && !request.headers.has('if-match');
      if (isLast || !isSafe) throw new NoAnswer('No try got an answer.', { cause: error });
    }
    // Clients that were refused together do not come back together.
    await sleep(wait * (1 + Math.random() / 2), request.signal);
  }
}

async function sendOnce({ request, body }: Message, { fetch, timeout }: TransportOptions): Promise<Response> {
  const signal = AbortSignal.any([request.signal, AbortSignal.timeout(timeout)]);
  return fetch(new Request(request, { signal, ...(body !== undefined && { body }) }));
}

function isRepeatable({ method, headers }: Request): boolean {
  return REPEATABLE.has(method) || headers.has('idempotency-key');
}

async function mayHelp(request: Request, response: Response): Promise<boolean> {
  // The request has done nothing.
  if (response.status === 429 || response.status === 503) return true;
  if (!isRepeatable(request)) return false;
  if (LOST.has(response.status)) return true;
  // The first try is still under way, so its answer can be had later.
  if (response.status !== 409 || !request.headers.has('idempotency-key')) return false;
  return /"code":\s*"in_progress"/.test(await response.clone().text());
}

async function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const finish = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', finish);
      resolve();
    };
    const timer = setTimeout(finish, milliseconds);
    signal.addEventListener('abort', finish);
  });
  signal.throwIfAborted();
}
