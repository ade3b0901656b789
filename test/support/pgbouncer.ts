import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { addressOf, type DatabaseConnection } from '../../src/database/connection';
import { testServer, withDatabase } from './database';

/** Where the program is; undefined where it is not installed. */
export const PGBOUNCER = [...(process.env.PATH ?? '').split(path.delimiter), '/usr/sbin']
  .map((folder) => path.join(folder, 'pgbouncer'))
  .find((file) => existsSync(file));

const PORT = 6432;

/** A real PgBouncer in front of the server of the tests, on a socket in a folder of its own. */
export class PgBouncer {
  /** what it logged */
  output = '';
  private child: ChildProcess | undefined;

  private constructor(private readonly folder: string) {}

  /** @param settings of `pgbouncer.ini`, in addition to transaction mode and a small pool */
  static async start(settings: Record<string, string | number> = {}): Promise<PgBouncer> {
    const folder = await mkdtemp(path.join(tmpdir(), 'emporium-pgbouncer-'));
    const pooler = new PgBouncer(folder);
    await writeFile(pooler.file, iniFile(folder, settings), { mode: 0o644 });
    // Another user makes the socket there.
    await chmod(folder, 0o777);
    await pooler.run();
    return pooler;
  }

  /** The database of the server of the tests with this name, by way of the pooler. */
  connection(database: string): DatabaseConnection {
    const { user, password = '' } = addressOf(testServer());
    return { host: this.folder, port: PORT, user, password, database };
  }

  /** Ends all connections. */
  async restart(): Promise<void> {
    await this.end();
    await this.run();
  }

  async stop(): Promise<void> {
    await this.end();
    await rm(this.folder, { recursive: true, force: true });
  }

  private get file(): string {
    return path.join(this.folder, 'pgbouncer.ini');
  }

  private async run(): Promise<void> {
    const child = spawn(PGBOUNCER ?? '', [this.file], {
      ...(await ordinaryUser()),
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.child = child;
    child.stderr.on('data', (chunk: Buffer) => {
      this.output += chunk.toString();
    });
    const deadline = Date.now() + 10_000;
    while (!(await accepts(path.join(this.folder, `.s.PGSQL.${PORT}`)))) {
      if (Date.now() > deadline || child.exitCode !== null) {
        throw new Error(`PgBouncer does not run:\n${this.output}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  private async end(): Promise<void> {
    const { child } = this;
    if (child?.exitCode !== null || child.signalCode !== null) return;
    const exited = new Promise((resolve) => child.once('exit', resolve));
    // SIGTERM is an immediate stop; newer versions wait for clients.
    child.kill('SIGQUIT');
    await exited;
  }
}

/** PgBouncer refuses to run as root. The socket of the embedded server lets only its owner in. */
async function ordinaryUser(): Promise<{ uid?: number; gid?: number }> {
  if (process.getuid?.() !== 0) return {};
  const { host, port } = addressOf(testServer());
  const { uid, gid } = host.startsWith('/') ? await stat(`${host}/.s.PGSQL.${port}`) : NOBODY;
  return { uid, gid };
}

const NOBODY = { uid: 65_534, gid: 65_534 };

function iniFile(folder: string, settings: Record<string, string | number>): string {
  const { host, port, user, password } = addressOf(withDatabase(testServer(), 'postgres'));
  const server = [
    `host=${host}`,
    `port=${port}`,
    `user=${user}`,
    ...(password ? [`password=${password}`] : []),
  ];
  const all = {
    unix_socket_dir: folder,
    unix_socket_mode: '0777',
    listen_port: PORT,
    auth_type: 'any',
    pool_mode: 'transaction',
    default_pool_size: 3,
    max_client_conn: 200,
    ...settings,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name} = ${value}`);
  return ['[databases]', `* = ${server.join(' ')}`, '[pgbouncer]', ...lines, ''].join('\n');
}

function accepts(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(socketPath);
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => {
      resolve(false);
    });
  });
}
