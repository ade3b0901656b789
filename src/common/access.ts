import { applyDecorators, createParamDecorator, type ExecutionContext, SetMetadata } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiBearerAuth, ApiSecurity } from '@nestjs/swagger';
import { type FastifyRequest } from 'fastify';
import { type RouteSettings } from './http/route-settings';
import { ApiProblems } from './problems/api-problems.decorator';
import { FORBIDDEN, UNAUTHENTICATED } from './problems/problem';
import { REFRESH_UNAUTHENTICATED } from './problems/unauthenticated';

export const ROLES = ['user', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** Who may call a route. */
export type AccessRule =
  /** everybody; a token is ignored */
  | 'public'
  /** a user with an access token */
  | 'user'
  /** an admin with an access token */
  | 'admin'
  /** a user with a refresh token */
  | 'refresh'
  /** everybody while REGISTRATION is open, then admins only */
  | 'registration'
  /** a program on this machine, but not a web page */
  | 'loopback';

/** The user who makes a request, in one of their sessions. */
export interface Caller {
  readonly userId: number;
  readonly role: Role;
  readonly sessionId: string;
}

const ACCESS = 'emporium:access';

const DOCUMENTATION: Readonly<Record<AccessRule, MethodDecorator[]>> = {
  public: [],
  user: [ApiBearerAuth('access_token'), ApiProblems(UNAUTHENTICATED)],
  admin: [ApiBearerAuth('access_token'), ApiProblems(UNAUTHENTICATED, FORBIDDEN)],
  refresh: [ApiBearerAuth('refresh_token'), ApiProblems(REFRESH_UNAUTHENTICATED)],
  // In OpenAPI, an additional empty requirement makes the token optional.
  registration: [ApiBearerAuth('access_token'), ApiSecurity({}), ApiProblems(UNAUTHENTICATED)],
  loopback: [ApiProblems(FORBIDDEN), RouteConfig({ loopback: true } satisfies RouteSettings)],
};

/**
 * Declares who may call a route, for the guard and for the OpenAPI document. A route without it refuses everybody. It
 * is only for methods, so that each route shows its own rule; on a class it does not compile.
 */
export function Access(rule: AccessRule): MethodDecorator {
  return applyDecorators(SetMetadata(ACCESS, rule), ...DOCUMENTATION[rule]);
}

export function accessRuleOf(handler: object): AccessRule | undefined {
  return Reflect.getMetadata(ACCESS, handler) as AccessRule | undefined;
}

/** The caller of a route that is not public. */
export const CurrentCaller = createParamDecorator((_data: unknown, context: ExecutionContext): Caller => {
  const { user } = context.switchToHttp().getRequest<FastifyRequest & { user: Caller }>();
  return user;
});

export function isOwnerOrAdmin(caller: Caller, ownerId: number): boolean {
  return caller.userId === ownerId || caller.role === 'admin';
}
