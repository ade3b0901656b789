import { mkdir, stat } from 'node:fs/promises';
import path from 'node:path';

/** The folder of DATA_DIR cannot be made. The message is for an operator. */
export class DataDirectoryError extends Error {}

/**
 * Creates the folder of DATA_DIR and its parent folders, unless it exists.
 *
 * @throws DataDirectoryError when that is impossible
 */
export async function makeDataDirectory(directory: string): Promise<void> {
  try {
    await makeDirectory(directory);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = code === 'EEXIST' ? 'a file is in its place' : message;
    throw new DataDirectoryError(
      `The folder of DATA_DIR, ${directory}, cannot be made: ${reason}. Set DATA_DIR to another folder.`,
      { cause: error },
    );
  }
}

/** Creates one folder at a time, because Node's recursive mkdir never ends in places such as /proc. */
async function makeDirectory(directory: string): Promise<void> {
  try {
    await mkdir(directory);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' && (await isDirectory(directory))) return;
    const parent = path.dirname(directory);
    if (code !== 'ENOENT' || (await isDirectory(parent))) throw error;
    await makeDirectory(parent);
    await makeDirectory(directory);
  }
}

async function isDirectory(entry: string): Promise<boolean> {
  const status = await stat(entry).catch(() => undefined);
  return status?.isDirectory() ?? false;
}
