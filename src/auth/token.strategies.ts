import { Inject, Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { type FastifyRequest } from 'fastify';
import { Strategy, type StrategyOptionsWithoutRequest } from 'passport-jwt';
import { type Caller } from '../common/access';
import { Environment } from '../config/environment';
import { SessionsService } from './sessions.service';
import { type SigningKey } from './signing-key';
import { SIGNING_KEY, type TokenClaims, type TokenUse } from './tokens.service';

/** How far ahead of ours the clock may be that wrote a token, in seconds. */
const CLOCK_SKEW = 30;

const BEARER = /^Bearer +([\w-]+\.[\w-]+\.[\w-]+) *$/i;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** How tokens of either kind are read: ours, by our key, and by what else the contract fixes. */
function strategyOptions(key: SigningKey, environment: Environment): StrategyOptionsWithoutRequest {
  return {
    jwtFromRequest: (request) =>
      BEARER.exec((request as unknown as FastifyRequest).headers.authorization ?? '')?.[1] ?? null,
    secretOrKeyProvider: (_request, token: string, done) => {
      done(null, isSignedBy(key, token) ? (key.publicKey as unknown as string) : undefined);
    },
    algorithms: ['RS256'],
    issuer: environment.jwtIssuer,
    audience: environment.jwtAudience,
    // Judged below, where a clock that is a little ahead is forgiven.
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- the only way to say it
    jsonWebTokenOptions: { ignoreNotBefore: true },
  };
}

/** Whether the token's header names our key, and nothing beside it that could lead to another. */
function isSignedBy(key: SigningKey, token: string): boolean {
  try {
    const header = JSON.parse(Buffer.from(token.split('.', 1)[0] ?? '', 'base64url').toString()) as object;
    const { kid, ...rest } = header as Record<string, unknown>;
    return kid === key.kid && Object.keys(rest).every((name) => name === 'alg' || name === 'typ');
  } catch {
    return false;
  }
}

/** The claims of a verified token if they are whole and of this kind. */
function readClaims(payload: unknown, use: TokenUse): TokenClaims | undefined {
  const claims = payload as TokenClaims & { nbf?: number };
  const latest = Date.now() / 1000 + CLOCK_SKEW;
  const whole =
    claims.token_use === use &&
    Number.isSafeInteger(Number(claims.sub)) &&
    UUID.test(claims.sid) &&
    UUID.test(claims.jti) &&
    typeof claims.exp === 'number' &&
    typeof claims.iat === 'number' &&
    claims.iat <= latest &&
    (claims.nbf ?? 0) <= latest;
  return whole ? claims : undefined;
}

@Injectable()
export class AccessTokenStrategy extends PassportStrategy(Strategy, 'access') {
  constructor(
    @Inject(SIGNING_KEY) key: SigningKey,
    environment: Environment,
    private readonly sessions: SessionsService,
  ) {
    super(strategyOptions(key, environment));
  }

  async validate(payload: unknown): Promise<Caller | false> {
    const claims = readClaims(payload, 'access');
    if (!claims) return false;
    return (await this.sessions.findCaller(claims.sid, Number(claims.sub))) ?? false;
  }
}

@Injectable()
export class RefreshTokenStrategy extends PassportStrategy(Strategy, 'refresh') {
  constructor(@Inject(SIGNING_KEY) key: SigningKey, environment: Environment) {
    super(strategyOptions(key, environment));
  }

  validate(payload: unknown): TokenClaims | false {
    return readClaims(payload, 'refresh') ?? false;
  }
}
