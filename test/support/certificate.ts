import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';

export interface Certificate {
  /** PEM */
  cert: string;
  /** PEM */
  key: string;
}

/** A self-signed certificate for this host, good from a day ago until the given time. */
export function makeCertificate(host: string, until = new Date(Date.now() + 86_400_000)): Certificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const name = sequence(set(sequence(oid(COMMON_NAME), text(host))));
  const algorithm = sequence(oid(ECDSA_SHA256));
  const content = sequence(
    explicit(0, integer(2)),
    element(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    algorithm,
    name,
    sequence(time(new Date(Date.now() - 86_400_000)), time(until)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    explicit(3, sequence(sequence(oid(SUBJECT_ALTERNATIVE_NAME), element(0x04, sequence(dnsName(host)))))),
  );
  const signature = element(0x03, Buffer.concat([Buffer.from([0]), sign('sha256', content, privateKey)]));
  const lines = sequence(content, algorithm, signature)
    .toString('base64')
    .match(/.{1,64}/g) as string[];
  return {
    cert: ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n'),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
  };
}

// Object identifiers, as DER writes them.
const COMMON_NAME = '550403';
const ECDSA_SHA256 = '2a8648ce3d040302';
const SUBJECT_ALTERNATIVE_NAME = '551d11';

/** One element of DER (ITU-T X.690): its tag, its length, its content. */
function element(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

const sequence = (...parts: Buffer[]) => element(0x30, Buffer.concat(parts));
const set = (...parts: Buffer[]) => element(0x31, Buffer.concat(parts));
const explicit = (number: number, part: Buffer) => element(0xa0 + number, part);
const integer = (value: number) => element(0x02, Buffer.from([value]));
const oid = (hex: string) => element(0x06, Buffer.from(hex, 'hex'));
const text = (value: string) => element(0x0c, Buffer.from(value));
const dnsName = (value: string) => element(0x82, Buffer.from(value));

/** UTCTime: `261128093000Z` */
const time = (value: Date) =>
  element(0x17, Buffer.from(`${value.toISOString().slice(2, 19).replaceAll(/[-T:]/g, '')}Z`));
