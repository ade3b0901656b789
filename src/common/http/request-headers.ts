import { type IncomingMessage } from 'node:http';

/**
 * Headers that a request may have only once. Node ignores a second one, but a proxy may have used it to check the
 * request. Node itself refuses a second Content-Length or Transfer-Encoding.
 */
const SINGLE = new Map([
  ['host', 'Host'],
  ['authorization', 'Authorization'],
  ['content-type', 'Content-Type'],
]);

/** `host` and an optional port, as in RFC 3986. It may be empty, because not every target has an authority. */
const HOST = /^(?:[A-Za-z0-9._~!$&'()*+,;=%-]*|\[[0-9A-Fa-f:.]+\])(?::\d*)?$/;

/**
 * Says why the headers of a request are invalid HTTP (RFC 9112) or ambiguous, as a sentence; undefined if they are
 * valid.
 */
export function faultOfHead({ rawHeaders, headers, httpVersion }: IncomingMessage): string | undefined {
  const repeated = findRepeated(rawHeaders);
  if (repeated !== undefined) return `The header ${repeated} must be sent only once.`;
  const { host } = headers;
  if (host === undefined) return httpVersion === '1.0' ? undefined : 'The header Host is missing.';
  return HOST.test(host) ? undefined : 'The header Host must be a host name with an optional port.';
}

/** @param rawHeaders names and values alternately, as in Node */
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
