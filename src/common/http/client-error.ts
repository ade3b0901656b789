import { STATUS_CODES } from 'node:http';
import { type Socket } from 'node:net';
import {
  HEADERS_TOO_LARGE,
  INVALID_INPUT,
  Problem,
  type ProblemType,
  REQUEST_TIMEOUT,
} from '../problems/problem';
import { requestId } from './request-id';

const TYPES: Readonly<Record<string, ProblemType>> = {
  HPE_HEADER_OVERFLOW: HEADERS_TOO_LARGE,
  ERR_HTTP_REQUEST_TIMEOUT: REQUEST_TIMEOUT,
};

/** Answers what Node's HTTP parser refused, before there was a request, and closes the connection. */
export function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  // Part of a response may be on the wire already, or nobody may be there to read one.
  if (!socket.writable || error.code === 'ECONNRESET' || socket.bytesWritten > 0) {
    socket.destroy();
    return;
  }
  const type = TYPES[error.code ?? ''] ?? INVALID_INPUT;
  const id = requestId({ headers: {} });
  const body = new Problem(type, type === INVALID_INPUT ? { detail: 'This is not HTTP.' } : {}).toJson(id);
  socket.end(
    [
      `HTTP/1.1 ${type.status} ${STATUS_CODES[type.status] ?? ''}`,
      'Content-Type: application/problem+json',
      `Content-Length: ${Buffer.byteLength(body)}`,
      `X-Request-Id: ${id}`,
      'Connection: close',
      '',
      body,
    ].join('\r\n'),
  );
}
