import { hash } from 'node:crypto';
import { Readable } from 'node:stream';
import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { from, lastValueFrom, type Observable } from 'rxjs';
import { type Caller } from '../common/access';
import { type ExecutingRequest } from '../common/current-executor';
import { toJson } from '../common/http/json';
import { type Problem } from '../common/problems/problem';
import { Environment } from '../config/environment';
import { Resource } from '../reads/row-shape';
import { HashedBody } from './hashed-body';
import { type StoredResponse } from './idempotency-keys.repository';
import { IdempotencyService } from './idempotency.service';

/** A request to a route with `@Idempotent`, after the guards. */
interface IdempotentRequest extends ExecutingRequest {
  user: Caller;
  idempotencyKey?: string;
}

/** With an `Idempotency-Key`, the executor of the handler is the transaction that also stores the response. */
@Injectable()
export class IdempotencyInterceptor implements NestInterceptor {
  constructor(
    private readonly idempotency: IdempotencyService,
    private readonly environment: Environment,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.switchToHttp().getRequest<IdempotentRequest>();
    if (request.idempotencyKey === undefined) return next.handle();
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    return from(this.handle(request, reply, request.idempotencyKey, next));
  }

  private async handle(
    request: IdempotentRequest,
    reply: FastifyReply,
    key: string,
    next: CallHandler,
  ): Promise<unknown> {
    const keyed = { userId: request.user.userId, key, fingerprint: this.fingerprintOf(request) };
    return this.idempotency.run(request.executor, keyed, {
      run: (executor) => {
        request.executor = executor;
        return lastValueFrom(next.handle() as Observable<unknown>);
      },
      toResponse: (payload) => responseOf(reply, payload),
      toProblemResponse: (problem) => problemResponseOf(request, problem),
    });
  }

  /** A hash of what must be the same in every request with one key. That of a file is known when it has been read. */
  private fingerprintOf(request: FastifyRequest): string | (() => Promise<string>) {
    const { method, url, body } = request;
    const route = `${method} ${url}\n`;
    if (!(body instanceof Readable)) return hash('sha256', route + canonicalJson(body), 'base64url');
    const hashed = new HashedBody(body, route, this.environment.importMaxBytes);
    request.body = hashed;
    return () => hashed.digest();
  }
}

/** JSON with the members of each object in a fixed order. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_name, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
}

/** A response as `prepare` sends it. */
function responseOf(reply: FastifyReply, payload: unknown): StoredResponse {
  const location = reply.getHeader('location');
  const isResource = payload instanceof Resource;
  return {
    status: reply.statusCode,
    location: location === undefined ? null : String(location),
    etag: isResource ? payload.etag : null,
    body: isResource ? payload.toJson() : toJson(payload),
  };
}

function problemResponseOf({ id }: FastifyRequest, problem: Problem): StoredResponse {
  return { status: problem.type.status, location: null, etag: null, body: problem.toJson(id) };
}
