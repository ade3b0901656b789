import { Inject, Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { type Caller } from '../../common/access';
import { Problem } from '../../common/problems/problem';
import { unauthenticated } from '../../common/problems/unauthenticated';
import { Environment } from '../../config/environment';
import { SessionsService } from '../sessions/sessions.service';
import { BearerStrategy } from './bearer.strategy';
import { DatabaseClock } from '../../database/database-clock';
import { KEY_RING, type KeyRing } from './key-ring';
import { checkClaims } from './token-claims';

/** Checks access tokens. `request.user` becomes the caller, if the session is live. */
@Injectable()
export class AccessTokenStrategy extends PassportStrategy(BearerStrategy) {
  constructor(
    @Inject(KEY_RING) keys: KeyRing,
    environment: Environment,
    private readonly clock: DatabaseClock,
    private readonly sessions: SessionsService,
  ) {
    super(keys, environment);
  }

  async validate(payload: unknown): Promise<Caller> {
    const { sid, sub } = checkClaims(payload, 'access', this.clock.now());
    const caller = await this.sessions.findCaller(sid, Number(sub));
    if (!caller) throw new Problem(unauthenticated('access', 'session_ended'));
    return caller;
  }
}
