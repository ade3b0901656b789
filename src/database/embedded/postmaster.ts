import { spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { chown, lstat, mkdtemp, open, readFile, readlink, realpath } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Binaries } from './binaries';
import { canReach } from './database-user';
import { hasCode } from './embedded-postgres-error';
import { type DatabaseUser, spawnOptions } from './programs';

export const PORT = 5432;
/** Linux allows 107 bytes for the path of a socket, macOS 103. */
const MAX_SOCKET_PATH = 100;
const SOCKET_PREFIX = 'emporium-socket-';
const LOG_LIMIT_BYTES = 4 * 1024 * 1024;

/** The contents of postmaster.pid. The file belongs to PostgreSQL, so this program only reads it. */
export interface Postmaster {
  pid: number;
  port: number;
  socketDirectory: string;
}

/** Returns undefined if no server runs, or if it has only just been started. */
export async function readPostmaster(directory: string): Promise<Postmaster | undefined> {
  let text: string;
  try {
    text = await readFile(path.join(directory, 'postmaster.pid'), 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
  const [pid, , , port, socketDirectory, shared] = text.split('\n');
  if (shared === undefined || !socketDirectory || !(Number(pid) > 0)) return undefined;
  return { pid: Number(pid), port: Number(port), socketDirectory };
}

export interface Launch {
  directory: string;
  socketDirectory: string;
  binaries: Binaries;
  user: DatabaseUser | undefined;
  settings: Record<string, string>;
}

export interface LaunchedServer {
  pid: number | undefined;
  isGone(): boolean;
  /** Ends it, also before it has written its postmaster.pid. @returns false when it still runs after 25 seconds */
  shutDown(): Promise<boolean>;
  /** The last lines that this start wrote to the server's log, or why the program could not be run. */
  errorOutput(): Promise<string>;
}

/**
 * Starts `postgres` in its own process session, so that Ctrl-C in a terminal does not reach it. It is a child of this
 * process, which it would not be with pg_ctl. In a container where Node is process 1, only Node can reap a dead server,
 * and PostgreSQL treats the data directory as in use while the zombie exists.
 */
export async function launch({
  directory,
  socketDirectory,
  binaries,
  user,
  settings,
}: Launch): Promise<LaunchedServer> {
  const options = spawnOptions(user);
  const otherProcess = await otherProcessInLockFile(directory);
  const log = await openLog(directory, user);
  try {
    const offset = (await log.stat()).size;
    const child = spawn(binaries.postgres, ['-D', directory, ...flags(socketDirectory, settings)], {
      ...options,
      env: {
        ...options.env,
        ...(otherProcess === undefined ? {} : { PG_GRANDPARENT_PID: String(otherProcess) }),
      },
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
    });
    let failure: Error | undefined;
    child.once('error', (error) => (failure = error));
    child.unref();
    const isGone = () => failure !== undefined || child.exitCode !== null || child.signalCode !== null;
    return {
      pid: child.pid,
      isGone,
      shutDown: async () => child.pid === undefined || endProcess(child.pid, isGone),
      errorOutput: async () => failure?.message ?? (await readLog(directory, offset)),
    };
  } finally {
    await log.close();
  }
}

function flags(socketDirectory: string, settings: Record<string, string>): string[] {
  const all = {
    listen_addresses: '',
    port: String(PORT),
    unix_socket_directories: `"${socketDirectory.replaceAll('"', '""')}"`,
    unix_socket_permissions: '0700',
    logging_collector: 'off',
    // The application reports failed statements itself. PostgreSQL's messages would write personal data into this file.
    log_min_messages: 'log',
    log_checkpoints: 'off',
    ...settings,
  };
  return Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

/**
 * After a power cut in a container, process ids begin again, and the id in a stale postmaster.pid soon belongs to a
 * thread of Node. PostgreSQL would then refuse to start for ever. If that process is certainly not PostgreSQL, its id
 * is passed as PG_GRANDPARENT_PID, as pg_ctl does for its own parent, so that PostgreSQL ignores it. PostgreSQL still
 * checks the shared memory.
 */
async function otherProcessInLockFile(directory: string): Promise<number | undefined> {
  const postmaster = await readPostmaster(directory);
  if (!postmaster || !isAlive(postmaster.pid)) return undefined;
  return (await isOtherProgram(postmaster.pid)) ? postmaster.pid : undefined;
}

/** Whether the process is certainly not PostgreSQL. */
async function isOtherProgram(pid: number): Promise<boolean> {
  try {
    return !path.basename(await readlink(`/proc/${pid}/exe`)).startsWith('postgres');
  } catch {
    return false;
  }
}

async function openLog(directory: string, user: DatabaseUser | undefined) {
  const { O_WRONLY, O_APPEND, O_CREAT, O_NOFOLLOW } = constants;
  // O_NOFOLLOW, because root writes into a directory of another user.
  const file = await open(logFile(directory), O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, 0o600);
  try {
    const { size, uid } = await file.stat();
    if (user && uid !== user.uid) await file.chown(user.uid, user.gid);
    if (size > LOG_LIMIT_BYTES) await file.truncate();
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function readLog(directory: string, offset: number): Promise<string> {
  const text = (await readFile(logFile(directory))).subarray(offset).toString('utf8');
  return text.trim().split('\n').slice(-10).join('\n');
}

export function logFile(directory: string): string {
  return path.join(directory, 'server.log');
}

/** The directory of the cluster if its path is short enough, else a directory in the system's temporary directory. */
export async function chooseSocketDirectory(
  directory: string,
  user: DatabaseUser | undefined,
): Promise<string> {
  if (fits(directory)) return directory;
  const former = (await readPostmaster(directory))?.socketDirectory;
  if (former && (await isOwnSocketDirectory(former, user))) return former;
  for (const parent of [os.tmpdir(), '/tmp']) {
    const real = await realpath(parent);
    if (!fits(path.join(real, `${SOCKET_PREFIX}XXXXXX`)) || !(await canReach(user, real))) continue;
    const created = await mkdtemp(path.join(real, SOCKET_PREFIX));
    if (user) await chown(created, user.uid, user.gid);
    return created;
  }
  return directory;
}

function fits(directory: string): boolean {
  return Buffer.byteLength(path.join(directory, `.s.PGSQL.${PORT}`)) <= MAX_SOCKET_PATH;
}

export function isTemporarySocketDirectory(directory: string): boolean {
  return path.basename(directory).startsWith(SOCKET_PREFIX);
}

/** Everybody can create a directory in /tmp. A directory of our server can be entered only by its user. */
async function isOwnSocketDirectory(directory: string, user: DatabaseUser | undefined): Promise<boolean> {
  if (!isTemporarySocketDirectory(directory)) return false;
  const status = await lstat(directory).catch(() => undefined);
  const uid = user?.uid ?? process.getuid?.();
  return status?.isDirectory() === true && status.uid === uid && (status.mode & 0o077) === 0;
}

/**
 * Does what `pg_ctl stop` does, but only to this process: pg_ctl reads the data directory again and again, and could
 * stop the server of a quick next start. First a fast shutdown, then an immediate one, after which the next start
 * recovers from the write-ahead log. The id of a server that was killed may belong to another program by now, which gets no
 * signal. @returns false when the server still runs after 25 seconds
 */
export async function shutDown(directory: string, { pid }: Pick<Postmaster, 'pid'>): Promise<boolean> {
  return endProcess(
    pid,
    async () =>
      !isAlive(pid) || (await readPostmaster(directory))?.pid !== pid || (await isOtherProgram(pid)),
  );
}

async function endProcess(pid: number, isGone: () => boolean | Promise<boolean>): Promise<boolean> {
  for (const [signal, seconds] of [
    ['SIGINT', 20],
    ['SIGQUIT', 5],
  ] as const) {
    const deadline = Date.now() + seconds * 1000;
    if ((await isGone()) || !send(pid, signal)) return true;
    while (Date.now() < deadline) {
      if (await isGone()) return true;
      await sleep(20);
    }
  }
  return false;
}

export function isAlive(pid: number): boolean {
  return send(pid, 0);
}

function send(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch (error) {
    return hasCode(error, 'EPERM');
  }
}
