import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { DatabaseHealth } from '../../database/database-health';
import { databaseFailure, isSignOfLoss } from '../../database/errors';
import { CURSOR_RULE } from '../../reads/list/cursor';
import { CursorError } from '../../reads/list/list-request';
import { noteReason } from '../logging';
import * as problems from './problem';
import { Problem } from './problem';

/** Turns every error into a problem document. The cause of a 500 is logged, and never sent. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly health: DatabaseHealth) {}

  catch(error: unknown, host: ArgumentsHost): void {
    if (isSignOfLoss(error)) this.health.suspect(error);
    const http = host.switchToHttp();
    sendProblem(error, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
  }
}

export function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  // The client went away before it had sent its whole body. Nobody waits for an answer, and nothing failed here.
  if (request.raw.destroyed && !request.raw.complete && !(error instanceof Problem)) return;
  const problem = toProblem(error);
  const { status } = problem.type;
  // A problem is not logged if it was thrown because the response had ended.
  if (status >= 500 && !(error instanceof Problem && (reply.sent || reply.raw.destroyed))) {
    // The cause may be an error of the driver with the parameters of the statement, so only safe members are logged.
    if (status === 500) request.log.error({ error: safeError(error) }, problem.message);
    // It is a part of the line of the request, so that a lost database does not double the log.
    else if (!reply.sent) noteReason(request, (error as Error).message);
  }
  if (reply.sent) return;
  void reply
    .status(status)
    .headers(problem.headers)
    .header('content-type', 'application/problem+json')
    .header('cache-control', 'no-store')
    // A Buffer, because Fastify would add a charset to the media type of a text, and problem documents have none.
    .send(Buffer.from(problem.toJson(request.id)));
}

/** Errors of Fastify whose problem does not follow from their status. */
const FASTIFY_PROBLEMS: Readonly<Record<string, problems.ProblemType>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: problems.TOO_LARGE,
  FST_ERR_CTP_INVALID_MEDIA_TYPE: problems.UNSUPPORTED_MEDIA_TYPE,
  FST_ERR_MAX_PARAM_LENGTH: problems.URI_TOO_LONG,
};

/** Problems for errors of the framework and of the static file server, by status. */
const STATUS_PROBLEMS: Readonly<Record<number, problems.ProblemType>> = {
  404: problems.NOT_FOUND,
  412: problems.PRECONDITION_FAILED,
  416: problems.RANGE_NOT_SATISFIABLE,
};

export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  // Nest wraps errors of Fastify.
  if (error instanceof HttpException && error.cause instanceof Error) return toProblem(error.cause);

  if (error instanceof CursorError) {
    return problems.invalidInput({ parameter: 'cursor', message: CURSOR_RULE });
  }
  const failure = databaseFailure(error);
  if (failure) {
    // Features map the constraints that a request can violate. Any other violation is a defect of the program.
    const isOurs = failure.kind === 'constraint';
    return new Problem(isOurs ? problems.INTERNAL_ERROR : problems.UNAVAILABLE, { cause: error });
  }

  const { code, statusCode } = error as { code?: string; statusCode?: number };
  const known = code === undefined ? undefined : FASTIFY_PROBLEMS[code];
  if (known) return new Problem(known, { cause: error });
  const status = error instanceof HttpException ? error.getStatus() : statusCode;
  const type = STATUS_PROBLEMS[status ?? 0];
  if (type) return new Problem(type, { headers: rangeOf(error), cause: error });
  if (status !== undefined && status >= 400 && status < 500) {
    return new Problem(problems.INVALID_INPUT, { detail: 'The request cannot be understood.', cause: error });
  }
  return new Problem(problems.INTERNAL_ERROR, { cause: error });
}

/** The header with the length of the file, for a range beyond its end. */
function rangeOf(error: unknown): Record<string, string> {
  const range = (error as { headers?: Record<string, string> }).headers?.['Content-Range'];
  return range === undefined ? {} : { 'content-range': range };
}

/** The members of an error that may be logged. A driver's error also has the values of the statement. */
function safeError(error: unknown): object {
  if (!(error instanceof Error)) return { message: 'something that is not an error was thrown' };
  const { code, constraint } = error as { code?: unknown; constraint?: unknown };
  const { name } = error.constructor;
  // Problems are thrown on purpose, and have no stack.
  const stack = error instanceof Problem ? undefined : error.stack;
  return { type: name, message: error.message, code, constraint, stack };
}
