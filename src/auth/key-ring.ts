import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import { link, mkdir, readFile, unlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { type Environment, readPublicKeys, SettingsError } from '../config/environment';
import { type JwkDto } from './dto/jwks.dto';

/** The generated key, and the public keys that came before it, in `DATA_DIR`. */
export const KEY_FILE = 'jwt-key.pem';
export const RETIRED_KEYS_FILE = 'jwt-retired-keys.pem';

/** A key that verifies tokens, under its name. */
export interface VerificationKey {
  readonly publicKey: KeyObject;
  /** as it stands in the JWKS */
  readonly jwk: JwkDto;
}

/** The keys of this instance. */
export interface KeyRing {
  /** RFC 7638 thumbprint of the key that signs */
  readonly kid: string;
  readonly privateKey: KeyObject;
  /** all whose tokens are accepted, by their kid; the one that signs is first */
  readonly verificationKeys: ReadonlyMap<string, VerificationKey>;
}

/** The keys of the settings; without a private one, those of `DATA_DIR`, made there the first time. */
export async function loadKeyRing(environment: Environment): Promise<KeyRing> {
  const { jwtPrivateKey, jwtRetiredKeys, dataDir } = environment;
  const privateKey = jwtPrivateKey ?? parseKey(await readOrMakeKey(dataDir), path.join(dataDir, KEY_FILE));
  const generatedBefore = jwtPrivateKey ? [] : await readRetiredKeys(dataDir);
  const keys = [createPublicKey(privateKey), ...jwtRetiredKeys, ...generatedBefore].map(toVerificationKey);
  const [signing] = keys as [VerificationKey];
  return {
    kid: signing.jwk.kid,
    privateKey,
    verificationKeys: new Map(keys.map((key) => [key.jwk.kid, key])),
  };
}

function parseKey(pem: string, file: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    throw new SettingsError([
      `${file} is no private key in PEM form; restore it, or delete it to have a new one made`,
    ]);
  }
}

function toVerificationKey(publicKey: KeyObject): VerificationKey {
  const { n, e, kty } = publicKey.export({ format: 'jwk' }) as Pick<JwkDto, 'n' | 'e' | 'kty'>;
  const kid = createHash('sha256').update(JSON.stringify({ e, kty, n })).digest('base64url');
  return { publicKey, jwk: { kty, n, e, kid, alg: 'RS256', use: 'sig' } };
}

/** A new private key, PEM. */
export async function generateKey(): Promise<string> {
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
}

async function readOrMakeKey(dataDir: string): Promise<string> {
  const file = path.join(dataDir, KEY_FILE);
  const existing = await readIfThere(file);
  if (existing !== undefined) return existing;
  await mkdir(dataDir, { recursive: true });
  // The key appears under its name whole or not at all; where another instance was first, its key is taken.
  const unfinished = `${file}.${randomBytes(6).toString('hex')}`;
  await writeFile(unfinished, await generateKey(), { mode: 0o600, flag: 'wx', flush: true });
  try {
    await link(unfinished, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await unlink(unfinished);
  }
  return readFile(file, 'utf8');
}

async function readRetiredKeys(dataDir: string): Promise<KeyObject[]> {
  return readPublicKeys((await readIfThere(path.join(dataDir, RETIRED_KEYS_FILE))) ?? '');
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return undefined;
  }
}
