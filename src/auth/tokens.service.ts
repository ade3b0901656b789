import { randomUUID, sign } from 'node:crypto';
import { promisify } from 'node:util';
import { Inject, Injectable } from '@nestjs/common';
import { Environment } from '../config/environment';
import { type TokensDto } from './dto/tokens.dto';
import { type KeyRing } from './key-ring';

export const KEY_RING = Symbol('key ring');

export type TokenUse = 'access' | 'refresh';

/** What a token of ours says. */
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
}

/** What of a session its tokens are made from; all times from the database's clock. */
export interface TokenSource {
  sessionId: string;
  userId: number;
  refreshId: string;
  refreshedAt: Date;
  expiresAt: Date;
  now: Date;
}

const signInBackground = promisify(sign);

/** Makes tokens. */
@Injectable()
export class TokensService {
  constructor(
    @Inject(KEY_RING) private readonly keys: KeyRing,
    private readonly environment: Environment,
  ) {}

  /**
   * A new access token, and the refresh token that the session's row describes: RS256 signs the same claims to the
   * same bytes, so a repeated refresh answers the same one without keeping it anywhere.
   */
  async issue(source: TokenSource): Promise<TokensDto> {
    const { accessTokenTtl } = this.environment;
    const { sessionId, userId, refreshId, refreshedAt, expiresAt, now } = source;
    const common = { sub: String(userId), sid: sessionId };
    const issued = toSeconds(now);
    const [accessToken, refreshToken] = await Promise.all([
      this.sign({
        ...common,
        token_use: 'access',
        jti: randomUUID(),
        iat: issued,
        exp: issued + accessTokenTtl,
      }),
      this.sign({
        ...common,
        token_use: 'refresh',
        jti: refreshId,
        iat: toSeconds(refreshedAt),
        exp: toSeconds(expiresAt),
      }),
    ]);
    return { accessToken, refreshToken, tokenType: 'Bearer', expiresIn: accessTokenTtl };
  }

  /** A JWS in compact form. Not by jsonwebtoken, which would hold up the event loop for a millisecond. */
  private async sign(claims: TokenClaims): Promise<string> {
    const { privateKey, kid } = this.keys;
    const { jwtIssuer, jwtAudience } = this.environment;
    const header = encode({ alg: 'RS256', typ: 'JWT', kid });
    const signed = `${header}.${encode({ iss: jwtIssuer, aud: jwtAudience, ...claims })}`;
    const signature = await signInBackground('RSA-SHA256', Buffer.from(signed), privateKey);
    return `${signed}.${signature.toString('base64url')}`;
  }
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}

function toSeconds(time: Date): number {
  return Math.floor(time.getTime() / 1000);
}
