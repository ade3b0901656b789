import { type FastifyRequest } from 'fastify';

const LOOPBACK_HOST = /^(localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])(:\d{1,5})?$/i;

const LOOPBACK_ADDRESS = /^(127\.|::1$|::ffff:127\.)/;

/** What proxies add to tell whom they speak for. */
const PROXY_HEADER = /^(forwarded|via|x-forwarded-.*|x-real-ip)$/;

/** What a browser says of a request that another site's page makes, an image or a link without `Origin` too. */
const FOREIGN_SITES = ['cross-site', 'same-site'];

/**
 * Whether a request came from this machine, to a loopback name, from no web page of another origin, and through no proxy
 * that could be seen. The name counts besides the address: a page can have its own name resolve to 127.0.0.1.
 */
export function isLocalCall({ raw, originalUrl }: FastifyRequest): boolean {
  const { host = '', origin, 'sec-fetch-site': site } = raw.headers;
  if (!LOOPBACK_ADDRESS.test(raw.socket.remoteAddress ?? '') || isForwarded(raw)) return false;
  // A second name, in another Host or in the target, may be the one that was meant; Node shows the first Host only.
  const hosts = raw.rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === 'host');
  if (hosts.length !== 1 || !originalUrl.startsWith('/')) return false;
  if (typeof site === 'string' && FOREIGN_SITES.includes(site)) return false;
  return LOOPBACK_HOST.test(host) && (origin === undefined || origin === `http://${host}`);
}

/** A proxy on this machine may give its upstream's name for Host. nginx then adds no header, but speaks HTTP/1.0. */
function isForwarded({ headers, httpVersion }: FastifyRequest['raw']): boolean {
  return httpVersion === '1.0' || Object.keys(headers).some((name) => PROXY_HEADER.test(name));
}
