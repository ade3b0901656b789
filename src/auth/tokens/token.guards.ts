import { type ExecutionContext, Injectable } from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import { type FastifyRequest } from 'fastify';
import { Problem } from '../../common/problems/problem';
import { type TokenUse, unauthenticated } from '../../common/problems/unauthenticated';
import { AccessTokenStrategy } from './access-token.strategy';
import { bearerToken, type BearerStrategy } from './bearer.strategy';
import { RefreshTokenStrategy } from './refresh-token.strategy';

/** Runs the passport strategy of this application, and throws our own problems. */
class TokenGuard extends AuthGuard() {
  constructor(
    strategy: BearerStrategy,
    private readonly use: TokenUse,
  ) {
    super({ defaultStrategy: strategy.name });
  }

  override handleRequest<User>(
    error: unknown,
    user: User | false | undefined,
    _info: unknown,
    context: ExecutionContext,
  ): User {
    if (error) throw error as Error;
    if (user) return user;
    const token = bearerToken(context.switchToHttp().getRequest<FastifyRequest>());
    throw new Problem(unauthenticated(this.use, token === null ? 'missing' : 'not_ours'));
  }
}

/** Accepts requests with a valid access token. */
@Injectable()
export class AccessTokenGuard extends TokenGuard {
  constructor(strategy: AccessTokenStrategy) {
    super(strategy, 'access');
  }
}

/** Accepts requests with a valid refresh token. */
@Injectable()
export class RefreshTokenGuard extends TokenGuard {
  constructor(strategy: RefreshTokenStrategy) {
    super(strategy, 'refresh');
  }
}
