import { type KeyObject, randomUUID } from 'node:crypto';
import { type IncomingMessage } from 'node:http';
import { type OnApplicationShutdown } from '@nestjs/common';
import passport from 'passport';
import { Strategy, type VerifyCallback } from 'passport-jwt';
import { type Environment } from '../../config/environment';
import { type KeyRing } from './key-ring';

/** How many verified tokens are cached. */
const MAX_VERIFIED = 1000;

const JWS = /^[\w-]+\.[\w-]+\.[\w-]+$/;

type Request = Pick<IncomingMessage, 'headers'>;

/** The bearer token of a request, which may have any form; null if there is none. */
export function bearerToken({ headers }: Request): string | null {
  return /^Bearer +(\S.*)$/i.exec(headers.authorization ?? '')?.[1]?.trimEnd() ?? null;
}

/**
 * passport-jwt with our keys. It verifies the signature of a token once, and caches the payload. The times are checked
 * by `validate()` of the subclasses, for each request, and by the database's clock: jsonwebtoken uses the host's clock.
 */
export class BearerStrategy extends Strategy implements OnApplicationShutdown {
  private readonly verified = new Map<string, unknown>();

  constructor(
    keys: KeyRing,
    { jwtIssuer: issuer, jwtAudience: audience }: Environment,
    private readonly validatePayload: VerifyCallback,
  ) {
    super(
      {
        jwtFromRequest: bearerToken,
        secretOrKeyProvider: (_request, token: string, done) => {
          done(null, verificationKeyOf(token, keys) as unknown as string);
        },
        algorithms: ['RS256'],
        issuer,
        audience,
        ignoreExpiration: true,
        // eslint-disable-next-line @typescript-eslint/no-deprecated -- the only way to say it
        jsonWebTokenOptions: { ignoreNotBefore: true },
        passReqToCallback: true,
      },
      (request: Request, payload: unknown, done) => {
        this.remember(bearerToken(request) ?? '', payload);
        validatePayload(payload, done);
      },
    );
    // The name is unique, because passport has one registry for the process, and two applications must not use each
    // other's keys.
    this.name = `bearer-${randomUUID()}`;
  }

  override authenticate(request: Request): void {
    const payload = this.verified.get(bearerToken(request) ?? '');
    if (payload === undefined) {
      super.authenticate(request as never);
      return;
    }
    this.validatePayload(payload, (error: Error | null, user: unknown) => {
      if (error) this.error(error);
      else this.success(user);
    });
  }

  onApplicationShutdown(): void {
    passport.unuse(this.name);
  }

  private remember(token: string, payload: unknown): void {
    if (this.verified.size >= MAX_VERIFIED) {
      const [oldest] = this.verified.keys();
      this.verified.delete(oldest ?? '');
    }
    this.verified.set(token, payload);
  }
}

/**
 * Our key with the `kid` of the token. Returns undefined if the header has other members that could name a key, and for
 * claims that are null, for which jsonwebtoken throws.
 */
function verificationKeyOf(token: string, { verificationKeys }: KeyRing): KeyObject | undefined {
  if (!JWS.test(token)) return undefined;
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
