import { createPublicKey } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, realpath, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { generateKey, KEY_FILE, RETIRED_KEYS_FILE } from '../auth/tokens/key-ring';
import { writePrivateFile } from '../common/private-file';
import { loadEnvironment } from '../config/environment';
import { readPrivateKey } from '../config/rsa-keys';
import { CommandError } from './command-error';

export async function generate(file: string | undefined): Promise<void> {
  const key = await generateKey();
  if (file === undefined) {
    process.stdout.write(key);
    return;
  }
  try {
    await writeFile(file, key, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    throw new CommandError(`${file} could not be written: ${(error as Error).message}`, { cause: error });
  }
  process.stdout.write(`private key written to ${file}\n`);
}

export async function showPublic(file: string): Promise<void> {
  process.stdout.write(await publicKeyOf(file));
}

/** First adds the old public key, and then writes the new private key, so that a crash in between ends no session. */
export async function rotate(): Promise<void> {
  const { keyFile, retiredKeysFile } = keyFiles();
  if (!existsSync(keyFile)) {
    throw new CommandError(
      `There is no key ${keyFile}. Run the command in the folder of the server, or with the same DATA_DIR or ` +
        'JWT_PRIVATE_KEY_FILE as for the server.',
    );
  }
  const old = await publicKeyOf(keyFile);
  const retired = await readIfThere(retiredKeysFile);
  await replace(retiredKeysFile, old + retired);
  await replace(keyFile, await generateKey());
  process.stdout.write(
    `new private key written to ${keyFile}, old public key added to ${retiredKeysFile}; restart Emporium to use them\n`,
  );
}

function keyFiles(): { keyFile: string; retiredKeysFile: string } {
  const { dataDir, jwtPrivateKey, jwtPrivateKeyFile, jwtRetiredKeysFile } = loadEnvironment();
  if (!jwtPrivateKey) {
    return { keyFile: path.join(dataDir, KEY_FILE), retiredKeysFile: path.join(dataDir, RETIRED_KEYS_FILE) };
  }
  if (jwtPrivateKeyFile === undefined || jwtRetiredKeysFile === undefined) {
    throw new CommandError(
      'Rotation needs both JWT_PRIVATE_KEY_FILE and JWT_RETIRED_KEYS_FILE, which it rewrites.',
    );
  }
  return { keyFile: jwtPrivateKeyFile, retiredKeysFile: jwtRetiredKeysFile };
}

/** Reads a file with a private key, and returns the public key as PEM. */
async function publicKeyOf(file: string): Promise<string> {
  let pem: string;
  try {
    pem = await readFile(file, 'utf8');
  } catch (error) {
    throw new CommandError(`${file} could not be read: ${(error as Error).message}`, { cause: error });
  }
  try {
    return createPublicKey(readPrivateKey(pem)).export({ type: 'spki', format: 'pem' }) as string;
  } catch (error) {
    throw new CommandError(`${file} ${(error as Error).message}.`, { cause: error });
  }
}

async function readIfThere(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return '';
  }
}

/**
 * Replaces a file, or the file to which a link points. The new file gets the owner and mode of the old one, so that the
 * server can read it.
 */
async function replace(file: string, content: string): Promise<void> {
  try {
    const target = existsSync(file) ? await realpath(file) : file;
    const rights = existsSync(file) ? await stat(target) : undefined;
    await writePrivateFile(target, content, rights);
  } catch (error) {
    throw new CommandError(`${file} could not be written: ${(error as Error).message}`, { cause: error });
  }
}
