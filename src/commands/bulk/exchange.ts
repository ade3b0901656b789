import http from 'node:http';
import https from 'node:https';
import { pipeline, type Readable } from 'node:stream';
import { json } from 'node:stream/consumers';
import { CommandError } from '../command-error';
import { interrupted } from '../interruption';
import { describeRefusal, noAnswer, notEmporium, type Refusal } from './explain';

export interface StreamedRequest {
  readonly method: string;
  /** of the server */
  readonly url: string;
  /** with its query */
  readonly path: string;
  readonly headers?: Record<string, string>;
  readonly body?: Readable;
}

/**
 * Sends a request whose body or answer is too large for memory; the client of the API would read both into it. It has no
 * time limit, because files are as large and connections as slow as they are. Ctrl-C aborts it until its body was sent:
 * after that the server goes on, so the answer is awaited.
 *
 * @returns a successful answer
 * @throws CommandError, Interruption
 */
export async function exchange(request: StreamedRequest): Promise<http.IncomingMessage> {
  const response = await send(request);
  const { statusCode = 0, headers } = response;
  if (statusCode >= 200 && statusCode < 300) return response;
  if (!(headers['content-type'] ?? '').startsWith('application/problem+json')) {
    response.destroy();
    throw notEmporium(request.url, statusCode);
  }
  throw new CommandError(describeRefusal((await json(response)) as Refusal));
}

function send({ method, url, path, headers = {}, body }: StreamedRequest): Promise<http.IncomingMessage> {
  interrupted.throwIfAborted();
  const target = new URL(url + path);
  const outgoing = (target.protocol === 'https:' ? https : http).request(target, { method, headers });
  return new Promise<http.IncomingMessage>((resolve, reject) => {
    const abort = () => {
      if (body && outgoing.writableFinished) return;
      outgoing.destroy(interrupted.reason as Error);
    };
    interrupted.addEventListener('abort', abort);
    outgoing.on('response', resolve);
    outgoing.on('error', (error) => {
      reject(interrupted.aborted ? (interrupted.reason as Error) : noAnswer(url, error));
    });
    if (!body) {
      outgoing.end();
      return;
    }
    // An error of the connection comes after an early answer, too, and then the answer counts.
    pipeline(body, outgoing, (error) => {
      if (error && body.errored === error) reject(error);
    });
  });
}
