import { STATUS_CODES } from 'node:http';
import { type Socket } from 'node:net';
import {
  HEADERS_TOO_LARGE,
  INVALID_INPUT,
  Problem,
  type ProblemType,
  REQUEST_TIMEOUT,
} from '../problems/problem';
import { type Connections } from './connections';
import { requestId } from './request-id';

const TYPES: Readonly<Record<string, ProblemType>> = {
  HPE_HEADER_OVERFLOW: HEADERS_TOO_LARGE,
  ERR_HTTP_REQUEST_TIMEOUT: REQUEST_TIMEOUT,
};

/** Answers what Node's HTTP parser refused, before there was a request, and closes the connection. */
export function answerClientError(
  connections: Connections,
  error: NodeJS.ErrnoException,
  socket: Socket,
): void {
  const response = connections.underWay(socket);
  if (response && !response.req.complete && !response.headersSent) {
    // It is the body of this request that is bad or late.
    socket.end(toBytes(error));
  } else if (response) {
    // An answer now would pass for the one that this request still waits for.
    response.once('close', () => {
      socket.destroy();
    });
  } else if (socket.writable && error.code !== 'ECONNRESET') {
    socket.end(toBytes(error));
  } else {
    socket.destroy();
  }
}

function toBytes(error: NodeJS.ErrnoException): string {
  const type = TYPES[error.code ?? ''] ?? INVALID_INPUT;
  const id = requestId({ headers: {} });
  const body = new Problem(type, type === INVALID_INPUT ? { detail: 'This is not HTTP.' } : {}).toJson(id);
  return [
    `HTTP/1.1 ${type.status} ${STATUS_CODES[type.status] ?? ''}`,
    'Content-Type: application/problem+json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    `X-Request-Id: ${id}`,
    'Connection: close',
    '',
    body,
  ].join('\r\n');
}
