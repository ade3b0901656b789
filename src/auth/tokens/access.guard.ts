import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { accessRuleOf, type Caller } from '../../common/access';
import { isLocalCall } from '../../common/http/local-call';
import { FORBIDDEN, Problem, type ProblemType } from '../../common/problems/problem';
import { Environment } from '../../config/environment';
import { REGISTRATION_CLOSED } from '../auth.problems';
import { bearerToken } from './bearer.strategy';
import { AccessTokenGuard, RefreshTokenGuard } from './token.guards';

/** Enforces the `@Access` rule of each route. A route without a rule refuses everybody. */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(
    private readonly accessTokens: AccessTokenGuard,
    private readonly refreshTokens: RefreshTokenGuard,
    private readonly environment: Environment,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const rule = accessRuleOf(context.getHandler());
    if (rule === 'public') return true;

    const http = context.switchToHttp();
    void http.getResponse<FastifyReply>().header('cache-control', 'no-store');
    switch (rule) {
      case 'user':
        await this.accessTokens.canActivate(context);
        return true;
      case 'admin':
        return this.requireAdmin(context, FORBIDDEN);
      case 'refresh':
        await this.refreshTokens.canActivate(context);
        return true;
      case 'registration':
        return this.environment.registrationOpen || this.allowAdminToRegister(context);
      case 'loopback':
        if (this.isLocal(http.getRequest<FastifyRequest>())) return true;
        throw new Problem(FORBIDDEN);
      case undefined:
        throw new Problem(FORBIDDEN);
    }
  }

  private async requireAdmin(context: ExecutionContext, refusal: ProblemType): Promise<boolean> {
    await this.accessTokens.canActivate(context);
    const { user } = context.switchToHttp().getRequest<FastifyRequest & { user: Caller }>();
    if (user.role !== 'admin') throw new Problem(refusal);
    return true;
  }

  /** Without a token the answer is 403, because 401 would mean that logging in helps. */
  private async allowAdminToRegister(context: ExecutionContext): Promise<boolean> {
    if (bearerToken(context.switchToHttp().getRequest<FastifyRequest>()) === null) {
      throw new Problem(REGISTRATION_CLOSED);
    }
    return this.requireAdmin(context, REGISTRATION_CLOSED);
  }

  /** Behind a proxy, all requests have the address of the proxy. */
  private isLocal(request: FastifyRequest): boolean {
    return this.environment.trustProxy === 0 && isLocalCall(request);
  }
}
