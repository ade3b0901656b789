import { generateKeyPairSync } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';

/** How the parent process tells the workers. */
const VARIABLE = 'EMPORIUM_TEST_SIGNING_KEY';

/** Makes the key of all applications of a run: each of its own would cost a fifth of a second. */
export function publishSigningKey(): void {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  process.env[VARIABLE] = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
}

/** PEM */
export function signingKey(): string {
  return process.env[VARIABLE] ?? '';
}

/** Puts it where a start in this data directory looks for its own. */
export async function writeSigningKey(dataDir: string): Promise<void> {
  await writeFile(path.join(dataDir, 'jwt-key.pem'), signingKey(), { mode: 0o600 });
}
