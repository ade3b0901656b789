import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { appendFile, chmod, chown, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type pg from 'pg';
import { DataSource } from 'typeorm';
import { type DatabaseConnection } from '../../src/database/connection';
import { dataSourceOptions } from '../../src/database/data-source';
import { type Binaries, platformPackage, reachableBinaries } from '../../src/database/embedded/binaries';
import { databaseUser } from '../../src/database/embedded/database-user';
import { launch, PORT, readPostmaster, shutDown } from '../../src/database/embedded/postmaster';
import { type DatabaseUser, runProgram } from '../../src/database/embedded/programs';
import { migrate } from '../../src/database/migrations';
import { withClient } from './database';

const DEBIAN = '/usr/lib/postgresql/15/bin';
const SUPERUSER = 'emporium';
const DATABASE = 'emporium';

/** The servers of this machine that can replicate: the embedded one, and Debian's where it is installed. */
export const SERVERS = ['the embedded PostgreSQL', ...(existsSync(DEBIAN) ? ["Debian's PostgreSQL 15"] : [])];

async function binariesOf(server: string, user: DatabaseUser | undefined): Promise<Binaries> {
  if (server !== SERVERS[0]) {
    return { initdb: path.join(DEBIAN, 'initdb'), postgres: path.join(DEBIAN, 'postgres'), major: '15' };
  }
  return reachableBinaries(platformPackage(), user, '/var/lib/emporium', () => undefined);
}

/** A PostgreSQL of a test, which can be stopped, started and promoted. */
export class ReplicationServer {
  constructor(
    readonly directory: string,
    private readonly binaries: Binaries,
    private readonly user: DatabaseUser | undefined,
    private readonly settings: Record<string, string> = {},
  ) {}

  connectionTo(database = DATABASE): Extract<DatabaseConnection, { host: string }> {
    return { host: this.directory, port: PORT, user: SUPERUSER, password: '', database };
  }

  /** Resolves when it answers. */
  async start(): Promise<void> {
    const { directory, binaries, user, settings } = this;
    const server = await launch({
      directory,
      socketDirectory: directory,
      binaries,
      user,
      settings: { fsync: 'off', max_connections: '60', wal_keep_size: '64MB', ...settings },
    });
    for (;;) {
      if (server.isGone()) throw new Error(await server.errorOutput());
      try {
        await withClient(this.connectionTo('postgres'), (client) => client.query('SELECT 1'));
        return;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  }

  async stop(): Promise<void> {
    const postmaster = await readPostmaster(this.directory);
    if (postmaster) await shutDown(this.directory, postmaster);
  }

  async sql<Row extends pg.QueryResultRow>(text: string): Promise<Row[]> {
    return withClient(this.connectionTo(), async (client) => (await client.query<Row>(text)).rows);
  }

  /** Stops the replay of a replica, while it goes on receiving. */
  async pause(): Promise<void> {
    await this.sql('SELECT pg_wal_replay_pause()');
    for (;;) {
      const [row] = await this.sql<{ state: string }>('SELECT pg_get_wal_replay_pause_state() AS state');
      if (row?.state === 'paused') return;
    }
  }

  async resume(): Promise<void> {
    await this.sql('SELECT pg_wal_replay_resume()');
  }

  /** Resolves when it takes writes. */
  async promote(): Promise<void> {
    await this.sql('SELECT pg_promote(true, 60)');
  }
}

/** A primary with a migrated database, and streaming replicas that are copies of its files. */
export class Replication {
  readonly primary: ReplicationServer;

  private constructor(
    private readonly folder: string,
    private readonly binaries: Binaries,
    private readonly user: DatabaseUser | undefined,
  ) {
    this.primary = new ReplicationServer(path.join(folder, 'primary'), binaries, user);
  }

  static async create(server: string): Promise<Replication> {
    const user = await databaseUser(undefined);
    const folder = await mkdtemp(path.join(tmpdir(), 'replication-'));
    const replication = new Replication(folder, await binariesOf(server, user), user);
    await replication.initialize();
    return replication;
  }

  /** @param upstream the server that it follows, which is stopped for a moment */
  async addReplica(name: string, upstream = this.primary): Promise<ReplicationServer> {
    const directory = path.join(this.folder, name);
    await upstream.stop();
    await promisify(execFile)('cp', ['-a', upstream.directory, directory]);
    await rm(path.join(directory, 'postmaster.pid'), { force: true });
    await writeFile(path.join(directory, 'standby.signal'), '');
    await this.own(path.join(directory, 'standby.signal'));
    await upstream.start();
    const { host, port, user: name_ } = upstream.connectionTo();
    const replica = new ReplicationServer(directory, this.binaries, this.user, {
      primary_conninfo: `host=${host} port=${port} user=${name_} application_name=${name}`,
      wal_receiver_status_interval: '1s',
      wal_retrieve_retry_interval: '100ms',
    });
    await replica.start();
    return replica;
  }

  async remove(servers: readonly (ReplicationServer | undefined)[]): Promise<void> {
    for (const server of [...servers, this.primary]) await server?.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  private async initialize(): Promise<void> {
    await this.own(this.folder);
    await chmod(this.folder, 0o755);
    const { directory } = this.primary;
    await mkdir(directory, { mode: 0o700 });
    await this.own(directory);
    const { ok, complaint } = await runProgram(
      this.binaries.initdb,
      ['-D', directory, '-U', SUPERUSER, '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8', '--no-sync'],
      this.user,
    );
    if (!ok) throw new Error(complaint);
    await appendFile(path.join(directory, 'pg_hba.conf'), 'local replication all trust\n');
    await this.primary.start();
    await withClient(this.primary.connectionTo('postgres'), (client) =>
      client.query(`CREATE DATABASE ${DATABASE}`),
    );
    const dataSource = new DataSource(
      dataSourceOptions({
        connection: this.primary.connectionTo(),
        poolMax: 1,
        timeout: 0,
        onPoolError: () => undefined,
      }),
    );
    await dataSource.initialize();
    await migrate(dataSource);
    await dataSource.destroy();
  }

  private async own(file: string): Promise<void> {
    if (this.user) await chown(file, this.user.uid, this.user.gid);
  }
}
