import { type FastifyRequest } from 'fastify';
import { type Page } from '../../reads/list/page';

/** The paging of a list as a `Link` header of relative references (RFC 8288). */
export function linkOf(
  request: Pick<FastifyRequest, 'url'>,
  page: Pick<Page<unknown>, 'limit' | 'next'>,
): string {
  // As the router reads it, which takes a query behind `#` too.
  const [, path = '', query] = /^([^?#]*)[?#]?(.*)$/.exec(request.url) ?? [];
  const params = new URLSearchParams(query);
  params.delete('cursor');
  params.delete('page');
  params.set('limit', String(page.limit));
  const first = `<${path}?${params.toString()}>; rel="first"`;
  if (page.next === undefined) return first;
  params.set('cursor', page.next);
  return `<${path}?${params.toString()}>; rel="next", ${first}`;
}
