import { type FastifyReply, type FastifyRequest } from 'fastify';
import { toJson } from './json';
import { linkOf } from '../paging/links';
import { etagOfPage, Page } from '../../reads/list/page';
import { Resource } from '../../reads/row-shape';

/** Text that is sent as it is. */
class JsonText {
  /** @param text null for no body, and no length of one either */
  constructor(readonly text: string | null) {}
}

export interface SendOptions {
  /** `Cache-Control` of reads that do not depend on who asks */
  publicCaching: string;
  /** what a proxy strips from the beginning of every path */
  publicPath: string;
}

/**
 * Prepares what a handler returned for sending: entity tag, paging and caching, and 304 without a body for a client that
 * has it already. The only place that does so, for all resources and lists.
 */
export function prepare(
  request: FastifyRequest,
  reply: FastifyReply,
  payload: unknown,
  { publicCaching, publicPath }: SendOptions,
): unknown {
  // A response that depends on who asks has its own Cache-Control by now.
  if (isRead(request) && !reply.hasHeader('cache-control')) void reply.header('cache-control', publicCaching);

  if (payload instanceof Resource) {
    return unlessKnown(request, reply, payload.etag, () => payload.toJson());
  }
  if (payload instanceof Page) {
    const body = payload.toJson();
    const link = linkOf(request, payload, publicPath);
    const total = payload.total === undefined ? '' : String(payload.total);
    void reply.header('link', link);
    if (total !== '') void reply.header('x-total-count', total);
    return unlessKnown(request, reply, etagOfPage(body, link, total), () => body);
  }
  return payload;
}

/** The text of a prepared response. */
export function serialize(payload: unknown): string {
  // Fastify takes null, though its types do not say so.
  return payload instanceof JsonText ? (payload.text as string) : toJson(payload);
}

/** Whether `If-None-Match` names this entity tag, as RFC 9110 compares them: weak or not is the same here. */
export function isFresh(known: string | undefined, etag: string): boolean {
  if (known === undefined) return false;
  if (known === etag || known.trim() === '*') return true;
  const opaque = (tag: string) => tag.trim().replace(/^W\//, '');
  return known.split(',').some((tag) => opaque(tag) === opaque(etag));
}

/** 304 for a read of what the client has already. */
function unlessKnown(
  request: FastifyRequest,
  reply: FastifyReply,
  etag: string,
  toJson: () => string,
): JsonText {
  void reply.header('etag', etag);
  const isKnown = isRead(request) && isFresh(request.headers['if-none-match'], etag);
  if (!isKnown) return new JsonText(toJson());
  // Fastify has set it by now.
  void reply.status(304).removeHeader('content-type');
  // Fastify tells the length of anything that answers HEAD, and it must be the one that GET would have.
  return new JsonText(request.method === 'HEAD' ? toJson() : null);
}

function isRead({ method }: FastifyRequest): boolean {
  return method === 'GET' || method === 'HEAD';
}
