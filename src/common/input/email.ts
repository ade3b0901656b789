import { domainToASCII } from 'node:url';
import { normalizeText, textFault, textLength } from './text';

export const MAX_EMAIL_LENGTH = 254;

/**
 * The form in which an e-mail address is stored: the rule for text, and a domain in its ASCII form (`bücher.example` is
 * `xn--bcher-kva.example`), so that one mailbox has one account. A domain that has no such form is left as it is.
 */
export function normalizeEmail(value: string): string {
  const text = normalizeText(value, MAX_EMAIL_LENGTH);
  if (!text.includes('@') || textLength(text) > MAX_EMAIL_LENGTH) return text;
  const start = text.lastIndexOf('@') + 1;
  const domain = text.slice(start);
  return INTERNATIONAL_DOMAIN.test(domain) ? text.slice(0, start) + (domainToASCII(domain) || domain) : text;
}

/** What is wrong with a normalised e-mail address, as the end of a sentence; undefined if nothing is. */
export function emailFault(value: string): string | undefined {
  return (
    textFault(value, 1, MAX_EMAIL_LENGTH) ?? (EMAIL.test(value) ? undefined : 'must be an e-mail address')
  );
}

/**
 * A domain with letters beyond ASCII. Of ASCII it has only what a domain may have: `domainToASCII` reads its input as a
 * part of a URL, and would end at a slash and decode a percent sign.
 */
const INTERNATIONAL_DOMAIN = /^(?=.*[^\0-\x7f])[a-zA-Z0-9.\-\u0080-\u{10ffff}]+$/u;

/**
 * What a browser's `<input type="email">` accepts (WHATWG HTML, "valid e-mail address"). The local part may also have
 * characters beyond ASCII (RFC 6531) that are neither spaces nor invisible, except the two joiners that some scripts need,
 * and may be a quoted string (RFC 5321): accounts with such addresses exist.
 */
const LOCAL = String.raw`(?:[a-zA-Z0-9.!#$%&'*+/=?^_\x60{|}~\-\u200c\u200d]|(?![\p{Z}\p{Cf}])[^\0-\x7f])+`;
const QUOTED = String.raw`"(?:[^"\\\p{Cc}]|\\[^\p{Cc}])+"`;
const LABEL = '[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?';
const EMAIL = new RegExp(String.raw`^(?:${LOCAL}|${QUOTED})@${LABEL}(?:\.${LABEL})*$`, 'u');
