import { type FastifyReply, type FastifyRequest } from 'fastify';
import { decodePath } from './known-paths';

const EXPOSED_HEADERS = [
  'Allow',
  'Cache-Control',
  'ETag',
  'Idempotency-Replayed',
  'Link',
  'Location',
  'RateLimit',
  'RateLimit-Policy',
  'Retry-After',
  'WWW-Authenticate',
  'X-Request-Id',
  'X-Total-Count',
].join(', ');
const ALLOWED_HEADERS = 'Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, X-Request-Id';
const PREFLIGHT_MAX_AGE = '600';

/** Development-only routes: no web page of another origin may use them. */
const CLOSED_PATHS = '/user/';

/** Lets web pages of the given origins read the API. No credentials: there are no cookies. */
export function allowOrigin(
  origins: '*' | readonly string[],
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  if (decodePath(request.url).startsWith(CLOSED_PATHS)) return;
  const { origin } = request.headers;
  if (origins !== '*') {
    void reply.header('vary', 'Origin');
    if (origin === undefined || !origins.includes(origin)) return;
  }
  void reply.header('access-control-allow-origin', origins === '*' ? '*' : origin);
  void reply.header('access-control-expose-headers', EXPOSED_HEADERS);
}

/** Answers OPTIONS on a known path, a preflight or not. */
export function sendOptions(methods: readonly string[], request: FastifyRequest, reply: FastifyReply): void {
  void reply.status(204).header('allow', methods.join(', '));
  if (reply.hasHeader('access-control-allow-origin') && request.headers['access-control-request-method']) {
    void reply.headers({
      'access-control-allow-methods': methods.join(', '),
      'access-control-allow-headers': ALLOWED_HEADERS,
      'access-control-max-age': PREFLIGHT_MAX_AGE,
    });
  }
  void reply.send();
}
