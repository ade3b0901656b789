import { type FastifyRequest } from 'fastify';
import { type Page } from '../../reads/list/page';

/**
 * The paging of a list as a `Link` header of relative references (RFC 8288).
 *
 * @param publicPath the prefix that a proxy strips from every path
 */
export function linkOf(
  request: Pick<FastifyRequest, 'url'>,
  page: Pick<Page<unknown>, 'limit' | 'next'>,
  publicPath: string,
): string {
  // Split the URL like the router, for which a query can also follow `#`.
  const [, path = '', query] = /^([^?#]*)[?#]?(.*)$/.exec(request.url) ?? [];
  const params = new URLSearchParams(query);
  params.delete('cursor');
  params.delete('page');
  params.set('limit', String(page.limit));
  const first = `<${publicPath}${path}?${params.toString()}>; rel="first"`;
  if (page.next === undefined) return first;
  params.set('cursor', page.next);
  return `<${publicPath}${path}?${params.toString()}>; rel="next", ${first}`;
}
