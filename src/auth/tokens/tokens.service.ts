import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { Environment } from '../../config/environment';
import { BackgroundThreads } from '../background-threads';
import { type TokensDto } from './dto/tokens.dto';
import { KEY_RING, type KeyRing } from './key-ring';
import { type TokenClaims } from './token-claims';

/** The parts of a session that its tokens contain. Times are in seconds since 1970, by the database's clock. */
export interface TokenSource {
  sessionId: string;
  userId: string;
  refreshId: string;
  refreshedAt: number;
  expiresAt: number;
  now: number;
}

/** Issues tokens. */
@Injectable()
export class TokensService {
  constructor(
    @Inject(KEY_RING) private readonly keys: KeyRing,
    private readonly environment: Environment,
    private readonly threads: BackgroundThreads,
  ) {}

  /**
   * Issues a new access token, and the refresh token of the session's row. RS256 signs the same claims with the same
   * signature, so a repeated refresh returns the same token, although it is not stored.
   */
  async issue(source: TokenSource): Promise<TokensDto> {
    const { accessTokenTtl } = this.environment;
    const { sessionId, userId, refreshId, refreshedAt, expiresAt, now } = source;
    const common = { sub: userId, sid: sessionId };
    const [accessToken = '', refreshToken = ''] = await this.sign(
      { ...common, token_use: 'access', jti: randomUUID(), iat: now, exp: now + accessTokenTtl },
      { ...common, token_use: 'refresh', jti: refreshId, iat: refreshedAt, exp: expiresAt },
    );
    return { accessToken, refreshToken, tokenType: 'Bearer', expiresIn: accessTokenTtl };
  }

  /** Signs in a background thread: jsonwebtoken would block the event loop for a millisecond per token. */
  private async sign(...tokens: TokenClaims[]): Promise<string[]> {
    const { kid } = this.keys;
    const { jwtIssuer, jwtAudience } = this.environment;
    const header = encode({ alg: 'RS256', typ: 'JWT', kid });
    const texts = tokens.map(
      (claims) => `${header}.${encode({ iss: jwtIssuer, aud: jwtAudience, ...claims })}`,
    );
    const signatures = await this.threads.run<string[]>('sign', { texts });
    return texts.map((text, index) => `${text}.${signatures[index] ?? ''}`);
  }
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}
