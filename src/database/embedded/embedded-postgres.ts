import { rmdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Binaries, platformPackage, reachableBinaries } from './binaries';
import {
  checkVersion,
  createCluster,
  findCluster,
  readPassword,
  removeUnfinished,
  SUPERUSER,
} from './cluster';
import { canReach, databaseUser } from './database-user';
import { EmbeddedPostgresError, explained, hasCode, isError } from './embedded-postgres-error';
import { OwnerSession } from './owner-session';
import {
  chooseSocketDirectory,
  isAlive,
  isTemporarySocketDirectory,
  launch,
  logFile,
  PORT,
  readPostmaster,
  shutDown,
} from './postmaster';
import { type DatabaseUser } from './programs';

export { EmbeddedPostgresError } from './embedded-postgres-error';

export interface EmbeddedPostgresOptions {
  /** Absolute. The cluster lives in `postgres` below it. */
  dataDir: string;
  /** Created if missing. */
  database: string;
  /** More settings of the server. An adopted server keeps the settings that it was started with. */
  settings?: Record<string, string>;
  /** False makes initdb faster, because it does not wait for the disk. For tests. */
  durable?: boolean;
  log: (message: string, fields?: Record<string, unknown>) => void;
  /** Called when the server has ended and could not be started again. */
  onLost?: (error: Error) => void;
}

/** Paths of this machine. Only tests change them. */
export interface Surroundings {
  /** The platform package with the binaries. */
  packageDirectory?: string;
  /** For files that the database user of root cannot reach at their own place. */
  sharedDirectory?: string;
}

interface Cluster {
  directory: string;
  password: string;
  binaries: Binaries;
  user: DatabaseUser | undefined;
}

interface OwnedServer {
  session: OwnerSession;
  host: string;
  port: number;
  adopted: boolean;
}

/** After the postmaster was killed, PostgreSQL refuses to start until the last of its processes has ended. */
const START_RETRY_MS = 5000;
const RECOVERY_TIMEOUT_MS = 120_000;
const RESTARTS_PER_MINUTE = 5;

/** A PostgreSQL server that belongs to this process, which starts or adopts, watches and stops it. */
export class EmbeddedPostgres {
  readonly connection: { host: string; port: number; user: string; password: string; database: string };
  /** The real directory of the cluster. For root it may be outside of the data directory. */
  readonly directory: string;
  /** Whether the server was already running, because the process that started it has died. */
  readonly adopted: boolean;
  private session: OwnerSession;
  private stopped: Promise<void> | undefined;
  private readonly watching: Promise<void>;

  private constructor(
    private readonly options: EmbeddedPostgresOptions,
    private readonly cluster: Cluster,
    { session, host, port, adopted }: OwnedServer,
  ) {
    const { directory, password } = cluster;
    this.connection = { host, port, user: SUPERUSER, password, database: options.database };
    this.directory = directory;
    this.adopted = adopted;
    this.session = session;
    this.watching = this.watch();
  }

  static async start(
    options: EmbeddedPostgresOptions,
    surroundings: Surroundings = {},
  ): Promise<EmbeddedPostgres> {
    const { dataDir, database, log } = options;
    try {
      const cluster = await openCluster(options, surroundings);
      const { directory, user } = cluster;
      const socketDirectory = await chooseSocketDirectory(directory, user);
      let server: OwnedServer;
      try {
        server = await takeServer(cluster, options, socketDirectory, () => false);
      } catch (error) {
        await removeSocketDirectory(socketDirectory);
        throw error;
      }
      if (server.host !== socketDirectory) await removeSocketDirectory(socketDirectory);
      const postgres = new EmbeddedPostgres(options, cluster, server);
      try {
        await server.session.createDatabase(database);
        await removeUnfinished(dataDir);
      } catch (error) {
        await postgres.stop();
        throw error;
      }
      log(server.adopted ? 'Adopted the PostgreSQL a former process left running' : 'Started PostgreSQL', {
        directory,
      });
      return postgres;
    } catch (error) {
      throw explained(error, dataDir);
    }
  }

