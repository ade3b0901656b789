import { execFile } from 'node:child_process';

/** Whom the PostgreSQL programs run as, when that is not the user of this process. */
export interface DatabaseUser {
  uid: number;
  gid: number;
}

/** Nothing is inherited: a PGPORT, PGDATA or LC_ALL of the shell must not change the database. */
export const PROGRAM_ENVIRONMENT = { PATH: '/usr/bin:/bin', HOME: '/', LANG: 'C', LC_ALL: 'C', TZ: 'UTC' };

/** Working directory `/`, because the database user may be unable to enter ours. */
export function spawnOptions(user: DatabaseUser | undefined) {
  // The system counts user ids unsigned, Node takes them signed (macOS: nobody is -2).
  const identity = user ? { uid: user.uid | 0, gid: user.gid | 0 } : {};
  return { cwd: '/', env: PROGRAM_ENVIRONMENT, ...identity };
}

export interface ProgramResult {
  ok: boolean;
  /** What it wrote to stderr, or why it could not be run at all. */
  complaint: string;
}

export function runProgram(
  file: string,
  args: string[],
  user: DatabaseUser | undefined,
  timeoutSeconds = 120,
): Promise<ProgramResult> {
  const options = { ...spawnOptions(user), timeout: timeoutSeconds * 1000, killSignal: 'SIGKILL' as const };
  return new Promise((resolve) => {
    execFile(file, args, options, (error, _stdout, stderr) => {
      resolve({ ok: error === null, complaint: stderr.trim() || (error?.message ?? '') });
    });
  });
}
