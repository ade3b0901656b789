import { type FastifyReply, type FastifyRequest } from 'fastify';
import { toJson } from '../naming';
import { linkOf } from '../paging/links';
import { etagOfPage, Page } from '../paging/page';
import { Resource } from '../row-shape';

/** What goes out as it is. */
class JsonText {
  constructor(readonly text: string) {}
}

/**
 * Prepares what a handler gave for sending: entity tag, paging and caching, and 304 with nothing after it for a client
 * that has it already. The only place that does, for all resources and lists.
 */
export function prepare(
  request: FastifyRequest,
  reply: FastifyReply,
  payload: unknown,
  publicCaching: string,
): unknown {
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  // What depends on who asks has said so by now.
  if (isRead && !reply.hasHeader('cache-control')) void reply.header('cache-control', publicCaching);

  if (payload instanceof Resource) {
    const { etag } = payload;
    void reply.header('etag', etag);
    return isRead && isFresh(request, etag) ? notModified(reply) : new JsonText(payload.toJson());
  }
  if (payload instanceof Page) {
    const body = payload.toJson();
    const link = linkOf(request, payload);
    const total = payload.total === undefined ? '' : String(payload.total);
    const etag = etagOfPage(body, link, total);
    void reply.header('etag', etag).header('link', link);
    if (total !== '') void reply.header('x-total-count', total);
    return isFresh(request, etag) ? notModified(reply) : new JsonText(body);
  }
  return payload;
}

/** The text of what was prepared. */
export function serialize(payload: unknown): string {
  return payload instanceof JsonText ? payload.text : toJson(payload);
}

/** Whether `If-None-Match` names this entity tag, as RFC 9110 compares them: weak or not is the same here. */
function isFresh(request: FastifyRequest, etag: string): boolean {
  const known = request.headers['if-none-match'];
  if (known === undefined) return false;
  if (known === etag || known.trim() === '*') return true;
  const opaque = (tag: string) => tag.trim().replace(/^W\//, '');
  return known.split(',').some((tag) => opaque(tag) === opaque(etag));
}

function notModified(reply: FastifyReply): JsonText {
  void reply.status(304);
  return new JsonText('');
}
