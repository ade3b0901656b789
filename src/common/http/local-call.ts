import { type FastifyRequest } from 'fastify';

const LOOPBACK_HOST = /^(localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])(:\d{1,5})?$/i;

const LOOPBACK_ADDRESS = /^(127\.|::1$|::ffff:127\.)/;

/**
 * Whether a request came from this machine, to a loopback name, and from no web page of another origin. The name counts
 * besides the address: a page can have its own name resolve to 127.0.0.1.
 */
export function isLocalCall({ raw: { headers, socket } }: FastifyRequest): boolean {
  const { host = '', origin } = headers;
  if (!LOOPBACK_ADDRESS.test(socket.remoteAddress ?? '')) return false;
  return LOOPBACK_HOST.test(host) && (origin === undefined || origin === `http://${host}`);
}
