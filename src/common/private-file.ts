import { randomBytes } from 'node:crypto';
import { chown, open, rename, rm } from 'node:fs/promises';

/**
 * Puts a file in place that its owner alone can read: all of it or nothing, and whatever was under that name before. It
 * is a new file, because one that exists keeps its mode.
 *
 * @param owner whose it is to be, where this process may say so
 */
export async function writePrivateFile(
  file: string,
  content: string,
  owner?: { uid: number; gid: number },
): Promise<void> {
  const unfinished = `${file}.${randomBytes(6).toString('hex')}`;
  const handle = await open(unfinished, 'wx', 0o600);
  try {
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    if (owner) await giveTo(owner, unfinished);
    await rename(unfinished, file);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}

async function giveTo({ uid, gid }: { uid: number; gid: number }, file: string): Promise<void> {
  try {
    await chown(file, uid, gid);
  } catch (error) {
    // Only root may give files away.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') throw error;
  }
}
