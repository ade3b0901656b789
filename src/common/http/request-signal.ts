import { type Socket } from 'node:net';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { type FastifyReply } from 'fastify';
import { Problem, UNAVAILABLE } from '../problems/problem';

/**
 * Milliseconds that a client is waited for which has closed its half of the connection: it may still want the answer,
 * but one that goes away looks the same.
 */
const PATIENCE = 500;

/**
 * An AbortSignal for work that nobody waits for any more when the response is over before it is: the deadline has
 * answered, or the client has gone away. Its reason is a Problem.
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

/** Aborts when a client has been waited for long enough. One a connection: hundreds of requests may be on it. */
function clientSignal(socket: Socket): AbortSignal {
  const known = clientSignals.get(socket);
  if (known) return known;
  const client = new AbortController();
  const abortSoon = () => setTimeout(abort, PATIENCE, client).unref();
  if (socket.readableEnded) abortSoon();
  else socket.once('end', abortSoon);
  clientSignals.set(socket, client.signal);
  return client.signal;
}

function abort(controller: AbortController): void {
  controller.abort(new Problem(UNAVAILABLE, { detail: 'The request was over before its work was.' }));
}
