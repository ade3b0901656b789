import { execFile } from 'node:child_process';

/** The user that runs the PostgreSQL programs, if it is not the user of this process. */
export interface DatabaseUser {
  uid: number;
  gid: number;
}

/** No variables are inherited, because PGPORT, PGDATA or LC_ALL of the shell must not change the database. */
export const PROGRAM_ENVIRONMENT = { PATH: '/usr/bin:/bin', HOME: '/', LANG: 'C', LC_ALL: 'C', TZ: 'UTC' };

/** The working directory is `/`, because the database user may not be allowed to enter ours. */
export function spawnOptions(user: DatabaseUser | undefined) {
  // The system's user ids are unsigned, but Node expects them signed (on macOS, nobody is -2).
  const identity = user ? { uid: user.uid | 0, gid: user.gid | 0 } : {};
  return { cwd: '/', env: PROGRAM_ENVIRONMENT, ...identity };
}

export interface ProgramResult {
  ok: boolean;
  /** What the program wrote to stderr, or why it could not be run. */
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
