import { isUtf8 } from 'node:buffer';

const MAX_LENGTH = 512;

/**
 * The User-Agent header as it is stored. Node decodes headers as Latin 1, but most programs that send non-ASCII text
 * send UTF-8. Control characters are removed, and the text is cut without splitting a surrogate pair.
 */
export function storableUserAgent(header: string | undefined): string | null {
  if (header === undefined) return null;
  const bytes = Buffer.from(header, 'latin1');
  const text = (isUtf8(bytes) ? bytes.toString() : header).replace(/\p{Cc}/gu, '');
  return text.slice(0, MAX_LENGTH).replace(/[\ud800-\udbff]$/, '');
}
