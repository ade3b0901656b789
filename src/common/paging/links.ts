import { type FastifyRequest } from 'fastify';
import { type Page } from './page';

/** The paging of a list as a `Link` header of relative references (RFC 8288). */
export function linkOf(request: FastifyRequest, page: Page<unknown>): string {
  const [path = '', ...query] = request.url.split('?');
  const params = new URLSearchParams(query.join('?'));
  params.delete('cursor');
  params.delete('page');
  params.set('limit', String(page.limit));
  const first = `<${path}?${params.toString()}>; rel="first"`;
  if (page.next === undefined) return first;
  params.set('cursor', page.next);
  return `<${path}?${params.toString()}>; rel="next", ${first}`;
}
