import { createHash, createPublicKey, generateKeyPair, type KeyObject, randomBytes } from 'node:crypto';
import { link, mkdir, readFile, unlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { type Environment, SettingsError } from '../../config/environment';
import { readPrivateKey, readPublicKeys } from '../../config/rsa-keys';
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

/** Injection token of the KeyRing. */
export const KEY_RING = Symbol('key ring');

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
  const privateKey = jwtPrivateKey ?? (await readOrMakeKey(path.join(dataDir, KEY_FILE)));
  const generatedBefore = jwtPrivateKey ? [] : await readRetiredKeys(path.join(dataDir, RETIRED_KEYS_FILE));
  const keys = [createPublicKey(privateKey), ...jwtRetiredKeys, ...generatedBefore].map(toVerificationKey);
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

/** A new private key, PEM. */
export async function generateKey(): Promise<string> {
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
}

async function readOrMakeKey(file: string): Promise<KeyObject> {
  for (;;) {
    const key = await readKeys(file, readPrivateKey, 'restore it, or delete it to have a new one made');
    if (key) return key;
    await makeKey(file);
  }
}

/** The key appears under its name whole or not at all; where another instance was first, its key stays. */
async function makeKey(file: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  const unfinished = `${file}.${randomBytes(6).toString('hex')}`;
  await writeFile(unfinished, await generateKey(), { mode: 0o600, flag: 'wx', flush: true });
  try {
    await link(unfinished, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await unlink(unfinished);
  }
}

async function readRetiredKeys(file: string): Promise<KeyObject[]> {
  return (await readKeys(file, readPublicKeys, 'restore it, or delete it to accept no former key')) ?? [];
}

/** What a file has, if it is there. One that has something else is the operator's to mend, as a setting is. */
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
