import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { accessRuleOf } from '../../common/access';
import { isLocalCall } from '../../common/http/local-call';
import { FORBIDDEN, Problem, UNAUTHENTICATED } from '../../common/problems/problem';
import { Environment } from '../../config/environment';
import { TokenAuthenticator } from './token-authenticator';

/** Enforces what each route declares with `@Access`. A route that declares nothing is closed to all. */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(
    private readonly tokens: TokenAuthenticator,
    private readonly environment: Environment,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const rule = accessRuleOf(context.getHandler());
    if (rule === 'public') return true;

    const http = context.switchToHttp();
    void http.getResponse<FastifyReply>().header('cache-control', 'no-store');
    const request = http.getRequest<FastifyRequest & { user: unknown }>();
    if (rule === 'loopback' && this.isLocal(request)) return true;
    if (rule === undefined || rule === 'loopback') throw new Problem(FORBIDDEN);

    if (rule === 'refresh') {
      request.user = await this.tokens.refreshClaimsOf(request);
      if (!request.user) throw new Problem(UNAUTHENTICATED);
      return true;
    }
    const caller = await this.tokens.callerOf(request);
    if (!caller) throw new Problem(UNAUTHENTICATED);
    if (rule === 'admin' && caller.role !== 'admin') throw new Problem(FORBIDDEN);
    request.user = caller;
    return true;
  }

  /** Behind a proxy everybody comes from its address. */
  private isLocal(request: FastifyRequest): boolean {
    return this.environment.trustProxy === 0 && isLocalCall(request);
  }
}
