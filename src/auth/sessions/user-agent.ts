import { isUtf8 } from 'node:buffer';

const MAX_LENGTH = 512;

/**
 * A User-Agent header as it is stored. Node gives the bytes of a header as Latin 1, but most programs that write more than
 * ASCII write UTF-8. Controls are dropped, and a character is never cut in two.
 */
export function storableUserAgent(header: string | undefined): string | null {
  if (header === undefined) return null;
  const bytes = Buffer.from(header, 'latin1');
  const text = (isUtf8(bytes) ? bytes.toString() : header).replace(/\p{Cc}/gu, '');
  return text.slice(0, MAX_LENGTH).replace(/[\ud800-\udbff]$/, '');
}