  /** The connection to a running server of a data directory, whichever process owns it; undefined if none runs. */
  static async findRunning(
    dataDir: string,
    database: string,
  ): Promise<EmbeddedPostgres['connection'] | undefined> {
    const directory = await findCluster(dataDir);
    const postmaster = directory === undefined ? undefined : await readPostmaster(directory);
    if (directory === undefined || !postmaster || !isAlive(postmaster.pid)) return undefined;
    const { socketDirectory: host, port } = postmaster;
    return { host, port, user: SUPERUSER, password: await readPassword(directory), database };
  }

  /** Takes about 30 seconds at most, even if the server does not answer. */
  stop(): Promise<void> {
    this.stopped ??= this.shutDown();
    return this.stopped;
  }

  private async shutDown(): Promise<void> {
    // If a restart is running, it stops because of this request, or ends with a new session.
    if (this.session.isOver) await this.watching;
    if (this.session.isOver) return;
    const postmaster = await readPostmaster(this.directory);
    // This keeps the lock until the server is down, so that no other start adopts a server that is about to end.
    const isDown = postmaster === undefined || (await shutDown(this.directory, postmaster));
    this.session.close();
    await this.watching;
    if (!isDown) {
      throw new EmbeddedPostgresError(
        `PostgreSQL in ${this.directory} (process ${postmaster.pid}) does not stop. ` +
          `Its log is ${logFile(this.directory)}.`,
      );
    }
    await removeSocketDirectory(this.connection.host);
  }

  private async watch(): Promise<void> {
    const { log, onLost } = this.options;
    const { host, port } = this.connection;
    const isStopRequested = (): boolean => this.stopped !== undefined;
    let losses: number[] = [];
    for (;;) {
      await this.session.ended;
      if (isStopRequested()) return;
      log('PostgreSQL went away, starting it again', { directory: this.directory });
      try {
        losses = [...losses.filter((time) => time > Date.now() - 60_000), Date.now()];
        if (losses.length > RESTARTS_PER_MINUTE) {
          throw new EmbeddedPostgresError(
            `PostgreSQL in ${this.directory} ends again and again. Its log is ${logFile(this.directory)}.`,
          );
        }
        const server = await takeServer(this.cluster, this.options, host, isStopRequested);
        if (server.host !== host || server.port !== port) {
          server.session.close();
          throw new EmbeddedPostgresError(
            `PostgreSQL in ${this.directory} now runs at ${server.host}. Start again.`,
          );
        }
        this.session = server.session;
        if (isStopRequested()) return;
        log('PostgreSQL is back', { directory: this.directory });
      } catch (error) {
        if (!isStopRequested()) onLost?.(explained(error, this.options.dataDir) as Error);
        return;
      }
    }
  }
}

async function openCluster(options: EmbeddedPostgresOptions, surroundings: Surroundings): Promise<Cluster> {
  const { dataDir, durable = true, log } = options;
  const { packageDirectory = platformPackage(), sharedDirectory = '/var/lib/emporium' } = surroundings;
  const existing = await findCluster(dataDir);
  const user = await databaseUser(existing);
  const binaries = await reachableBinaries(packageDirectory, user, sharedDirectory, log);
  if (existing === undefined) await createCluster({ dataDir, sharedDirectory, binaries, user, durable, log });
  const directory = existing ?? (await findCluster(dataDir));
  if (directory === undefined) {
    throw new EmbeddedPostgresError(
      `No database could be put at ${path.join(dataDir, 'postgres')}: an empty directory is in its place. Remove it.`,
    );
  }
  await checkVersion(directory, binaries);
  if (user && !(await canReach(user, directory))) {
    throw new EmbeddedPostgresError(
      `The database directory ${directory} belongs to user ${user.uid}, who cannot reach it: a directory above it ` +
        'is closed. Open that one (chmod a+x), or set DATABASE_URL.',
    );
  }
  return { directory, password: await readPassword(directory), binaries, user };
}

