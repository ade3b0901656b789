import { randomBytes } from 'node:crypto';
import { chmod, chown, open, rename, rm } from 'node:fs/promises';

/** Owner and mode of a file, as in `stat`. */
export interface Rights {
  uid: number;
  gid: number;
  mode: number;
}

/**
 * Writes a file that only its owner can read, and replaces an existing file atomically. It is written as a new file,
 * because an existing file would keep its mode.
 *
 * @param rights the rights of the replaced file; they are kept if this process may set them
 */
export async function writePrivateFile(file: string, content: string, rights?: Rights): Promise<void> {
  const unfinished = `${file}.${randomBytes(6).toString('hex')}`;
  const handle = await open(unfinished, 'wx', 0o600);
  try {
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    if (rights) await setRights(rights, unfinished);
    await rename(unfinished, file);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}

async function setRights({ uid, gid, mode }: Rights, file: string): Promise<void> {
  try {
    await chown(file, uid, gid);
  } catch (error) {
    // Only root may change the owner. Without that, the group is a different one as well, and must not read the file.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') throw error;
    return;
  }
  await chmod(file, mode & 0o777);
}
