import { generateKeyPairSync } from 'node:crypto';
import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { loadEnvironment, SettingsError } from '../../config/environment';
import { KEY_FILE, loadKeyRing, RETIRED_KEYS_FILE } from './key-ring';

const rsa = (modulusLength: number) => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength });
  return {
    privatePem: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    publicPem: publicKey.export({ type: 'spki', format: 'pem' }) as string,
  };
};

const good = rsa(2048);
const short = rsa(1024);
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
  type: 'pkcs8',
  format: 'pem',
}) as string;

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), 'emporium-keys-'));
});
afterEach(() => rm(dataDir, { recursive: true }));

const load = () => loadKeyRing(loadEnvironment({ DATA_DIR: dataDir }));
const write = (name: string, content: string) => writeFile(path.join(dataDir, name), content);

describe('loadKeyRing without a key in the settings', () => {
  it('creates one the first time, and loads the same one from then on', async () => {
    const rings = await Promise.all([load(), load(), load()]);
    expect(new Set(rings.map(({ kid }) => kid)).size).toBe(1);
    expect((await stat(path.join(dataDir, KEY_FILE))).mode & 0o777).toBe(0o600);
    expect((await load()).kid).toBe(rings[0].kid);
  });

  it('accepts the retired keys in DATA_DIR', async () => {
    await write(KEY_FILE, good.privatePem);
    await write(RETIRED_KEYS_FILE, rsa(2048).publicPem + rsa(2048).publicPem);
    const { kid, verificationKeys } = await load();
    expect([...verificationKeys.keys()]).toHaveLength(3);
    expect([...verificationKeys.keys()][0]).toBe(kid);
  });

  it.each([
    ['is not a key', 'garbage'],
    ['is empty', ''],
    ['is too short', short.privatePem],
    ['is not an RSA key', ec],
    ['is a public key', good.publicPem],
  ])('refuses one that %s', async (_what, pem) => {
    await write(KEY_FILE, pem);
    await expect(load()).rejects.toThrow(SettingsError);
    await expect(load()).rejects.toThrow(
      `${path.join(dataDir, KEY_FILE)} must be an RSA private key of at least 2048 bits in PEM form; restore it`,
    );
  });

  it.each([
    ['something that is not a key', 'garbage'],
    ['a truncated key', good.publicPem + good.publicPem.slice(0, 100)],
    ['a key that is too short', short.publicPem],
  ])('refuses retired keys with %s', async (_what, pem) => {
    await write(RETIRED_KEYS_FILE, pem);
    await expect(load()).rejects.toThrow(SettingsError);
    await expect(load()).rejects.toThrow(`${path.join(dataDir, RETIRED_KEYS_FILE)} must hold nothing but`);
  });

  it.each([KEY_FILE, RETIRED_KEYS_FILE])('reports that it cannot read %s', async (name) => {
    await mkdir(path.join(dataDir, name));
    await expect(load()).rejects.toThrow(SettingsError);
    await expect(load()).rejects.toThrow(`${path.join(dataDir, name)} cannot be read (EISDIR)`);
  });
});
