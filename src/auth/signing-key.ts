import { createHash, createPrivateKey, createPublicKey, generateKeyPair, type KeyObject } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { type Environment } from '../config/environment';

export const KEY_FILE = 'jwt-key.pem';

/** A public RSA key (RFC 7517). */
export interface Jwk {
  kty: string;
  kid: string;
  alg: string;
  use: string;
  n: string;
  e: string;
}

/** The key pair that signs the tokens, and its name. */
export interface SigningKey {
  /** RFC 7638 thumbprint of the public key */
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  /** the public key as it stands in the JWKS */
  readonly jwk: Jwk;
}

/** The key of the settings; without one, that of `DATA_DIR`, made there the first time. */
export async function loadSigningKey(environment: Environment): Promise<SigningKey> {
  const privateKey = environment.jwtPrivateKey ?? createPrivateKey(await readOrMakeKey(environment.dataDir));
  const publicKey = createPublicKey(privateKey);
  const { n, e, kty } = publicKey.export({ format: 'jwk' }) as Pick<Jwk, 'n' | 'e' | 'kty'>;
  const kid = createHash('sha256').update(JSON.stringify({ e, kty, n })).digest('base64url');
  return { kid, privateKey, publicKey, jwk: { kty, n, e, kid, alg: 'RS256', use: 'sig' } };
}

async function readOrMakeKey(dataDir: string): Promise<string> {
  const file = path.join(dataDir, KEY_FILE);
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
  await mkdir(dataDir, { recursive: true });
  try {
    await writeFile(file, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600, flag: 'wx' });
  } catch (error) {
    // Another instance was first.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return readFile(file, 'utf8');
}
