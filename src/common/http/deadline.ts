import { type FastifyReply, type FastifyRequest } from 'fastify';
import { Problem, REQUEST_TIMEOUT, UNAVAILABLE } from '../problems/problem';
import { sendProblem } from '../problems/problem.filter';
import { type RouteSettings } from './route-settings';

/**
 * Answers a request that takes too long, counted from its headers: 408 while its body is still arriving, else 503.
 * Fastify's own `handlerTimeout` ends when the body has been read.
 *
 * A process that stood still for longer reads first what has arrived meanwhile, such as the database's answer.
 */
export function limitTime(request: FastifyRequest, reply: FastifyReply, milliseconds: number): void {
  const settings = request.routeOptions.config as RouteSettings | undefined;
  const { unlimited: isUnlimited = false, streamed: isStreamed = false } = settings ?? {};
  const end = () => {
    if (isStreamed && !reply.sent) return;
    if (reply.sent) {
      if (!request.raw.complete) request.raw.destroy();
      return;
    }
    if (request.raw.complete) {
      if (isUnlimited) return;
      const detail = 'The request could not be served in time.';
      sendProblem(new Problem(UNAVAILABLE, { detail }), request, reply);
      return;
    }
    // The rest of the body is not needed.
    void reply.header('connection', 'close');
    reply.raw.once('finish', () => request.raw.destroy());
    sendProblem(new Problem(REQUEST_TIMEOUT), request, reply);
  };
  const timer = setTimeout(() => setImmediate(end), milliseconds);
  reply.raw.once('close', () => {
    // When the response ends before the body has arrived, the timer still limits the time of the body.
    if (request.raw.complete) {
      clearTimeout(timer);
      return;
    }
    // The timer of a body that is read as it arrives may be over.
    if (isStreamed) timer.refresh();
    timer.unref();
  });
}
