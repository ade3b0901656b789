import { Agent, request } from 'node:http';

export interface Sent {
  method: string;
  /** with the query */
  target: string;
  headers: [name: string, value: string][];
  body: Buffer | undefined;
}

export interface Received {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
}

/** Sends requests one after another on one connection. It can send what `fetch` refuses to send. */
export class Exchange {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 1 });

  constructor(private readonly port: number) {}

  send({ method, target, headers, body }: Sent): Promise<Received> {
    const raw = [...headers, ['Connection', 'keep-alive']];
    if (!headers.some(([name]) => name === 'Host')) raw.push(['Host', `127.0.0.1:${this.port}`]);
    if (body) raw.push(['Content-Length', String(body.length)]);
    return new Promise((resolve, reject) => {
      const outgoing = request(
        {
          host: '127.0.0.1',
          port: this.port,
          method,
          path: target,
          // A flat list keeps repeated headers.
          headers: raw.flat(),
          agent: this.agent,
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', reject);
          response.on('end', () => {
            const text = Buffer.concat(chunks).toString();
            resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
          });
        },
      );
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  }

  close(): void {
    this.agent.destroy();
  }
}

const LONG = 2000;

/** A request as a command, without its token. */
export function toCurl({ method, target, headers, body }: Sent): string {
  const parts = [`curl -i --path-as-is -X ${method} "$URL"${quote(target)}`];
  for (const [name, value] of headers) {
    const shown =
      name.toLowerCase() === 'authorization' ? value.replace(/^Bearer .{20,}/, 'Bearer $TOKEN') : value;
    // With a semicolon instead of the colon, curl sends a header without a value.
    parts.push(`-H ${quote(shown === '' ? `${name};` : `${name}: ${shown}`)}`);
  }
  if (body)
    parts.push(
      `--data-binary ${quote(body.toString('latin1') === body.toString() ? body.toString() : body)}`,
    );
  return parts.join(' \\\n    ');
}

/** A word for bash; bytes that cannot be seen are escaped. */
function quote(text: string | Buffer): string {
  const bytes = [...Buffer.from(text)];
  const shown = bytes
    .slice(0, LONG)
    .map((byte) => {
      const character = String.fromCharCode(byte);
      if (character === "'" || character === '\\') return `\\${character}`;
      return byte >= 0x20 && byte < 0x7f ? character : `\\x${byte.toString(16).padStart(2, '0')}`;
    })
    .join('');
  return `$'${shown}'${bytes.length > LONG ? ` # and ${bytes.length - LONG} bytes more` : ''}`;
}
