import { once } from 'node:events';
import { type IncomingMessage, request as sendRequest, type Server } from 'node:http';
import { duplexPair } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type ApplicationResponse } from './answer-of';
import { type GatewayRequest } from './request-of';

/**
 * Sends a request to a server that does not listen, over a connection in memory. So the server treats it like any other:
 * by the same parser, with the same limits and times. Node documents that any stream can be a connection of a server.
 */
export async function exchange(
  server: Server,
  { method, target, headers, body, peer, encrypted }: GatewayRequest,
): Promise<ApplicationResponse> {
  const [near, far] = duplexPair();
  const closed = once(far, 'close');
  // One end does not notice that the other one is closed.
  far.once('close', () => near.destroy());
  server.emit('connection', Object.assign(far, { remoteAddress: peer, encrypted }));
  const call = sendRequest({ method, path: target, headers, setHost: false, createConnection: () => near });
  call.end(body);
  const [response] = (await once(call, 'response')) as [IncomingMessage];
  const bytes = await buffer(response);
  // The server closes its end now, unless it has refused to read the body. It then also writes the request to the log.
  await nextTurn();
  far.destroy();
  await closed;
  return { status: response.statusCode ?? 0, headers: response.rawHeaders, body: bytes };
}
