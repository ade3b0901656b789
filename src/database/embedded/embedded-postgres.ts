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
  /** More settings of the server. A server that is adopted keeps those it was started with. */
  settings?: Record<string, string>;
  /** False saves initdb the waiting for the disk: for tests. */
  durable?: boolean;
  log: (message: string, fields?: Record<string, unknown>) => void;
  /** The server went away and could not be brought back. */
  onLost?: (error: Error) => void;
}

/** What the machine offers; only tests say it differently. */
export interface Surroundings {
  /** The platform package with the binaries. */
  packageDirectory?: string;
  /** For what root's database user cannot reach where it is. */
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

/** After the postmaster was killed PostgreSQL refuses a start until the last of its processes is gone. */
const REFUSED_FOR_MS = 5000;
const RECOVERY_TAKES_AT_MOST_MS = 120_000;
const RESTARTS_PER_MINUTE = 5;

/** A PostgreSQL that belongs to this process: started or adopted here, watched, and stopped with it. */
export class EmbeddedPostgres {
  readonly connection: { host: string; port: number; user: string; password: string; database: string };
  /** Where the cluster really is, which for root may be elsewhere than below the data directory. */
  readonly directory: string;
  /** Found running, left by a process that died. */
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

  /** How to reach the server of a data directory that runs already, whoever owns it; undefined when none does. */
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

  /** Takes about 30 seconds at most, even where the server does not answer. */
  stop(): Promise<void> {
    this.stopped ??= this.shutDown();
    return this.stopped;
  }

  private async shutDown(): Promise<void> {
    // A restart is under way: it sees that it is no longer wanted, or ends with a new session.
    if (this.session.isOver) await this.watching;
    if (this.session.isOver) return;
    const postmaster = await readPostmaster(this.directory);
    // The lock is held until the server is down, or the next start would adopt what is about to end.
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
    const isUnwanted = (): boolean => this.stopped !== undefined;
    let losses: number[] = [];
    for (;;) {
      await this.session.ended;
      if (isUnwanted()) return;
      log('PostgreSQL went away, starting it again', { directory: this.directory });
      try {
        losses = [...losses.filter((time) => time > Date.now() - 60_000), Date.now()];
        if (losses.length > RESTARTS_PER_MINUTE) {
          throw new EmbeddedPostgresError(
            `PostgreSQL in ${this.directory} ends again and again. Its log is ${logFile(this.directory)}.`,
          );
        }
        const server = await takeServer(this.cluster, this.options, host, isUnwanted);
        if (server.host !== host || server.port !== port) {
          server.session.close();
          throw new EmbeddedPostgresError(
            `PostgreSQL in ${this.directory} now runs at ${server.host}. Start again.`,
          );
        }
        this.session = server.session;
        if (isUnwanted()) return;
        log('PostgreSQL is back', { directory: this.directory });
      } catch (error) {
        if (!isUnwanted()) onLost?.(explained(error, this.options.dataDir) as Error);
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
      `No database could be put at ${path.join(dataDir, 'postgres')}: something empty is in the way. Remove it.`,
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

/** Ends with a running server and its lock: the one that runs already, or else a new one. */
async function takeServer(
  cluster: Cluster,
  options: EmbeddedPostgresOptions,
  socketDirectory: string,
  isUnwanted: () => boolean,
): Promise<OwnedServer> {
  const refusedUntil = Date.now() + REFUSED_FOR_MS;
  for (;;) {
    const server =
      (await connectToRunning(cluster, isUnwanted)) ??
      (await startServer(cluster, options, socketDirectory, isUnwanted));
    if ('lastWords' in server) {
      if (!isPassing(server.lastWords) || Date.now() > refusedUntil || isUnwanted()) {
        throw new EmbeddedPostgresError(
          `PostgreSQL did not start in ${cluster.directory}. The end of ${logFile(cluster.directory)}:\n${server.lastWords}`,
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
  isUnwanted: () => boolean,
): Promise<OwnedServer | undefined> {
  const deadline = Date.now() + RECOVERY_TAKES_AT_MOST_MS;
  for (;;) {
    const postmaster = await readPostmaster(directory);
    if (!postmaster || !isAlive(postmaster.pid)) return undefined;
    const { pid, port, socketDirectory: host } = postmaster;
    try {
      return { session: await OwnerSession.connect(host, port, password), host, port, adopted: true };
    } catch (error) {
      // Nobody listens: the file is stale, and its process id belongs to something else by now.
      if (!isStartingOrStopping(error)) {
        if (isAbsent(error)) return undefined;
        throw unusable(directory, pid, error);
      }
      if (Date.now() > deadline || isUnwanted()) throw unusable(directory, pid, error);
    }
    await sleep(50);
  }
}

async function startServer(
  { directory, password, binaries, user }: Cluster,
  { settings = {}, log }: EmbeddedPostgresOptions,
  socketDirectory: string,
  isUnwanted: () => boolean,
): Promise<OwnedServer | { lastWords: string }> {
  const launched = await launch({ directory, socketDirectory, binaries, user, settings });
  const deadline = Date.now() + RECOVERY_TAKES_AT_MOST_MS;
  let patient = Date.now() + 5000;
  for (let pause = 10; ; pause = Math.min(pause * 1.5, 250)) {
    if (launched.isGone()) return { lastWords: await launched.lastWords() };
    try {
      const session = await OwnerSession.connect(socketDirectory, PORT, password);
      // Another start may have been faster, and this is its server.
      const adopted = (await readPostmaster(directory))?.pid !== launched.pid;
      return { session, host: socketDirectory, port: PORT, adopted };
    } catch (error) {
      if (!isStartingOrStopping(error) && !isAbsent(error)) throw unusable(directory, launched.pid, error);
      if (isUnwanted()) {
        const postmaster = await readPostmaster(directory);
        if (postmaster && postmaster.pid === launched.pid) await shutDown(directory, postmaster);
        throw error;
      }
      if (Date.now() > deadline) throw unusable(directory, launched.pid, error);
    }
    if (Date.now() > patient) {
      patient = Infinity;
      log('PostgreSQL is repairing its data after a crash; this can take a while', {
        log: logFile(directory),
      });
    }
    await sleep(pause);
  }
}

/** Refusals that end by themselves, as soon as the last process of a dead or stopping server is gone. */
function isPassing(lastWords: string): boolean {
  return /lock file ".*" (already exists|is empty)|shared memory block|Address already in use/.test(
    lastWords,
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

/** Only one of ours, and only when no socket is left in it. */
async function removeSocketDirectory(directory: string): Promise<void> {
  if (isTemporarySocketDirectory(directory)) await rmdir(directory).catch(() => undefined);
}
