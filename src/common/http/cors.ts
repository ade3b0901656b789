import { type FastifyReply, type FastifyRequest } from 'fastify';
import { addVary } from './vary';

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
  'X-Read-After',
  'X-Request-Id',
  'X-Total-Count',
].join(', ');

/** A preflight response always lists these. */
const KNOWN_HEADERS = [
  'Authorization',
  'Content-Type',
  'Idempotency-Key',
  'If-Match',
  'If-None-Match',
  'X-Read-After',
  'X-Request-Id',
];
const TOKEN = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/;
const PREFLIGHT_MAX_AGE = '600';

/** Which origins may read the API from a web page: all, or those for which the function returns true. */
export type OriginRule = '*' | ((origin: string) => boolean);

/** @param origins `*`, or a list in which `https://*.shop.example` stands for every subdomain of shop.example */
export function toOriginRule(origins: '*' | readonly string[]): OriginRule {
  if (origins === '*') return '*';
  const exact = new Set(origins);
  const patterns = origins.filter((origin) => origin.includes('*')).map(toPattern);
  return (origin) => exact.has(origin) || patterns.some((pattern) => pattern.test(origin));
}

function toPattern(origin: string): RegExp {
  const [scheme = '', domain = ''] = origin.split('*.');
  const escaped = domain.replaceAll('.', '\\.');
  return new RegExp(`^${scheme}(?:[a-z0-9_-]+\\.)+${escaped}$`);
}

/**
 * Allows web pages of the given origins to read the API. It does not allow credentials, because the API has no cookies.
 */
export function allowOrigin(rule: OriginRule, request: FastifyRequest, reply: FastifyReply): void {
  const { origin } = request.headers;
  if (rule !== '*') {
    addVary(reply, 'Origin');
    if (origin === undefined || !rule(origin)) return;
  }
  void reply.header('access-control-allow-origin', rule === '*' ? '*' : origin);
  void reply.header('access-control-expose-headers', EXPOSED_HEADERS);
}

/** Answers OPTIONS on a known path, with or without the headers of a preflight. */
export function sendOptions(methods: readonly string[], request: FastifyRequest, reply: FastifyReply): void {
  void reply.status(204).header('allow', methods.join(', '));
  if (reply.hasHeader('access-control-allow-origin') && request.headers['access-control-request-method']) {
    addVary(reply, 'Access-Control-Request-Headers');
    void reply.headers({
      'access-control-allow-methods': methods.join(', '),
      'access-control-allow-headers': allowedHeaders(request.headers['access-control-request-headers']),
      'access-control-max-age': PREFLIGHT_MAX_AGE,
    });
  }
  void reply.send();
}

/**
 * The known headers and all requested ones: tracing libraries add headers to every request of a page (`baggage`,
 * `traceparent`), and unknown headers are harmless.
 */
function allowedHeaders(requested: string | undefined): string {
  const known = new Set(KNOWN_HEADERS.map((name) => name.toLowerCase()));
  const others = (requested ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => TOKEN.test(name) && !known.has(name.toLowerCase()));
  return [...KNOWN_HEADERS, ...new Set(others)].join(', ');
}
