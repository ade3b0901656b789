import { type ProblemType, UNAUTHENTICATED } from './problem';

/** The purpose of a token: requests of its user, or only `POST /refresh`. */
export type TokenUse = 'access' | 'refresh';

/** Why a request is not authenticated. */
export type TokenFault = 'missing' | 'not_ours' | 'wrong_use' | 'not_yet_valid' | 'expired' | 'session_ended';

/** The challenge after a refused token. By RFC 6750 a request without a token gets no error code. */
export const INVALID_TOKEN = { 'www-authenticate': 'Bearer error="invalid_token"' };

const TOKENS = { access: 'an access token', refresh: 'a refresh token' };

/** The 401 of a route that needs a token. The code is always the same; the detail has the reason. */
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

/** The problem of `POST /refresh` without a valid token, for the OpenAPI document. */
export const REFRESH_UNAUTHENTICATED: ProblemType = {
  ...UNAUTHENTICATED,
  detail: 'A valid refresh token is required.',
};
