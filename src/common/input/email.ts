import { domainToASCII } from 'node:url';
import { normalizeText, textFault, textLength } from './text';

export const MAX_EMAIL_LENGTH = 254;

/**
 * The form in which an e-mail address is stored: normalised text, with the domain in ASCII (`bücher.example` becomes
 * `xn--bcher-kva.example`), so that one mailbox has one account. A domain without an ASCII form is not changed.
 */
export function normalizeEmail(value: string): string {
  const text = normalizeText(value, MAX_EMAIL_LENGTH);
  if (!text.includes('@') || textLength(text) > MAX_EMAIL_LENGTH) return text;
  const start = text.lastIndexOf('@') + 1;
  const domain = text.slice(start);
  return INTERNATIONAL_DOMAIN.test(domain) ? text.slice(0, start) + (domainToASCII(domain) || domain) : text;
}

/** Returns what is wrong with a normalised e-mail address, as the end of a sentence; undefined if nothing is. */
export function emailFault(value: string): string | undefined {
  return (
    textFault(value, 1, MAX_EMAIL_LENGTH) ?? (EMAIL.test(value) ? undefined : 'must be an e-mail address')
  );
}

/**
 * A domain with non-ASCII letters. Its ASCII characters must be those of domains, because `domainToASCII` parses its
 * input as part of a URL: it would stop at a slash, and decode percent signs.
 */
const INTERNATIONAL_DOMAIN = /^(?=.*[^\0-\x7f])[a-zA-Z0-9.\-\u0080-\u{10ffff}]+$/u;

/**
 * What `<input type="email">` of browsers accepts (WHATWG HTML, "valid e-mail address"). The local part may also be a
 * quoted string (RFC 5321), or have visible non-ASCII characters (RFC 6531) and the two joiners that some scripts need,
 * because accounts with such addresses exist.
 */
const LOCAL = String.raw`(?:[a-zA-Z0-9.!#$%&'*+/=?^_\x60{|}~\-\u200c\u200d]|(?![\p{Z}\p{Cf}])[^\0-\x7f])+`;
const QUOTED = String.raw`"(?:[^"\\\p{Cc}]|\\[^\p{Cc}])+"`;
const LABEL = '[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?';
const EMAIL = new RegExp(String.raw`^(?:${LOCAL}|${QUOTED})@${LABEL}(?:\.${LABEL})*$`, 'u');
