import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { type IncomingMessage } from 'node:http';
import { request } from 'node:https';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { makeCertificate } from './certificate';
import { type Answer, type CallOptions, Client } from './client';
import { freePort } from './instance';
import { temporaryDirectory } from './process';

const FOLDER = path.join(__dirname, '..', '..', 'deploy', 'gateway');
const HOST = 'shop.example';

/** Where the program is; undefined where it is not installed. */
export const NGINX = [...(process.env.PATH ?? '').split(path.delimiter), '/usr/sbin']
  .map((folder) => path.join(folder, 'nginx'))
  .find((file) => existsSync(file));

/** A real nginx with the configuration of deploy/gateway, in front of instances on this machine. */
export class NginxGateway {
  readonly client: TlsClient;
  /** what it logged */
  output = '';

  private constructor(
    private readonly child: ChildProcess,
    private readonly folder: Awaited<ReturnType<typeof temporaryDirectory>>,
    port: number,
    ca: string,
  ) {
    this.client = new TlsClient(port, ca);
    child.stderr?.on('data', (chunk: Buffer) => {
      this.output += chunk.toString();
    });
  }

  /** @param changes of the configuration, each from what must be in it */
  static async start(
    instances: readonly [number, number],
    changes: Record<string, string> = {},
  ): Promise<NginxGateway> {
    const folder = await temporaryDirectory();
    const inside = (name: string) => path.join(folder.path, name);
    const [port, plainPort] = [await freePort(), await freePort()];
    const { cert, key } = makeCertificate(HOST);
    await writeFile(inside('cert.pem'), cert);
    await writeFile(inside('key.pem'), key);
    await mkdir(inside('emporium'));
    await cp(path.join(FOLDER, 'problem-headers.conf'), inside('emporium/problem-headers.conf'));
    const site = replaceAll(await readFile(path.join(FOLDER, 'nginx.conf'), 'utf8'), {
      'server 127.0.0.1:3001': `server 127.0.0.1:${instances[0]}`,
      'server 127.0.0.1:3002': `server 127.0.0.1:${instances[1]}`,
      'listen [::]:80;': '',
      'listen [::]:443 ssl http2;': '',
      'listen 80;': `listen 127.0.0.1:${plainPort};`,
      'listen 443 ssl http2;': `listen 127.0.0.1:${port} ssl;`,
      '/etc/ssl/emporium/fullchain.pem': inside('cert.pem'),
      '/etc/ssl/emporium/privkey.pem': inside('key.pem'),
      '/var/cache/nginx/emporium': inside('cache'),
      ...changes,
    });
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
      .map((name) => `${name}_temp_path ${inside(name)};`)
      .join('\n');
    await writeFile(
      inside('nginx.conf'),
      `daemon off; pid ${inside('nginx.pid')}; error_log stderr warn; events {}
       http { access_log off; ${temporary} ${site} }`,
    );
    const options = { stdio: ['ignore', 'ignore', 'pipe'] as ('ignore' | 'pipe')[] };
    const child = spawn(NGINX ?? '', ['-c', inside('nginx.conf'), '-p', folder.path], options);
    const gateway = new NginxGateway(child, folder, port, cert);
    await gateway.ready();
    return gateway;
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.child.once('close', resolve));
    this.child.kill('SIGTERM');
    await closed;
    await this.folder.remove();
  }

  /** It listens before the instances need to be there. */
  private async ready(): Promise<void> {
    const deadline = Date.now() + 30_000;
    const answers = () =>
      this.client.call('BREW', '/').then(
        () => true,
        () => false,
      );
    while (!(await answers())) {
      if (Date.now() > deadline || this.child.exitCode !== null)
        throw new Error(`nginx does not run:\n${this.output}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

function replaceAll(text: string, changes: Record<string, string>): string {
  return Object.entries(changes).reduce((changed, [from, to]) => {
    if (!changed.includes(from)) throw new Error(`"${from}" is not in the configuration`);
    return changed.replaceAll(from, to);
  }, text);
}

/** Calls an HTTPS server with a certificate for shop.example, as nobody or with a token. */
export class TlsClient extends Client {
  constructor(
    private readonly port: number,
    private readonly ca: string,
    private readonly bearer?: string,
  ) {
    super('');
  }

  override as(token: string): TlsClient {
    return new TlsClient(this.port, this.ca, token);
  }

  override async call(method: string, target: string, options: CallOptions = {}): Promise<Answer> {
    const { body, raw = body === undefined ? undefined : JSON.stringify(body), headers } = options;
    const call = request({
      host: '127.0.0.1',
      port: this.port,
      servername: HOST,
      ca: this.ca,
      method,
      path: target,
      headers: {
        host: HOST,
        ...(raw !== undefined && {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(raw),
        }),
        ...(this.bearer !== undefined && { authorization: `Bearer ${this.bearer}` }),
        ...headers,
      },
    });
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      call.on('response', resolve).on('error', reject);
      call.end(raw);
    });
    const bytes = await buffer(response);
    const text = (response.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes).toString();
    const pairs = Object.entries(response.headersDistinct).flatMap(([name, values = []]) =>
      values.map((value): [string, string] => [name, value]),
    );
    const isJson = (response.headers['content-type'] ?? '').includes('json');
    return {
      status: response.statusCode ?? 0,
      headers: new Headers(pairs),
      text,
      body: isJson && text !== '' ? (JSON.parse(text) as unknown) : undefined,
    };
  }
}
