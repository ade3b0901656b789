import { type Readable } from 'node:stream';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { type FastifyRequest } from 'fastify';
import { type Database } from '../database/database';
import { type ChangeOrigin } from '../database/change-origin';
import { type Executor } from '../database/executor';
import { type Caller } from './access';
import { type RouteSettings } from './http/route-settings';

/**
 * The last part of REQUEST_TIMEOUT, in which no write begins to be committed, so that the response of a committed write
 * is sent before the 503.
 */
const COMMIT_SHARE = 0.02;

export interface ExecutingRequest extends FastifyRequest {
  executor: Executor;
  /** set by the access check, unless the route is public */
  user?: Caller;
}

/**
 * Gives a request that may write, and has just begun, its executor, which writes nothing after the request has ended.
 *
 * @param milliseconds until the request is answered 503
 */
export function giveExecutor(request: FastifyRequest, database: Database, milliseconds: number): void {
  const settings = request.routeOptions.config as RouteSettings | undefined;
  const { unlimited: isLong = false, streamed: isStreamed = false } = settings ?? {};
  const end = isLong ? Infinity : performance.now() + milliseconds * (1 - COMMIT_SHARE);
  const executing = request as ExecutingRequest;
  executing.executor = database.forRequest({
    end,
    origin: () => originOf(executing),
    isLong,
    mayRepeat: () => !isStreamed || !(request.body as Readable | undefined)?.readableDidRead,
  });
}

/** Who makes the changes of a request. */
function originOf({ user, id }: ExecutingRequest): ChangeOrigin | undefined {
  return user && { actorId: user.userId, requestId: id };
}

/** What the handler of a route that writes, which is never a GET, must write with: the database until the request ends, or a transaction. */
export const CurrentExecutor = createParamDecorator(
  (_data: unknown, context: ExecutionContext): Executor =>
    context.switchToHttp().getRequest<ExecutingRequest>().executor,
);
