/** Allows only files of this server, no inline scripts, and no frames, because the pages ask for passwords. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  // Swagger UI sets style attributes, and the components of the panel write style elements.
  "style-src 'self' 'unsafe-inline'",
  // Icons of both are data URLs.
  "img-src 'self' data:",
  "connect-src 'self'",
  "font-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** The headers of our pages: the docs and the panel. */
export const PAGE_HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'referrer-policy': 'no-referrer',
  // No other page keeps a hold of this one's window.
  'cross-origin-opener-policy': 'same-origin',
  'cache-control': 'no-cache',
};
