import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, statfs } from 'node:fs/promises';
import { freemem, tmpdir } from 'node:os';
import path from 'node:path';
import { type EmbeddedPostgres } from '../../src/database/embedded/embedded-postgres';

/** What the set-up of a run leaves for its end; both are in one process. */
export const testRun: { server?: EmbeddedPostgres; watchdog?: ChildProcess; formerTmpdir?: string } = {};

const MEMORY = '/dev/shm';
const ENOUGH_BYTES = 4 * 2 ** 30;

/**
 * Makes the folders of this run: the temporary directory of all its processes, and the one of its PostgreSQL, which is
 * returned. Starts the watchdog that removes them when this process ends, and stops whatever belongs to them.
 */
export async function beginRun(): Promise<string> {
  const folder = await makeFolder(tmpdir());
  const dataDir = (await hasRoom(MEMORY)) ? await makeFolder(MEMORY) : folder;
  const { TMPDIR: formerTmpdir } = process.env;
  if (formerTmpdir !== undefined) testRun.formerTmpdir = formerTmpdir;
  // A session of its own: Ctrl-C in a terminal must not reach it.
  testRun.watchdog = spawn(
    process.execPath,
    [path.join(__dirname, 'watchdog.cjs'), ...new Set([folder, dataDir])],
    { cwd: '/', detached: true, stdio: ['pipe', 'ignore', 'ignore'] },
  );
  process.env.TMPDIR = folder;
  return dataDir;
}

async function makeFolder(parent: string): Promise<string> {
  const folder = await mkdtemp(path.join(parent, 'emporium-test-'));
  // Root's database user must be able to enter it.
  await chmod(folder, 0o755);
  return folder;
}

/** A database for each suite is hundreds of megabytes of files, for which a disk that is shared makes everybody wait. */
async function hasRoom(directory: string): Promise<boolean> {
  try {
    const { bavail, bsize } = await statfs(directory);
    return Math.min(bavail * bsize, freemem()) > ENOUGH_BYTES;
  } catch {
    return false;
  }
}

/** Waits until the watchdog has removed what the run has left. */
export async function endRun(): Promise<void> {
  const { watchdog, formerTmpdir } = testRun;
  if (formerTmpdir === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = formerTmpdir;
  if (!watchdog) return;
  const ended = once(watchdog, 'exit');
  watchdog.stdin?.end();
  await ended;
}
