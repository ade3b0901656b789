import { UUID } from '../../common/input/uuid';
import { Problem } from '../../common/problems/problem';
import { type TokenFault, type TokenUse, unauthenticated } from '../../common/problems/unauthenticated';

/** The claims of our tokens. */
export interface TokenClaims {
  /** id of the user, as text */
  sub: string;
  /** id of the session */
  sid: string;
  jti: string;
  token_use: TokenUse;
  /** seconds since 1970 */
  iat: number;
  exp: number;
  nbf?: number;
}

/** How many seconds the times of a token may be ahead of the clock. */
const CLOCK_SKEW = 30;

const ID = /^[1-9]\d*$/;

/**
 * Returns the claims of a verified token, if they are complete, for this use, and valid at this time.
 *
 * @param now seconds since 1970
 * @throws Problem `unauthenticated` with the reason
 */
export function checkClaims(payload: unknown, use: TokenUse, now: number): TokenClaims {
  const refuse = (fault: TokenFault) => new Problem(unauthenticated(use, fault));
  if (!isComplete(payload)) throw refuse('not_ours');
  const { token_use, iat, nbf = iat, exp } = payload;
  if (token_use !== use) throw refuse('wrong_use');
  if (Math.max(iat, nbf) > now + CLOCK_SKEW) throw refuse('not_yet_valid');
  if (exp <= now) throw refuse('expired');
  return payload;
}

/** Whether all claims exist and have the types of our tokens. */
function isComplete(payload: unknown): payload is TokenClaims {
  if (typeof payload !== 'object' || payload === null) return false;
  const { token_use, sub, sid, jti, exp, iat, nbf } = payload as Record<string, unknown>;
  return (
    (token_use === 'access' || token_use === 'refresh') &&
    isText(sub, ID) &&
    Number.isSafeInteger(Number(sub)) &&
    isOurUuid(sid) &&
    isOurUuid(jti) &&
    Number.isFinite(exp) &&
    Number.isFinite(iat) &&
    (nbf === undefined || Number.isFinite(nbf))
  );
}

/** PostgreSQL writes UUIDs in lower case. */
function isOurUuid(value: unknown): boolean {
  return isText(value, UUID) && value === String(value).toLowerCase();
}

function isText(value: unknown, pattern: RegExp): boolean {
  return typeof value === 'string' && pattern.test(value);
}
