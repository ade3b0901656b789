import { type FastifyReply, type FastifyRequest } from 'fastify';
import { Problem, REQUEST_TIMEOUT, UNAVAILABLE } from '../problems/problem';
import { sendProblem } from '../problems/problem.filter';
import { type RouteSettings } from './route-settings';

/**
 * Answers a request that was not answered in time, counted from its head: 408 when its body is still coming, else 503. Fastify's own `handlerTimeout`
 * forgets a request as soon as its body has been read.
 */
export function limitTime(request: FastifyRequest, reply: FastifyReply, milliseconds: number): void {
  if ((request.routeOptions.config as RouteSettings | undefined)?.unlimited) return;
  const timer = setTimeout(() => {
    if (reply.sent) {
      if (!request.raw.complete) request.raw.destroy();
      return;
    }
    if (request.raw.complete) {
      const detail = 'The request could not be served in time.';
      sendProblem(new Problem(UNAVAILABLE, { detail }), request, reply);
      return;
    }
    // The rest of the body is of no use any more.
    void reply.header('connection', 'close');
    reply.raw.once('finish', () => request.raw.destroy());
    sendProblem(new Problem(REQUEST_TIMEOUT), request, reply);
  }, milliseconds);
  reply.raw.once('close', () => {
    // Answered before its body was there: it may still come, but not for ever.
    if (request.raw.complete) clearTimeout(timer);
    else timer.unref();
  });
}
