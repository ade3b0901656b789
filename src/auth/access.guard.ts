import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { accessRuleOf, type Caller } from '../common/access';
import { isLocalCall } from '../common/http/local-call';
import { FORBIDDEN, Problem, UNAUTHENTICATED } from '../common/problems/problem';

/** passport's guard with our answer: a problem for a bad token, the error itself when the database failed. */
function tokenGuard(strategy: string): CanActivate {
  class TokenGuard extends AuthGuard(strategy) {
    override handleRequest<T>(error: unknown, user: T | false): T {
      if (error) throw error as Error;
      if (!user) throw new Problem(UNAUTHENTICATED);
      return user;
    }
  }
  return new TokenGuard();
}

/** Enforces what each route declares with `@Access`. A route that declares nothing is closed to all. */
@Injectable()
export class AccessGuard implements CanActivate {
  private readonly accessToken = tokenGuard('access');
  private readonly refreshToken = tokenGuard('refresh');

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const rule = accessRuleOf(context.getHandler());
    if (rule === 'public') return true;

    const http = context.switchToHttp();
    void http.getResponse<FastifyReply>().header('cache-control', 'no-store');
    const request = http.getRequest<FastifyRequest & { user: Caller }>();
    switch (rule) {
      case 'refresh':
        await this.refreshToken.canActivate(context);
        return true;
      case 'user':
        await this.accessToken.canActivate(context);
        return true;
      case 'admin':
        await this.accessToken.canActivate(context);
        if (request.user.role === 'admin') return true;
        break;
      case 'loopback':
        if (isLocalCall(request)) return true;
    }
    throw new Problem(FORBIDDEN);
  }
}
