import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type EmbeddedPostgres } from '../../src/database/embedded/embedded-postgres';

/** What the set-up of a run leaves for its end; both are in one process. */
export const testRun: { server?: EmbeddedPostgres; watchdog?: ChildProcess; formerTmpdir?: string } = {};

/**
 * Makes the folder of this run, which also becomes the temporary directory of all its processes, and starts the watchdog
 * that removes it and them when this process ends.
 */
export async function beginRun(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'emporium-test-'));
  // Root's database user must be able to enter it.
  await chmod(folder, 0o755);
  const { TMPDIR: formerTmpdir } = process.env;
  if (formerTmpdir !== undefined) testRun.formerTmpdir = formerTmpdir;
  // A session of its own: Ctrl-C in a terminal must not reach it.
  testRun.watchdog = spawn(process.execPath, [path.join(__dirname, 'watchdog.cjs'), folder], {
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  process.env.TMPDIR = folder;
  return folder;
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
