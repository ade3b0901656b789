import { Agent, type IncomingHttpHeaders, request } from 'node:http';

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

/** Calls a server over one connection that stays open, so that times do not include connecting. */
export class HttpClient {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 1 });

  constructor(private readonly url: string) {}

  get(path: string): Promise<Answer> {
    return this.call('GET', path);
  }

  post(path: string, body: unknown, token?: string): Promise<Answer> {
    return this.send('POST', path, body, token);
  }

  patch(path: string, body: unknown, token?: string): Promise<Answer> {
    return this.send('PATCH', path, body, token);
  }

  /** The JSON of a response with status 200. @throws Error for another status */
  async getJson(path: string): Promise<unknown> {
    const { status, text } = await this.get(path);
    if (status !== 200) throw new Error(`GET ${path} answered ${status}: ${text}`);
    return JSON.parse(text);
  }

  close(): void {
    this.agent.destroy();
  }

  private send(method: string, path: string, body: unknown, token?: string): Promise<Answer> {
    return this.call(method, path, JSON.stringify(body), {
      'content-type': 'application/json',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    });
  }

  private call(method: string, path: string, body?: string, headers = {}): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const sent = request(new URL(path, this.url), { method, headers, agent: this.agent }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
        });
      });
      sent.on('error', reject);
      sent.end(body);
    });
  }
}

/** The URL of the next page in the `Link` header. */
export function nextPage({ headers }: Answer): string | undefined {
  return /<([^>]*)>;\s*rel="next"/.exec([headers.link].flat().join(', '))?.[1];
}
