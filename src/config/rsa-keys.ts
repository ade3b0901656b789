import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';

const LEAST_BITS = 2048;

/** @throws Error that says what it must be, if it is not an RSA private key of this size */
export function readPrivateKey(pem: string): KeyObject {
  const key = strongRsa(() => createPrivateKey(pem));
  if (!key) throw new Error(`must be an RSA private key of at least ${LEAST_BITS} bits in PEM form`);
  return key;
}

/**
 * Reads the public keys of a text with PEM blocks. White space alone means no keys. An incomplete block is an error,
 * because otherwise the tokens of its key would be refused without a reason.
 *
 * @throws Error that says what it must be
 */
export function readPublicKeys(pem: string): KeyObject[] {
  if (pem.trim() === '') return [];
  const blocks = pem.match(BLOCK) ?? [];
  const keys = blocks
    .map((block) => strongRsa(() => createPublicKey(block)))
    .filter((key) => key !== undefined);
  if (blocks.length === 0 || keys.length < blocks.length || pem.replaceAll(BLOCK, '').includes('-----')) {
    throw new Error(`must hold nothing but RSA public keys of at least ${LEAST_BITS} bits in PEM form`);
  }
  return keys;
}

const BLOCK = /-----BEGIN ([A-Z ]+)-----[^-]+-----END \1-----/g;

/** Returns undefined if it is not such a key. OpenSSL's error message would not help. */
function strongRsa(read: () => KeyObject): KeyObject | undefined {
  try {
    const key = read();
    const { asymmetricKeyType, asymmetricKeyDetails } = key;
    return asymmetricKeyType === 'rsa' && (asymmetricKeyDetails?.modulusLength ?? 0) >= LEAST_BITS
      ? key
      : undefined;
  } catch {
    return undefined;
  }
}
