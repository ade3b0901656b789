import { type FastifyReply, type FastifyRequest } from 'fastify';
import { toJson } from './json';
import { addVary } from './vary';
import { linkOf } from '../paging/links';
import { etagOfPage, Page } from '../../reads/list/page';
import { Resource } from '../../reads/row-shape';

/** A text that is sent unchanged. */
class JsonText {
  /** @param text null for a response without body and Content-Length */
  constructor(readonly text: string | null) {}
}

/** A response that was sent before, and is sent again. */
export class Replay {
  constructor(
    readonly status: number,
    /** without those that are null */
    readonly headers: Readonly<Record<string, string | null>>,
    /** JSON */
    readonly body: string,
  ) {}
}

export interface SendOptions {
  /** `Cache-Control` of reads that do not depend on the caller */
  publicCaching: string;
  /** request headers on which these reads depend; undefined for none */
  publicVary?: string | undefined;
  /** the prefix that a proxy strips from every path */
  publicPath: string;
}

/**
 * Prepares the result of a handler for sending: entity tag, paging headers, caching, and 304 for a client that already
 * has it. It does so for all resources and lists.
 */
export function prepare(
  request: FastifyRequest,
  reply: FastifyReply,
  payload: unknown,
  { publicCaching, publicVary, publicPath }: SendOptions,
): unknown {
  // Responses that depend on the caller already have their own Cache-Control.
  if (isRead(request) && !reply.hasHeader('cache-control')) {
    void reply.header('cache-control', publicCaching);
    if (publicVary !== undefined) addVary(reply, publicVary);
  }

  if (payload instanceof Replay) {
    void reply.status(payload.status);
    for (const [name, value] of Object.entries(payload.headers)) {
      if (value !== null) void reply.header(name, value);
    }
    return new JsonText(payload.body);
  }
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
  // Fastify accepts null, although its types do not allow it.
  return payload instanceof JsonText ? (payload.text as string) : toJson(payload);
}

/** Whether `If-None-Match` has this entity tag, by the weak comparison of RFC 9110. */
export function isFresh(known: string | undefined, etag: string): boolean {
  if (known === undefined) return false;
  if (known === etag || known.trim() === '*') return true;
  const opaque = (tag: string) => tag.trim().replace(/^W\//, '');
  return known.split(',').some((tag) => opaque(tag) === opaque(etag));
}

/** Answers a read with 304 if the client already has this entity tag. */
function unlessKnown(
  request: FastifyRequest,
  reply: FastifyReply,
  etag: string,
  toJson: () => string,
): JsonText {
  void reply.header('etag', etag);
  const isKnown = isRead(request) && isFresh(request.headers['if-none-match'], etag);
  if (!isKnown) return new JsonText(toJson());
  // Fastify has already set it.
  void reply.status(304).removeHeader('content-type');
  // For HEAD, Fastify sends the length of the payload, which must be the length of the body of GET.
  return new JsonText(request.method === 'HEAD' ? toJson() : null);
}

export function isRead({ method }: FastifyRequest): boolean {
  return method === 'GET' || method === 'HEAD';
}
