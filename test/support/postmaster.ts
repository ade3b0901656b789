import { readFileSync, readlinkSync } from 'node:fs';
import path from 'node:path';

/** The process id that PostgreSQL has written into its data directory, or undefined without one. */
export function postmasterIn(directory: string): number | undefined {
  let text = '';
  try {
    text = readFileSync(path.join(directory, 'postmaster.pid'), 'utf8');
  } catch {
    // No server runs there.
  }
  const pid = Number.parseInt(text, 10);
  return pid > 0 ? pid : undefined;
}

/** Throws without one. */
export function postmasterOf(directory: string): number {
  const pid = postmasterIn(directory);
  if (pid === undefined) throw new Error(`No PostgreSQL runs in ${directory}`);
  return pid;
}

/**
 * Signals processes of PostgreSQL, and no others. The file of a dead server can bear the number of another process,
 * and the number 0, which an empty file would be read as, is the whole group of this process.
 */
export function signalPostgres(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      const program = process.platform === 'linux' ? readlinkSync(`/proc/${pid}/exe`) : 'postgres';
      if (pid > 0 && path.basename(program).startsWith('postgres')) process.kill(pid, signal);
    } catch {
      // It has ended since.
    }
  }
}
