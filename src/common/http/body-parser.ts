import { isUtf8 } from 'node:buffer';
import { type IncomingHttpHeaders } from 'node:http';
import { type FastifyInstance, type FastifyRequest } from 'fastify';
import { type RouteSettings } from './route-settings';
import { faultPosition, parseJson } from './parse-json';
import { invalidInput, Problem, UNSUPPORTED_MEDIA_TYPE } from '../problems/problem';

const BODY_LIMIT = 100 * 1024;
const MAX_DEPTH = 32;
const JSON_MEDIA_TYPE = /^application\/json[ \t]*(?:;[ \t]*charset=(?:utf-8|"utf-8")[ \t]*)?$/i;

/**
 * Accepts only JSON in UTF-8. Fastify's own parsers accept other types, replace invalid bytes, and do not limit the
 * nesting depth.
 */
export function useJsonOnly(fastify: FastifyInstance): void {
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser(
    '*',
    { parseAs: 'buffer', bodyLimit: BODY_LIMIT },
    (request, body: Buffer, done) => {
      try {
        if (isStreamed(request)) throw new Problem(UNSUPPORTED_MEDIA_TYPE, { detail: STREAMED_TYPES_RULE });
        if (body.length > 0) refuseEncoded(request.headers);
        done(null, parseBody(request.headers['content-type'], body));
      } catch (error) {
        done(error as Error);
      }
    },
  );
}

const STREAMED_TYPES = ['text/csv', 'application/x-ndjson'];
const STREAMED_TYPES_RULE = `The body must be ${STREAMED_TYPES.join(' or ')}.`;

/** Passes files on to those routes that read them as they arrive. Any other route refuses them. */
export function useStreams(fastify: FastifyInstance): void {
  fastify.addContentTypeParser(STREAMED_TYPES, (request, payload, done) => {
    try {
      if (!isStreamed(request)) throw new Problem(UNSUPPORTED_MEDIA_TYPE);
      refuseEncoded(request.headers);
      done(null, payload);
    } catch (error) {
      done(error as Error);
    }
  });
}

function isStreamed({ routeOptions }: FastifyRequest): boolean {
  return (routeOptions.config as RouteSettings | undefined)?.streamed === true;
}

/** @throws Problem 415 for a body that is compressed or encoded in another way, because bodies are never decoded */
export function refuseEncoded(headers: IncomingHttpHeaders): void {
  const transfer = headers['transfer-encoding'];
  const isChunked = transfer === undefined || /^chunked$/i.test(transfer.trim());
  if (headers['content-encoding'] === undefined && isChunked) return;
  throw new Problem(UNSUPPORTED_MEDIA_TYPE, {
    detail: 'The body must be sent as it is, without Content-Encoding.',
    headers: { 'accept-encoding': 'identity' },
  });
}

/** @throws Problem 415 for another media type, 400 for a body that is not JSON in UTF-8 or is nested too deep */
export function parseBody(mediaType: string | undefined, body: Buffer): unknown {
  if (body.length === 0) return undefined;
  if (!JSON_MEDIA_TYPE.test(mediaType ?? '')) throw new Problem(UNSUPPORTED_MEDIA_TYPE);
  if (!isUtf8(body)) throw invalidInput({ pointer: '', message: 'must be valid UTF-8' });
  if (isDeeperThan(MAX_DEPTH, body)) {
    throw invalidInput({ pointer: '', message: `must not be nested deeper than ${MAX_DEPTH}` });
  }
  const text = body.toString();
  try {
    return parseJson(text);
  } catch {
    throw invalidInput({ pointer: '', message: `must be JSON; it is not at ${faultPosition(text)}` });
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPENERS = new Set([0x5b, 0x7b]);
const CLOSERS = new Set([0x5d, 0x7d]);

/**
 * Counts brackets outside of strings. It reads bytes, because in UTF-8 these bytes are never part of another character.
 */
function isDeeperThan(limit: number, json: Buffer): boolean {
  let depth = 0;
  let inString = false;
  for (let i = 0; i < json.length; i++) {
    const byte = json[i] ?? 0;
    if (inString) {
      if (byte === BACKSLASH) i++;
      else if (byte === QUOTE) inString = false;
    } else if (byte === QUOTE) {
      inString = true;
    } else if (OPENERS.has(byte)) {
      if (++depth > limit) return true;
    } else if (CLOSERS.has(byte)) {
      depth--;
    }
  }
  return false;
}