/** Returns a running server, after taking its lock: the one that runs already, or a new one. */
async function takeServer(
  cluster: Cluster,
  options: EmbeddedPostgresOptions,
  socketDirectory: string,
  isStopRequested: () => boolean,
): Promise<OwnedServer> {
  const refusedUntil = Date.now() + START_RETRY_MS;
  for (;;) {
    const server =
      (await connectToRunning(cluster, isStopRequested)) ??
      (await startServer(cluster, options, socketDirectory, isStopRequested));
    if ('errorOutput' in server) {
      if (!isPassing(server.errorOutput) || Date.now() > refusedUntil || isStopRequested()) {
        throw new EmbeddedPostgresError(
          `PostgreSQL did not start in ${cluster.directory}. The end of ${logFile(cluster.directory)}:\n${server.errorOutput}`,
        );
      }
      await sleep(100);
      continue;
    }
    try {
      if (await server.session.takeOwnership(cluster.directory)) return server;
    } catch (error) {
      server.session.close();
      throw error;
    }
    server.session.close();
  }
}

async function connectToRunning(
  { directory, password }: Cluster,
  isStopRequested: () => boolean,
): Promise<OwnedServer | undefined> {
  const deadline = Date.now() + RECOVERY_TIMEOUT_MS;
  for (;;) {
    const postmaster = await readPostmaster(directory);
    if (!postmaster || !isAlive(postmaster.pid)) return undefined;
    const { pid, port, socketDirectory: host } = postmaster;
    try {
      return { session: await OwnerSession.connect(host, port, password), host, port, adopted: true };
    } catch (error) {
      // If nobody listens, the file is stale, and the process id now belongs to another program.
      if (!isStartingOrStopping(error)) {
        if (isAbsent(error)) return undefined;
        throw unusable(directory, pid, error);
      }
      if (Date.now() > deadline || isStopRequested()) throw unusable(directory, pid, error);
    }
    await sleep(50);
  }
}

async function startServer(
  { directory, password, binaries, user }: Cluster,
  { settings = {}, log }: EmbeddedPostgresOptions,
  socketDirectory: string,
  isStopRequested: () => boolean,
): Promise<OwnedServer | { errorOutput: string }> {
  const launched = await launch({ directory, socketDirectory, binaries, user, settings });
  const deadline = Date.now() + RECOVERY_TIMEOUT_MS;
  let slowAfter = Date.now() + 5000;
  for (let pause = 10; ; pause = Math.min(pause * 1.5, 250)) {
    if (launched.isGone()) return { errorOutput: await launched.errorOutput() };
    try {
      const session = await OwnerSession.connect(socketDirectory, PORT, password);
      // This can be the server of another start that was faster.
      const adopted = (await readPostmaster(directory))?.pid !== launched.pid;
      return { session, host: socketDirectory, port: PORT, adopted };
    } catch (error) {
      if (!isStartingOrStopping(error) && !isAbsent(error)) throw unusable(directory, launched.pid, error);
      if (isStopRequested()) {
        await launched.shutDown();
        throw error;
      }
      if (Date.now() > deadline) throw unusable(directory, launched.pid, error);
    }
    if (Date.now() > slowAfter) {
      slowAfter = Infinity;
      log('PostgreSQL is repairing its data after a crash; this can take a while', {
        log: logFile(directory),
      });
    }
    await sleep(pause);
  }
}

/** Whether the refusal ends by itself, when the last process of a dead or stopping server has ended. */
function isPassing(errorOutput: string): boolean {
  return /lock file ".*" (already exists|is empty)|shared memory block|Address already in use/.test(
    errorOutput,
  );
}

function isStartingOrStopping(error: unknown): boolean {
  return hasCode(error, '57P03', '57P01');
}

function isAbsent(error: unknown): boolean {
  if (hasCode(error, 'ENOENT', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE')) return true;
  return isError(error) && error.message.startsWith('Connection terminated');
}

function unusable(directory: string, pid: number | undefined, cause: unknown): EmbeddedPostgresError {
  const reason = isError(cause) ? cause.message : String(cause);
  return new EmbeddedPostgresError(
    `PostgreSQL runs in ${directory} (process ${pid ?? 'unknown'}), but cannot be used: ${reason}. ` +
      `Its log is ${logFile(directory)}.`,
    { cause },
  );
}

/** Removes only a directory of ours; rmdir fails while a socket is left in it. */
async function removeSocketDirectory(directory: string): Promise<void> {
  if (isTemporarySocketDirectory(directory)) await rmdir(directory).catch(() => undefined);
}
