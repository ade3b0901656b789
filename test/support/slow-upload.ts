import { once } from 'node:events';
import http from 'node:http';
import { text } from 'node:stream/consumers';
import { type Answer } from './client';
import { type TestStore } from './factories';

/** A file that is sent piece by piece. */
export interface SlowUpload {
  write: (piece: string) => void;
  end: () => void;
  /** closes the connection */
  leave: () => void;
  /** rejects when the connection is closed without one */
  answer: Promise<Answer>;
}

const agent = new http.Agent({ keepAlive: true });

/** Begins to send a file to a store, as its owner. */
export function upload(
  url: string,
  { id, owner }: TestStore,
  { query = '', headers = {} }: { query?: string; headers?: Record<string, string> } = {},
): SlowUpload {
  const request = http.request(`${url}/stores/${id}/imports${query}`, {
    method: 'POST',
    // With `Connection: close`, the server would cut off what is still sent, and the answer with it.
    agent,
    headers: {
      authorization: `Bearer ${owner.accessToken}`,
      'content-type': 'text/csv',
      ...headers,
    },
  });
  request.flushHeaders();
  const answer = once(request, 'response').then(async ([response]: http.IncomingMessage[]) => {
    if (!response) throw new Error('no response');
    const body = await text(response);
    return {
      status: response.statusCode ?? 0,
      headers: new Headers(response.headers as Record<string, string>),
      text: body,
      body: JSON.parse(body) as unknown,
    };
  });
  answer.catch(() => undefined);
  request.on('error', () => undefined);
  return {
    write: (piece) => void request.write(piece),
    end: () => void request.end(),
    leave: () => void request.destroy(),
    answer,
  };
}
