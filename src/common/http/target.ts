/** Replaces a path segment that cannot be decoded as UTF-8. No route has it, and no rule for ids accepts it. */
const UNDECODABLE = encodeURIComponent('\ufffd');

/** The URL for the router: path and query, with a path that can be decoded. */
export function toRoutable(target: string): string {
  return replaceUndecodable(toOriginForm(target));
}

/**
 * The path and query of a request target. Proxies send it with scheme and authority, and some clients with a fragment.
 */
export function toOriginForm(target: string): string {
  const [whole = ''] = target.split('#', 1);
  const rest = whole.replace(/^https?:\/\/[^/?]*/i, '');
  if (rest === whole) return whole;
  return rest.startsWith('/') ? rest : `/${rest}`;
}

/**
 * Replaces the segments that cannot be decoded. Otherwise Fastify would refuse the request before routing, with 400
 * instead of 404, 405 or 401, and without the name of the wrong parameter.
 */
function replaceUndecodable(url: string): string {
  const queryAt = url.indexOf('?');
  const path = queryAt === -1 ? url : url.slice(0, queryAt);
  if (!path.includes('%') || isDecodable(path)) return url;
  const segments = path.split('/').map((segment) => (isDecodable(segment) ? segment : UNDECODABLE));
  return segments.join('/') + url.slice(path.length);
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
