/** What stands for a path segment that is not percent-encoded UTF-8: no rule for ids accepts it, and no route has it. */
const UNDECODABLE = encodeURIComponent('\ufffd');

/** The address that the router reads: path and query, and a path that can always be decoded. */
export function toRoutable(target: string): string {
  return replaceUndecodable(toOriginForm(target));
}

/**
 * The path and query of a request target: proxies send it with scheme, authority and all, and careless clients with the
 * fragment.
 */
export function toOriginForm(target: string): string {
  const [whole = ''] = target.split('#', 1);
  const rest = whole.replace(/^https?:\/\/[^/?]*/i, '');
  if (rest === whole) return whole;
  return rest.startsWith('/') ? rest : `/${rest}`;
}

/**
 * Replaces the segments that cannot be decoded. Fastify would refuse the whole request before it looks for a route, so
 * that it would be 400 where 404, 405 or 401 is due, and nobody would be told which parameter is wrong.
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
