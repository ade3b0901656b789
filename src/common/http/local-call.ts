import { type FastifyRequest } from 'fastify';

const LOOPBACK_HOST = /^(localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])(:\d{1,5})?$/i;

const LOOPBACK_ADDRESS = /^(127\.|::1$|::ffff:127\.)/;

/** Headers that proxies add. */
const PROXY_HEADER = /^(forwarded|via|x-forwarded-.*|x-real-ip)$/;

/**
 * Values of `Sec-Fetch-Site` for requests from pages of other sites. Images and links have no `Origin`, but have this
 * header.
 */
const FOREIGN_SITES = ['cross-site', 'same-site'];

/**
 * Whether a request came from this machine, to a loopback host name, not from a web page of another origin, and not
 * through a visible proxy. The host name is checked too, because the DNS name of a page can resolve to 127.0.0.1.
 */
export function isLocalCall({ raw, originalUrl }: FastifyRequest): boolean {
  const { host = '', origin, 'sec-fetch-site': site } = raw.headers;
  if (!LOOPBACK_ADDRESS.test(raw.socket.remoteAddress ?? '') || isForwarded(raw)) return false;
  // A second host name, in another Host header or in the target, could be the real one. Node shows only the first Host.
  const hosts = raw.rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === 'host');
  if (hosts.length !== 1 || !originalUrl.startsWith('/')) return false;
  if (typeof site === 'string' && FOREIGN_SITES.includes(site)) return false;
  return LOOPBACK_HOST.test(host) && (origin === undefined || origin === `http://${host}`);
}

/**
 * A proxy on this machine may send the name of its upstream as Host. By default nginx does so, adds no header, and uses
 * HTTP/1.0.
 */
function isForwarded({ headers, httpVersion }: FastifyRequest['raw']): boolean {
  return httpVersion === '1.0' || Object.keys(headers).some((name) => PROXY_HEADER.test(name));
}
