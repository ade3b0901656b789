import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { sign } from 'jsonwebtoken';
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
  issue(source: TokenSource): TokensDto {
    const { accessTokenTtl } = this.environment;
    const { sessionId, userId, refreshId, refreshedAt, expiresAt, now } = source;
    const common = { sub: String(userId), sid: sessionId };
    const issued = toSeconds(now);
    return {
      accessToken: this.sign({
        ...common,
        token_use: 'access',
        jti: randomUUID(),
        iat: issued,
        exp: issued + accessTokenTtl,
      }),
      refreshToken: this.sign({
        ...common,
        token_use: 'refresh',
        jti: refreshId,
        iat: toSeconds(refreshedAt),
        exp: toSeconds(expiresAt),
      }),
      tokenType: 'Bearer',
      expiresIn: accessTokenTtl,
    };
  }

  private sign(claims: TokenClaims): string {
    const { jwtIssuer, jwtAudience } = this.environment;
    return sign({ iss: jwtIssuer, aud: jwtAudience, ...claims }, this.keys.privateKey, {
      algorithm: 'RS256',
      keyid: this.keys.kid,
    });
  }
}

function toSeconds(time: Date): number {
  return Math.floor(time.getTime() / 1000);
}
