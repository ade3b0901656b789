import { type ChildProcess, spawn } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { open, readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { HttpClient } from './http';
import { ROOT } from './root';

const STARTS_WITHIN_MS = 60_000;

/** A server in its own process, with its log in a file. */
export class Server {
  readonly client: HttpClient;

  private constructor(
    readonly name: string,
    readonly url: string,
    private readonly child: ChildProcess,
  ) {
    this.client = new HttpClient(url);
  }

  /** Starts a program that logs a JSON line `listening` with its URL. */
  static async start(
    name: string,
    program: string,
    environment: Record<string, string>,
    log: string,
  ): Promise<Server> {
    const file = await open(log, 'w');
    const child = spawn(process.execPath, [program], {
      env: { ...environment, PATH: process.env.PATH },
      stdio: ['ignore', file.fd, file.fd],
      // It gets its own process session, like a service. Linux schedules by session, and if the server and the load
      // generator shared one, PostgreSQL could wait up to 100 ms for a processor.
      detached: true,
    });
    await file.close();
    const deadline = Date.now() + STARTS_WITHIN_MS;
    for (;;) {
      const output = await readFile(log, 'utf8');
      const url = /^\{.*"msg":"listening".*$/m.exec(output)?.[0];
      if (url !== undefined) return new Server(name, (JSON.parse(url) as { url: string }).url, child);
      if (child.exitCode !== null || child.signalCode !== null || Date.now() > deadline) {
        child.kill('SIGKILL');
        throw new Error(`${name} did not start:\n${output}`);
      }
      await sleep(20);
    }
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  async stop(): Promise<void> {
    this.client.close();
    const ended = new Promise((resolve) => this.child.on('close', resolve));
    if (this.child.exitCode === null && this.child.signalCode === null) {
      this.child.kill('SIGTERM');
      await ended;
    }
  }
}

export function startLimitServer(databaseUrl: string, directory: string): Promise<Server> {
  return Server.start(
    'limit server',
    path.join(__dirname, 'limit-server.js'),
    { NODE_ENV: 'production', DATABASE_URL: databaseUrl },
    path.join(directory, 'limit-server.log'),
  );
}

export interface Emporium {
  server: Server;
  /** Returns a new access token, because a run takes longer than the lifetime of a token. */
  logIn: () => Promise<string>;
}

/** Starts Emporium with production settings. Settings that are not here have their defaults. */
export async function startEmporium(
  databaseUrl: string,
  concurrency: number,
  directory: string,
): Promise<Emporium> {
  const account = { email: 'bench@example.com', password: randomBytes(24).toString('base64url') };
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const server = await Server.start(
    'Emporium',
    path.join(ROOT, 'dist', 'main.js'),
    {
      NODE_ENV: 'production',
      LOG_LEVEL: 'info',
      HOST: '127.0.0.1',
      PORT: '0',
      DATABASE_URL: databaseUrl,
      JWT_PRIVATE_KEY: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
      ADMIN_EMAIL: account.email,
      ADMIN_PASSWORD: account.password,
      WEB_CONCURRENCY: String(concurrency),
    },
    path.join(directory, 'emporium.log'),
  );
  const logIn = async () => {
    const { status, text } = await server.client.post('/login', account);
    if (status !== 200) throw new Error(`The login answered ${status}: ${text}`);
    return (JSON.parse(text) as { access_token: string }).access_token;
  };
  return { server, logIn };
}
