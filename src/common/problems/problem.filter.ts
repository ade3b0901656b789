import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import { type FastifyReply, type FastifyRequest } from 'fastify';
import { databaseFailure } from '../../database/errors';
import { CURSOR_RULE } from '../../reads/list/cursor';
import { CursorError } from '../../reads/list/list-request';
import * as problems from './problem';
import { Problem } from './problem';

/** Turns whatever was thrown into a problem document. The cause of a 500 is logged, never shown. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    sendProblem(error, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
  }
}

export function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  // The client went away in the middle of its body: nobody waits for an answer, and nothing failed on our side.
  if (request.raw.destroyed && !request.raw.complete && !(error instanceof Problem)) return;
  const problem = toProblem(error);
  const { status } = problem.type;
  // Problems that are thrown because the response is over need no line.
  if (status >= 500 && !(error instanceof Problem && (reply.sent || reply.raw.destroyed))) {
    // The cause may be a driver's error with the statement's parameters: only what is safe is logged.
    request.log[status === 500 ? 'error' : 'warn']({ error: safeError(error) }, problem.message);
  }
  if (reply.sent) return;
  void reply
    .status(status)
    .headers(problem.headers)
    .header('content-type', 'application/problem+json')
    .header('cache-control', 'no-store')
    // Bytes, because Fastify adds a charset to the type of a text, which problem documents do not have.
    .send(Buffer.from(problem.toJson(request.id)));
}

/** Fastify's own errors that need another word than their status gives. */
const FASTIFY_PROBLEMS: Readonly<Record<string, problems.ProblemType>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: problems.TOO_LARGE,
  FST_ERR_CTP_INVALID_MEDIA_TYPE: problems.UNSUPPORTED_MEDIA_TYPE,
  FST_ERR_MAX_PARAM_LENGTH: problems.URI_TOO_LONG,
};

/** What the framework and its server of files answer with a status of their own. */
const STATUS_PROBLEMS: Readonly<Record<number, problems.ProblemType>> = {
  404: problems.NOT_FOUND,
  412: problems.PRECONDITION_FAILED,
  416: problems.RANGE_NOT_SATISFIABLE,
};

export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  // Nest wraps what Fastify refused.
  if (error instanceof HttpException && error.cause instanceof Error) return toProblem(error.cause);

  if (error instanceof CursorError) {
    return problems.invalidInput({ parameter: 'cursor', message: CURSOR_RULE });
  }
  const failure = databaseFailure(error);
  if (failure) {
    // A feature maps the constraints that a client's request can run into. Any other is a defect of ours.
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

/** How long the file is, for a client that asked for a range beyond its end. */
function rangeOf(error: unknown): Record<string, string> {
  const range = (error as { headers?: Record<string, string> }).headers?.['Content-Range'];
  return range === undefined ? {} : { 'content-range': range };
}

/** What of an error may stand in a log: a driver's error also carries the statement's values. */
function safeError(error: unknown): object {
  if (!(error instanceof Error)) return { message: 'something that is not an error was thrown' };
  const { code, constraint } = error as { code?: unknown; constraint?: unknown };
  const { name } = error.constructor;
  // Problems are thrown on purpose: their stack tells nothing that their text does not.
  const stack = error instanceof Problem ? undefined : error.stack;
  return { type: name, message: error.message, code, constraint, stack };
}
