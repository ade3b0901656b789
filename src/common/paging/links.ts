import { type FastifyReply, type FastifyRequest } from 'fastify';
import { type Page } from './page';

/** Sends a page as a bare array, its paging in a `Link` header of relative references (RFC 8288). */
export function sendPage(
  request: FastifyRequest,
  reply: FastifyReply,
  page: Page<unknown>,
): readonly unknown[] {
  const [path = '', ...query] = request.url.split('?');
  const params = new URLSearchParams(query.join('?'));
  params.delete('cursor');
  params.set('limit', String(page.limit));
  const links = [`<${path}?${params.toString()}>; rel="first"`];
  if (page.next !== undefined) {
    params.set('cursor', page.next);
    links.unshift(`<${path}?${params.toString()}>; rel="next"`);
  }
  void reply.header('link', links.join(', '));
  return page.rows;
}
