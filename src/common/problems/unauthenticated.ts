import { type ProblemType, UNAUTHENTICATED } from './problem';

/** What a token is for: the requests of its user, or `POST /refresh` alone. */
export type TokenUse = 'access' | 'refresh';

/** Why a request counts as not authenticated. */
export type TokenFault = 'missing' | 'not_ours' | 'wrong_use' | 'not_yet_valid' | 'expired' | 'session_ended';

/** The challenge where a token was sent and refused. RFC 6750 wants no error code where the request has no token. */
export const INVALID_TOKEN = { 'www-authenticate': 'Bearer error="invalid_token"' };

const TOKENS = { access: 'an access token', refresh: 'a refresh token' };

/** The 401 of a route that needs a token. The code is always the same; the detail tells the reason. */
export function unauthenticated(use: TokenUse, fault: TokenFault): ProblemType {
  const detail = `A valid ${use} token is required; ${reason(use, fault)}.`;
  return { ...UNAUTHENTICATED, detail, ...(fault !== 'missing' && { headers: INVALID_TOKEN }) };
}

function reason(use: TokenUse, fault: TokenFault): string {
  switch (fault) {
    case 'missing':
      return 'this request has none';
    case 'not_ours':
      return 'this is not a token of this service';
    case 'wrong_use':
      return `this is ${TOKENS[use === 'access' ? 'refresh' : 'access']}`;
    case 'not_yet_valid':
      return 'this one is not valid yet';
    case 'expired':
      return 'this one has expired';
    case 'session_ended':
      return 'the session of this one has ended';
  }
}

/** `POST /refresh` without a valid token, as the OpenAPI document shows it. */
export const REFRESH_UNAUTHENTICATED: ProblemType = {
  ...UNAUTHENTICATED,
  detail: 'A valid refresh token is required.',
};
