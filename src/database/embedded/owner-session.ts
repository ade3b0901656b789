import '../javascript-driver';
import { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { explicitOptions } from '../driver-options';
import { SUPERUSER } from './cluster';
import { EmbeddedPostgresError, hasCode, isError } from './embedded-postgres-error';

/** The key of the advisory lock in the maintenance database: "EMPO" and "RIUM" as numbers. */
const LOCK = [0x454d504f, 0x5249554d] as const;
const LOCK_TIMEOUT_MS = 2000;

/**
 * A connection to the maintenance database. Its lock shows which process owns the server. When it ends, the server has
 * ended.
 */
export class OwnerSession {
  /** Resolves when the connection has ended, for any reason. */
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
    // Without a listener this event would end the process. The event 'end' follows, and is handled.
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

  /**
   * Takes the lock, and waits a moment for that of an owner that has just died. @returns false when the server has
   * ended meanwhile
   */
  async takeOwnership(directory: string): Promise<boolean> {
    const deadline = Date.now() + LOCK_TIMEOUT_MS;
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

  /** Closes the connection without waiting for the server, which may be frozen. */
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

/** Whether the server ended the session because it is stopping, or the connection was lost. */
function isServerGoing(error: unknown): boolean {
  if (error instanceof EmbeddedPostgresError || !isError(error)) return false;
  return (
    hasCode(error, '57P01', '57P02', '57P03', 'ECONNRESET', 'EPIPE') ||
    /^(Connection|Client) /.test(error.message)
  );
}
