import { applyDecorators, createParamDecorator, type ExecutionContext, SetMetadata } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiBearerAuth } from '@nestjs/swagger';
import { type FastifyRequest } from 'fastify';
import { type RouteSettings } from './http/route-settings';
import { ApiProblems } from './problems/api-problems.decorator';
import { FORBIDDEN, UNAUTHENTICATED } from './problems/problem';

export const ROLES = ['user', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/**
 * Who may call a route: anybody (`public`, no notice taken of a token), the holder of an access token (`user`), an
 * admin, the holder of a refresh token (`refresh`), or a program on this machine that is no web page (`loopback`).
 */
export type AccessRule = 'public' | 'user' | 'admin' | 'refresh' | 'loopback';

/** Who makes a request: a user in one of their sessions. */
export interface Caller {
  readonly userId: number;
  readonly role: Role;
  readonly sessionId: string;
}

const ACCESS = 'emporium:access';

/** Declares who may call a route, for the guard and for the OpenAPI document. A route without it is closed. */
export function Access(rule: AccessRule): MethodDecorator & ClassDecorator {
  const decorators: (MethodDecorator & ClassDecorator)[] = [SetMetadata(ACCESS, rule)];
  if (rule === 'loopback') {
    decorators.push(ApiProblems(FORBIDDEN), RouteConfig({ loopback: true } satisfies RouteSettings));
  } else if (rule !== 'public') {
    decorators.push(
      ApiBearerAuth(rule === 'refresh' ? 'refresh_token' : 'access_token'),
      ApiProblems(UNAUTHENTICATED, ...(rule === 'admin' ? [FORBIDDEN] : [])),
    );
  }
  return applyDecorators(...decorators);
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
