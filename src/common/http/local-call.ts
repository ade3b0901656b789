import { type FastifyRequest } from 'fastify';

const LOOPBACK_HOST = /^(localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])(:\d{1,5})?$/i;

const LOOPBACK_ADDRESS = /^(127\.|::1$|::ffff:127\.)/;

/** What proxies add to tell whom they speak for. */
const PROXY_HEADER = /^(forwarded|via|x-forwarded-.*|x-real-ip)$/;

/**
 * Whether a request came from this machine, to a loopback name, from no web page of another origin, and through no proxy
 * that could be seen. The name counts besides the address: a page can have its own name resolve to 127.0.0.1.
 */
export function isLocalCall({ raw }: FastifyRequest): boolean {
  const { host = '', origin } = raw.headers;
  if (!LOOPBACK_ADDRESS.test(raw.socket.remoteAddress ?? '') || isForwarded(raw)) return false;
  return LOOPBACK_HOST.test(host) && (origin === undefined || origin === `http://${host}`);
}

/** A proxy on this machine may give its upstream's name for Host. nginx then adds no header, but speaks HTTP/1.0. */
function isForwarded({ headers, httpVersion }: FastifyRequest['raw']): boolean {
  return httpVersion === '1.0' || Object.keys(headers).some((name) => PROXY_HEADER.test(name));
}
