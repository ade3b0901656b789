import { mkdir, stat } from 'node:fs/promises';
import path from 'node:path';

/** The folder of DATA_DIR cannot be made. The message is for an operator. */
export class DataDirectoryError extends Error {}

/**
 * Makes the folder of DATA_DIR, and those above it, unless it is there.
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

/** One folder at a time: in places like /proc the recursive mkdir of Node never ends. */
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
