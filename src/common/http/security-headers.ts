/**
 * The headers of every response. Answers are data: a browser that is led to one directly must not guess another type,
 * run anything in it, show it in a frame, or tell other sites its address. Another site reads them by CORS, and does not
 * load them as an image or a script. The pages have policies of their own.
 * Strict-Transport-Security is left to the proxy that has the certificate.
 */
export const SECURITY_HEADERS = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
};
