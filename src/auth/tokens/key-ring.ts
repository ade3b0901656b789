import { createHash, createPublicKey, generateKeyPair, type KeyObject, randomBytes } from 'node:crypto';
import { link, mkdir, readFile, unlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { type Environment, SettingsError } from '../../config/environment';
import { readPrivateKey, readPublicKeys } from '../../config/rsa-keys';
import { type JwkDto } from './dto/jwks.dto';

/** Files in `DATA_DIR`: the generated private key, and the public keys of former private keys. */
export const KEY_FILE = 'jwt-key.pem';
export const RETIRED_KEYS_FILE = 'jwt-retired-keys.pem';

/** A public key that verifies tokens. */
export interface VerificationKey {
  readonly publicKey: KeyObject;
  /** its entry in the JWKS */
  readonly jwk: JwkDto;
}

/** Injection token of the KeyRing. */
export const KEY_RING = Symbol('key ring');

/** All keys of this instance. */
export interface KeyRing {
  /** RFC 7638 thumbprint of the signing key */
  readonly kid: string;
  readonly privateKey: KeyObject;
  /** all keys whose tokens are accepted, by kid; the signing key is the first */
  readonly verificationKeys: ReadonlyMap<string, VerificationKey>;
}

/**
 * Loads the keys of the settings. If they have no private key, it uses the one in `DATA_DIR`, which the first start
 * creates.
 */
export async function loadKeyRing(environment: Environment): Promise<KeyRing> {
  const { jwtPrivateKey, jwtRetiredKeys, dataDir } = environment;
  const privateKey = jwtPrivateKey ?? (await readOrCreateKey(path.join(dataDir, KEY_FILE)));
  const retiredKeys = jwtPrivateKey ? [] : await readRetiredKeys(path.join(dataDir, RETIRED_KEYS_FILE));
  const keys = [createPublicKey(privateKey), ...jwtRetiredKeys, ...retiredKeys].map(toVerificationKey);
  const [signing] = keys as [VerificationKey];
  return {
    kid: signing.jwk.kid,
    privateKey,
    verificationKeys: new Map(keys.map((key) => [key.jwk.kid, key])),
  };
}

function toVerificationKey(publicKey: KeyObject): VerificationKey {
  const { n, e, kty } = publicKey.export({ format: 'jwk' }) as Pick<JwkDto, 'n' | 'e' | 'kty'>;
  const kid = createHash('sha256').update(JSON.stringify({ e, kty, n })).digest('base64url');
  return { publicKey, jwk: { kty, n, e, kid, alg: 'RS256', use: 'sig' } };
}

/** Generates a private key, in PEM form. */
export async function generateKey(): Promise<string> {
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
}

async function readOrCreateKey(file: string): Promise<KeyObject> {
  for (;;) {
    const key = await readKeys(file, readPrivateKey, 'restore it, or delete it to have a new one generated');
    if (key) return key;
    await createKey(file);
  }
}

/**
 * Writes a new key to a temporary file, and then links it to its name, so that no other instance reads a part of a key.
 * If another instance was faster, its key stays.
 */
async function createKey(file: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  const temporary = `${file}.${randomBytes(6).toString('hex')}`;
  await writeFile(temporary, await generateKey(), { mode: 0o600, flag: 'wx', flush: true });
  try {
    await link(temporary, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await unlink(temporary);
  }
}

async function readRetiredKeys(file: string): Promise<KeyObject[]> {
  return (await readKeys(file, readPublicKeys, 'restore it, or delete it to accept no retired key')) ?? [];
}

/**
 * Reads keys from a file. Returns undefined if the file does not exist.
 *
 * @throws SettingsError if the file has other contents, because only the operator can repair that
 */
async function readKeys<T>(file: string, parse: (pem: string) => T, advice: string): Promise<T | undefined> {
  let pem: string;
  try {
    pem = await readFile(file, 'utf8');
  } catch (error) {
    const { code = 'unreadable' } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw new SettingsError([`${file} cannot be read (${code})`]);
  }
  try {
    return parse(pem);
  } catch (error) {
    throw new SettingsError([`${file} ${(error as Error).message}; ${advice}`]);
  }
}
