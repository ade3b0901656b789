import { Inject, Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { Environment } from '../../config/environment';
import { BearerStrategy } from './bearer.strategy';
import { DatabaseClock } from '../../database/database-clock';
import { KEY_RING, type KeyRing } from './key-ring';
import { checkClaims, type TokenClaims } from './token-claims';

/** Checks refresh tokens. `request.user` becomes the claims. Whether the session is live is checked by the rotation. */
@Injectable()
export class RefreshTokenStrategy extends PassportStrategy(BearerStrategy) {
  constructor(
    @Inject(KEY_RING) keys: KeyRing,
    environment: Environment,
    private readonly clock: DatabaseClock,
  ) {
    super(keys, environment);
  }

  validate(payload: unknown): TokenClaims {
    return checkClaims(payload, 'refresh', this.clock.now());
  }
}
