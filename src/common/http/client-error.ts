import { type IncomingMessage, STATUS_CODES } from 'node:http';
import { type Socket } from 'node:net';
import {
  HEADERS_TOO_LARGE,
  INVALID_INPUT,
  Problem,
  type ProblemType,
  REQUEST_TIMEOUT,
} from '../problems/problem';
import { type Connections } from './connections';
import { SECURITY_HEADERS } from './security-headers';
import { requestId } from './request-id';

const TYPES: Readonly<Record<string, ProblemType>> = {
  HPE_HEADER_OVERFLOW: HEADERS_TOO_LARGE,
  ERR_HTTP_REQUEST_TIMEOUT: REQUEST_TIMEOUT,
};

/** Answers input that Node's HTTP parser refused before there was a request, and closes the connection. */
export function answerClientError(
  connections: Connections,
  error: NodeJS.ErrnoException,
  socket: Socket,
): void {
  const response = connections.lastResponse(socket);
  if (response && !response.req.complete && !response.headersSent) {
    // The body of this request is invalid or late.
    socket.end(toBytes(toProblem(error)));
  } else if (response) {
    // The client would take an answer now for the answer to its earlier request, which is still in progress.
    response.once('close', () => {
      socket.destroy();
    });
  } else if (socket.writable && error.code !== 'ECONNRESET') {
    socket.end(toBytes(toProblem(error)));
  } else {
    socket.destroy();
  }
}

/** Refuses CONNECT, for which Node passes the whole connection to the application, and closes the connection. */
export function refuseConnect(connections: Connections, request: IncomingMessage, socket: Socket): void {
  // Node has removed its own listener, and an 'error' event without a listener ends the process.
  socket.on('error', () => socket.destroy());
  const response = connections.lastResponse(socket);
  if (response) {
    response.once('close', () => {
      socket.destroy();
    });
    return;
  }
  const problem = new Problem(INVALID_INPUT, { detail: 'This server is not a proxy.' });
  socket.write(toBytes(problem, requestId(request)));
  socket.destroySoon();
}

function toProblem({ code = '' }: NodeJS.ErrnoException): Problem {
  const type = TYPES[code];
  return type ? new Problem(type) : new Problem(INVALID_INPUT, { detail: 'This is not valid HTTP.' });
}

function toBytes(problem: Problem, id = requestId({ headers: {} })): string {
  const { status } = problem.type;
  const body = problem.toJson(id);
  return [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'Content-Type: application/problem+json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    `X-Request-Id: ${id}`,
    'Cache-Control: no-store',
    ...Object.entries(SECURITY_HEADERS).map(([name, value]) => `${name}: ${value}`),
    'Connection: close',
    '',
    body,
  ].join('\r\n');
}
