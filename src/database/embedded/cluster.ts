import { randomBytes } from 'node:crypto';
import {
  chown,
  lstat,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  symlink,
} from 'node:fs/promises';
import path from 'node:path';
import { type Binaries, makePublicDirectory } from './binaries';
import { canReach } from './database-user';
import { EmbeddedPostgresError, hasCode } from './embedded-postgres-error';
import { type DatabaseUser, runProgram } from './programs';

export const SUPERUSER = 'emporium';
const PASSWORD_FILE = 'emporium.password';
const UNFINISHED = 'postgres.init-';
const ABANDONED_AFTER_MS = 10 * 60_000;

/** The real directory of an existing cluster, or undefined before the first start. */
export async function findCluster(dataDir: string): Promise<string | undefined> {
  const place = path.join(dataDir, 'postgres');
  let target: string;
  try {
    if ((await lstat(place)).isSymbolicLink() && !(await exists(place))) {
      throw new EmbeddedPostgresError(
        `The database directory ${place} is a link to a directory that no longer exists. ` +
          'Restore that directory, or delete the link to begin with an empty database.',
      );
    }
    target = await realpath(place);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
  const names = await readdir(target);
  if (names.includes('PG_VERSION')) return target;
  if (names.length === 0) return undefined;
  throw new EmbeddedPostgresError(
    `${target} is not a PostgreSQL data directory, and it is not empty. Move it away, or choose another data directory.`,
  );
}

export interface NewCluster {
  dataDir: string;
  sharedDirectory: string;
  binaries: Binaries;
  user: DatabaseUser | undefined;
  durable: boolean;
  log: (message: string, fields?: Record<string, unknown>) => void;
}

/**
 * Creates a cluster. It gets its final name only when it is complete, with the password. If another start does the same
 * at the same time, either of the two clusters is kept.
 */
export async function createCluster(cluster: NewCluster): Promise<void> {
  const { dataDir, sharedDirectory, user, durable, log } = cluster;
  const place = path.join(dataDir, 'postgres');
  await mkdir(dataDir, { recursive: true });
  const here = await canReach(user, dataDir);
  if (!here) await makePublicDirectory(sharedDirectory);
  const parent = await mkdtemp(path.join(here ? dataDir : sharedDirectory, here ? UNFINISHED : 'data-'));
  let kept = false;
  try {
    const finished = path.join(parent, 'postgres');
    await initialise(cluster, parent, finished);
    if (here) await rename(finished, place);
    else await symlink(finished, place);
    kept = !here;
    if (durable) await flush(dataDir);
    log('Created the database', here ? { directory: place } : { directory: finished, link: place });
  } catch (error) {
    // ENOTDIR: the other start has created a link.
    if (!hasCode(error, 'EEXIST', 'ENOTEMPTY', 'ENOTDIR')) throw error;
    log('Another start has just created the database; using that one', { directory: place });
  } finally {
    if (!kept) await rm(parent, { recursive: true, force: true });
  }
}

async function initialise(
  { binaries, user, durable }: NewCluster,
  parent: string,
  finished: string,
): Promise<void> {
  const passwordFile = path.join(parent, 'password');
  await writePassword(passwordFile, user, durable);
  if (user) await chown(parent, user.uid, user.gid);
  const { ok, complaint } = await runProgram(
    binaries.initdb,
    [
      `--pgdata=${finished}`,
      `--username=${SUPERUSER}`,
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      // The builtin provider sorts text in the same order on every machine, whatever its C library is.
      '--locale=C',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      '--no-instructions',
      ...(durable ? [] : ['--no-sync']),
    ],
    user,
  );
  if (!ok)
    throw new EmbeddedPostgresError(`initdb could not create a database: ${complaint}${hint(complaint)}`);
  await rename(passwordFile, path.join(finished, PASSWORD_FILE));
  if (durable) await flush(finished);
}

/** Advice for errors of initdb whose text does not say what to do. */
function hint(complaint: string): string {
  if (/error while loading shared libraries|Library not loaded/.test(complaint)) {
    return '\nThe install script of the platform package has not run: npm rebuild repairs that.';
  }
  if (complaint.includes('could not look up effective user ID')) {
    return '\nThe user of this process needs an entry in /etc/passwd, or set DATABASE_URL.';
  }
  if (complaint.includes('No space left on device')) return '\nThe disk is full: make room.';
  if (complaint.includes('ENOENT')) {
    return '\nThese programs need the GNU C library; on a system without it, set DATABASE_URL.';
  }
  return '';
}

async function writePassword(file: string, user: DatabaseUser | undefined, durable: boolean): Promise<void> {
  const handle = await open(file, 'wx', 0o600);
  try {
    await handle.writeFile(randomBytes(32).toString('base64url'));
    if (user) await handle.chown(user.uid, user.gid);
    if (durable) await handle.sync();
  } finally {
    await handle.close();
  }
}

export async function readPassword(directory: string): Promise<string> {
  try {
    return (await readFile(path.join(directory, PASSWORD_FILE), 'utf8')).trim();
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
    throw new EmbeddedPostgresError(
      `${directory} has no file ${PASSWORD_FILE}: this database was made by something else. ` +
        'Choose another data directory, or start that server yourself and set DATABASE_URL.',
    );
  }
}

export async function checkVersion(directory: string, { major }: Binaries): Promise<void> {
  const found = (await readFile(path.join(directory, 'PG_VERSION'), 'utf8')).trim();
  if (found === major) return;
  throw new EmbeddedPostgresError(
    `The database in ${directory} is of PostgreSQL ${found}, this program brings PostgreSQL ${major}. ` +
      `Export the data with the version that made it and import it into a new data directory, ` +
      `or run PostgreSQL ${found} and set DATABASE_URL.`,
  );
}

/** Removes what aborted starts have left. A young directory may belong to a start that is still running. */
export async function removeUnfinished(dataDir: string): Promise<void> {
  for (const name of await readdir(dataDir)) {
    if (!name.startsWith(UNFINISHED)) continue;
    const directory = path.join(dataDir, name);
    const status = await lstat(directory).catch(() => undefined);
    if (status && Date.now() - status.mtimeMs > ABANDONED_AFTER_MS) {
      await rm(directory, { recursive: true, force: true });
    }
  }
}

async function exists(entry: string): Promise<boolean> {
  try {
    await stat(entry);
    return true;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false;
    throw error;
  }
}

async function flush(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
