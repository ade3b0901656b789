import { type KeyObject } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { type FastifyRequest } from 'fastify';
import { Strategy, type StrategyOptionsWithoutRequest } from 'passport-jwt';
import { type Caller } from '../../common/access';
import { Environment } from '../../config/environment';
import { SessionsService } from '../sessions/sessions.service';
import { KEY_RING, type KeyRing } from './key-ring';
import { type TokenClaims, type TokenUse } from './tokens.service';

/** How far ahead of ours the clock may be that wrote a token, in seconds. */
const CLOCK_SKEW = 30;

const BEARER = /^Bearer +([\w-]+\.[\w-]+\.[\w-]+) *$/i;
/** Tokens whose signatures are remembered. */
const MAX_VERIFIED = 1000;

const ID = /^[1-9]\d*$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Tells who a bearer token stands for: ours, whole, of the right kind, not run out. */
@Injectable()
export class TokenAuthenticator {
  private readonly strategy: Strategy;
  private readonly verified = new Map<string, unknown>();

  constructor(
    @Inject(KEY_RING) keys: KeyRing,
    environment: Environment,
    private readonly sessions: SessionsService,
  ) {
    this.strategy = new Strategy(strategyOptions(keys, environment), (payload: unknown, done) => {
      done(null, payload);
    });
  }

  /** The caller behind an access token whose session lives. */
  async callerOf(request: FastifyRequest): Promise<Caller | undefined> {
    const claims = await this.claimsOf(request, 'access');
    return claims && this.sessions.findCaller(claims.sid, Number(claims.sub));
  }

  /** The claims of a refresh token. Whether it is live, rotation finds out. */
  async refreshClaimsOf(request: FastifyRequest): Promise<TokenClaims | undefined> {
    return this.claimsOf(request, 'refresh');
  }

  private async claimsOf(request: FastifyRequest, use: TokenUse): Promise<TokenClaims | undefined> {
    const token = bearerToken(request);
    if (token === null) return undefined;
    const payload = this.verified.get(token) ?? (await this.verify(token, request));
    return payload === undefined ? undefined : readClaims(payload, use);
  }

  /** A signature that was right stays right: it is looked at once, and what changes with time at every request. */
  private async verify(token: string, request: FastifyRequest): Promise<unknown> {
    const payload = await authenticate(this.strategy, request);
    if (payload === undefined) return undefined;
    if (this.verified.size >= MAX_VERIFIED) {
      for (const oldest of this.verified.keys()) {
        this.verified.delete(oldest);
        break;
      }
    }
    this.verified.set(token, payload);
    return payload;
  }
}

/**
 * Runs a strategy on a request as passport does, but without passport's registry, which all applications in a process
 * share. Undefined where the strategy fails.
 */
function authenticate(strategy: Strategy, request: FastifyRequest): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const attempt = Object.create(strategy) as Strategy;
    attempt.success = resolve;
    attempt.fail = () => {
      resolve(undefined);
    };
    attempt.error = reject;
    attempt.authenticate(request as unknown as Parameters<Strategy['authenticate']>[0]);
  });
}

function bearerToken(request: FastifyRequest): string | null {
  return BEARER.exec(request.headers.authorization ?? '')?.[1] ?? null;
}

function strategyOptions(keys: KeyRing, environment: Environment): StrategyOptionsWithoutRequest {
  return {
    jwtFromRequest: bearerToken,
    secretOrKeyProvider: (_request, token: string, done) => {
      done(null, verificationKeyOf(token, keys) as unknown as string);
    },
    algorithms: ['RS256'],
    issuer: environment.jwtIssuer,
    audience: environment.jwtAudience,
    // Judged below, where a clock that is a little ahead is forgiven.
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- the only way to say it
    jsonWebTokenOptions: { ignoreNotBefore: true },
  };
}

/**
 * The key of ours that the token's header names, if nothing beside it could lead to another. None for claims that are
 * null, which jsonwebtoken would trip over.
 */
function verificationKeyOf(token: string, { verificationKeys }: KeyRing): KeyObject | undefined {
  try {
    const [header, claims] = token.split('.', 2).map(decodePart);
    const { kid, ...rest } = header as Record<string, unknown>;
    const isPlain = Object.keys(rest).every((name) => name === 'alg' || name === 'typ');
    return isPlain && claims !== null ? verificationKeys.get(kid as string)?.publicKey : undefined;
  } catch {
    return undefined;
  }
}

function decodePart(part: string): unknown {
  return JSON.parse(Buffer.from(part, 'base64url').toString());
}

/** The claims of a verified token if they are whole, of their types and of this kind. */
function readClaims(payload: unknown, use: TokenUse): TokenClaims | undefined {
  if (typeof payload !== 'object' || payload === null) return undefined;
  const { token_use, sub, sid, jti, exp, iat, nbf } = payload as Record<string, unknown>;
  const latest = Date.now() / 1000 + CLOCK_SKEW;
  const whole =
    token_use === use &&
    isText(sub, ID) &&
    Number.isSafeInteger(Number(sub)) &&
    isText(sid, UUID) &&
    isText(jti, UUID) &&
    Number.isFinite(exp) &&
    (exp as number) > Math.floor(Date.now() / 1000) &&
    Number.isFinite(iat) &&
    (iat as number) <= latest &&
    (nbf === undefined || (Number.isFinite(nbf) && (nbf as number) <= latest));
  return whole ? (payload as TokenClaims) : undefined;
}

function isText(value: unknown, pattern: RegExp): boolean {
  return typeof value === 'string' && pattern.test(value);
}
