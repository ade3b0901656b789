import { readFile, stat } from 'node:fs/promises';
import { EmbeddedPostgresError } from './embedded-postgres-error';
import { type DatabaseUser, runProgram } from './programs';

/**
 * PostgreSQL refuses to run as root. For root this returns the owner of an existing cluster, else `postgres`, else
 * `nobody`. initdb needs a user with a name, and we do not create users.
 */
export async function databaseUser(cluster: string | undefined): Promise<DatabaseUser | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  if (cluster !== undefined) {
    const { uid, gid } = await stat(cluster);
    if (uid !== 0) return { uid, gid };
    throw new EmbeddedPostgresError(
      `The database directory ${cluster} belongs to root, and PostgreSQL does not run as root. ` +
        'Give it back to its user with chown -R, or set DATABASE_URL.',
    );
  }
  const accounts = await readFile('/etc/passwd', 'utf8');
  for (const name of ['postgres', 'nobody']) {
    const [, , uid, gid] = new RegExp(`^${name}:.*`, 'm').exec(accounts)?.[0].split(':') ?? [];
    if (Number(uid)) return { uid: Number(uid) >>> 0, gid: Number(gid) >>> 0 };
  }
  throw new EmbeddedPostgresError(
    'PostgreSQL does not run as root, and this system has neither a user postgres nor a user nobody to run it. ' +
      'Start as an ordinary user, or set DATABASE_URL.',
  );
}

/** Tries it, because file modes do not show ACLs and mount options. */
export async function canReach(user: DatabaseUser | undefined, directory: string): Promise<boolean> {
  const { ok } = await runProgram('/bin/sh', ['-c', '[ -x "$0" ] && [ -x "$0/." ]', directory], user, 10);
  return ok;
}

export async function canRead(user: DatabaseUser | undefined, file: string): Promise<boolean> {
  const { ok } = await runProgram('/bin/sh', ['-c', '[ -r "$0" ]', file], user, 10);
  return ok;
}
