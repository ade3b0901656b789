import '../javascript-driver';
import { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { explicitOptions } from '../driver-options';
import { SUPERUSER } from './cluster';
import { EmbeddedPostgresError, hasCode, isError } from './embedded-postgres-error';

/** Two numbers nobody else uses in the maintenance database: "EMPO", "RIUM". */
const LOCK = [0x454d504f, 0x5249554d] as const;
const IN_USE_AFTER_MS = 2000;

/** One connection to the maintenance database. Its lock says whose the server is; its end says that it is gone. */
export class OwnerSession {
  /** Settles when the connection has ended, for whatever reason. */
  readonly ended: Promise<void>;
  private over = false;

  private constructor(
    readonly client: Client,
    private readonly socket: Socket,
  ) {
    this.ended = new Promise((resolve) => {
      client.once('end', () => {
        this.over = true;
        resolve();
      });
    });
    // Without a handler the end of the server would be the end of this process; 'end' follows and is acted on.
    client.on('error', () => undefined);
  }

  static async connect(host: string, port: number, password: string): Promise<OwnerSession> {
    const socket = new Socket();
    const client = new Client({
      ...explicitOptions({
        host,
        port,
        user: SUPERUSER,
        password,
        database: 'postgres',
        options: '-c idle_session_timeout=0 -c statement_timeout=0',
        applicationName: `emporium ${process.pid}`,
      }),
      stream: () => socket,
      connectionTimeoutMillis: 5000,
    });
    const session = new OwnerSession(client, socket);
    try {
      await client.connect();
      return session;
    } catch (error) {
      session.close();
      throw error;
    }
  }

  get isOver(): boolean {
    return this.over;
  }

  /** True when the server is ours now, false when it went away meanwhile. A dead owner's lock takes a moment to go. */
  async takeOwnership(directory: string): Promise<boolean> {
    const deadline = Date.now() + IN_USE_AFTER_MS;
    try {
      for (;;) {
        const { rows } = await this.client.query<{ taken: boolean }>(
          'SELECT pg_try_advisory_lock($1, $2) AS taken',
          [...LOCK],
        );
        if (rows[0]?.taken) return true;
        if (Date.now() > deadline) break;
        await sleep(100);
      }
      throw await this.inUse(directory);
    } catch (error) {
      if (this.over || isServerGoing(error)) return false;
      throw error;
    }
  }

  async createDatabase(name: string): Promise<void> {
    const { rowCount } = await this.client.query('SELECT FROM pg_database WHERE datname = $1', [name]);
    if (rowCount !== 0) return;
    await this.client.query(`CREATE DATABASE ${this.client.escapeIdentifier(name)} ENCODING 'UTF8'`);
  }

  /** Does not wait for the server, which may be frozen. */
  close(): void {
    this.socket.destroy();
  }

  private async inUse(directory: string): Promise<EmbeddedPostgresError> {
    const { rows } = await this.client.query<{ application_name: string }>(
      `SELECT application_name FROM pg_locks JOIN pg_stat_activity USING (pid)
        WHERE locktype = 'advisory' AND classid = $1 AND objid = $2 AND granted`,
      [...LOCK],
    );
    const pid = rows[0]?.application_name.split(' ')[1];
    const owner = pid === undefined ? 'another Emporium' : `another Emporium (process ${pid})`;
    return new EmbeddedPostgresError(
      `The database in ${directory} is in use by ${owner}. Stop that one, choose another data directory, ` +
        'or set DATABASE_URL to let both use one PostgreSQL.',
    );
  }
}

/** The server ends our session because it is being stopped, or the connection broke. */
function isServerGoing(error: unknown): boolean {
  if (error instanceof EmbeddedPostgresError || !isError(error)) return false;
  return (
    hasCode(error, '57P01', '57P02', '57P03', 'ECONNRESET', 'EPIPE') ||
    /^(Connection|Client) /.test(error.message)
  );
}
