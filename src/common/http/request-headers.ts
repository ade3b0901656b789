import { type IncomingMessage } from 'node:http';

/**
 * Headers that may stand in a request once only. Node would show the first of two without a word, and a proxy in front may
 * have judged the request by the second. Node itself refuses a second Content-Length or Transfer-Encoding.
 */
const SINGLE = new Map([
  ['host', 'Host'],
  ['authorization', 'Authorization'],
  ['content-type', 'Content-Type'],
]);

/** `host` and an optional port, as RFC 3986 writes them. An empty one is allowed: not every target has an authority. */
const HOST = /^(?:[A-Za-z0-9._~!$&'()*+,;=%-]*|\[[0-9A-Fa-f:.]+\])(?::\d*)?$/;

/** What makes the head of a request invalid HTTP (RFC 9112) or ambiguous, as a sentence; undefined for a good one. */
export function faultOfHead({ rawHeaders, headers, httpVersion }: IncomingMessage): string | undefined {
  const repeated = findRepeated(rawHeaders);
  if (repeated !== undefined) return `The header ${repeated} must be sent only once.`;
  const { host } = headers;
  if (host === undefined) return httpVersion === '1.0' ? undefined : 'The header Host is missing.';
  return HOST.test(host) ? undefined : 'The header Host must be a host name with an optional port.';
}

/** @param rawHeaders names and values in turn, as Node gives them */
function findRepeated(rawHeaders: readonly string[]): string | undefined {
  const seen = new Set<string>();
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = SINGLE.get(rawHeaders[index]?.toLowerCase() ?? '');
    if (name === undefined) continue;
    if (seen.has(name)) return name;
    seen.add(name);
  }
  return undefined;
}
