import { type FastifyRequest } from 'fastify';

const LOOPBACK_HOST = /^(localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])(:\d{1,5})?$/i;

/**
 * Whether a request was made to a loopback name, and by no web page of another origin. The name counts, not only the
 * address: a page can have its own name resolve to 127.0.0.1.
 */
export function isLocalCall({ raw: { headers } }: FastifyRequest): boolean {
  const { host = '', origin } = headers;
  return LOOPBACK_HOST.test(host) && (origin === undefined || origin === `http://${host}`);
}
