import { setTimeout as sleep } from 'node:timers/promises';
import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { type FastifyReply } from 'fastify';
import { from, lastValueFrom, type Observable } from 'rxjs';
import { Environment } from '../config/environment';
import { isSignOfLoss } from '../database/errors';
import { type Reader } from '../database/executor';
import { type Replica } from '../reads/replicas/replica';
import { Replicas } from '../reads/replicas/replicas';
import { type ReadScope, Statements } from '../reads/statements';
import { READ_AFTER, type ReadAfterRequest } from './http/read-after';
import { type RouteSettings } from './http/route-settings';
import { isRead, Replay } from './http/send';
import { toProblem } from './problems/problem.filter';

/** The last part of REQUEST_TIMEOUT, in which a write no longer waits for its position. */
const ANSWER_SHARE = 0.01;

/**
 * Sends the reads of requests without a token to a replica, and adds `X-Read-After` to what a write answers. It is used
 * only with DATABASE_REPLICA_URLS.
 */
@Injectable()
export class ReplicaInterceptor implements NestInterceptor {
  constructor(
    private readonly replicas: Replicas,
    private readonly statements: Statements,
    private readonly environment: Environment,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = context.switchToHttp();
    const request = http.getRequest<ReadAfterRequest>();
    if (!isRead(request)) return from(this.write(request, http.getResponse<FastifyReply>(), next));
    // Whoever is logged in reads what they wrote.
    if (request.headers.authorization !== undefined) return next.handle();
    return from(this.read(request, next));
  }

  /** A read that a replica does not answer, for whatever reason, is repeated on the primary as a whole. */
  private async read(request: ReadAfterRequest, next: CallHandler): Promise<unknown> {
    const scope = new RequestScope(() => this.replicas.choose(request.readAfter));
    try {
      return await this.statements.within(scope, () => lastValueFrom(next.handle() as Observable<unknown>));
    } catch (error) {
      if (!scope.replica || toProblem(error).type.status < 500) throw error;
      if (isSignOfLoss(error)) scope.replica.suspect();
      this.replicas.countRepeated();
      return lastValueFrom(next.handle() as Observable<unknown>);
    }
  }

  private async write(request: ReadAfterRequest, reply: FastifyReply, next: CallHandler): Promise<unknown> {
    const result = await lastValueFrom(next.handle() as Observable<unknown>);
    if (result instanceof Replay && result.status >= 400) return result;
    const position = await this.positionInTime(request, reply);
    if (position !== undefined) void reply.header(READ_AFTER, position);
    return result;
  }

  /** Undefined if the primary does not tell it in time: the write is committed, so its answer must not become a 503. */
  private async positionInTime(request: ReadAfterRequest, reply: FastifyReply): Promise<string | undefined> {
    const { requestTimeout } = this.environment;
    const isUnlimited = (request.routeOptions.config as RouteSettings | undefined)?.unlimited === true;
    const passed = isUnlimited ? 0 : reply.elapsedTime;
    const timer = new AbortController();
    const end = sleep(Math.max(1, requestTimeout * (1 - ANSWER_SHARE) - passed), undefined, {
      signal: timer.signal,
    });
    try {
      return await Promise.race([this.replicas.position().catch(() => undefined), end]);
    } finally {
      timer.abort();
    }
  }
}

/** The server is chosen at the first statement of the request, and answers all of them. */
class RequestScope implements ReadScope {
  replica: Replica | undefined;
  private isChosen = false;

  constructor(private readonly choose: () => Replica | undefined) {}

  get reader(): Reader | undefined {
    if (!this.isChosen) this.replica = this.choose();
    this.isChosen = true;
    return this.replica?.reader;
  }
}
