import { type Socket } from 'node:net';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { type FastifyReply } from 'fastify';
import { Problem, UNAVAILABLE } from '../problems/problem';

/**
 * How long work goes on after the client has closed its half of the connection, in milliseconds. The client may still
 * wait for the answer, but it may also have gone away.
 */
const HALF_CLOSED_TIMEOUT = 500;

/**
 * An AbortSignal that aborts when nobody waits for the result of the work any more: the deadline has answered the
 * request, or the client has gone away. Its reason is a Problem.
 */
export const RequestSignal = createParamDecorator(
  (_data: unknown, context: ExecutionContext): AbortSignal => {
    const { raw } = context.switchToHttp().getResponse<FastifyReply>();
    const response = new AbortController();
    if (raw.destroyed) abort(response);
    else raw.once('close', abort.bind(undefined, response));
    return AbortSignal.any([response.signal, clientSignal(raw.req.socket)]);
  },
);

const clientSignals = new WeakMap<Socket, AbortSignal>();

/**
 * Aborts some time after the client has closed its half. Each connection has only one, because it may have hundreds of
 * requests.
 */
function clientSignal(socket: Socket): AbortSignal {
  const known = clientSignals.get(socket);
  if (known) return known;
  const client = new AbortController();
  const abortSoon = () => setTimeout(abort, HALF_CLOSED_TIMEOUT, client).unref();
  if (socket.readableEnded) abortSoon();
  else socket.once('end', abortSoon);
  clientSignals.set(socket, client.signal);
  return client.signal;
}

function abort(controller: AbortController): void {
  controller.abort(new Problem(UNAVAILABLE, { detail: 'The request ended before its work was done.' }));
}
