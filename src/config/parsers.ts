import { type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { emailFault, normalizeEmail } from '../common/input/email';
import { normalizePassword, passwordFault } from '../common/input/password';
import { parseDatabaseUrl } from './database-url';
import { readPrivateKey, readPublicKeys } from './rsa-keys';

// Each function parses the text of a setting. It throws an error whose message is the end of a sentence, such as "must
// be …".

export const text = (value: string) => value;

export function oneOf<const T extends string>(...values: T[]) {
  return (value: string): T => {
    const found = values.find((allowed) => allowed === value);
    if (found === undefined) throw new Error(`must be one of ${values.join(', ')}`);
    return found;
  };
}

export function wholeNumber(min: number, max: number, unit?: 'seconds' | 'milliseconds' | 'bytes' | 'days') {
  const kind = unit === undefined ? 'a whole number' : `a whole number of ${unit}`;
  return (value: string): number => {
    const number = /^\d{1,15}$/.test(value) ? Number(value) : NaN;
    if (!(number >= min && number <= max)) {
      throw new Error(`must be ${kind} from ${min} to ${max}`);
    }
    return number;
  };
}

export function databaseUrl(value: string): string {
  const { tls } = parseDatabaseUrl(value);
  if (tls) checkCertificates(tls);
  return value;
}

/** A comma before a scheme separates two URLs. Any other comma belongs to its URL, which is then judged as a whole. */
export function databaseUrls(value: string): string[] {
  const urls = value.split(/,(?=\s*(?:postgres(?:ql)?:\/\/|socket:|\/|$))/).map((url) => url.trim());
  const faults = urls.flatMap((url, index) => {
    try {
      databaseUrl(url);
      return [];
    } catch (error) {
      return [`${(error as Error).message} (URL ${index + 1} of ${urls.length})`];
    }
  });
  if (faults.length > 0) throw new Error(faults.join(', and '));
  if (new Set(urls).size < urls.length) throw new Error('must not name a URL twice');
  return urls;
}

/** Finds a key that does not match its certificate at the start, instead of at the first connection. */
function checkCertificates(options: SecureContextOptions): void {
  try {
    createSecureContext(options);
  } catch (error) {
    throw new Error(`must have parameters that can be used: ${(error as Error).message}`, { cause: error });
  }
}

/** Parses a list of origins, in which `https://*.shop.example` stands for every subdomain of shop.example. */
export function origins(value: string): '*' | string[] {
  if (value === '*') return '*';
  const list = value.split(',').map((origin) => origin.trim());
  for (const origin of list) {
    // Replaces the asterisk by a subdomain, so that the result can be checked as an origin.
    const example = origin.replace(/^(https?:\/\/)\*\./, '$1x.');
    if (example.includes('*') || !URL.canParse(example) || new URL(example).origin !== example) {
      throw new Error(
        'must be * or a comma-separated list of origins such as https://shop.example or, with all its subdomains, https://*.shop.example',
      );
    }
  }
  return list;
}

/** Parses the URL of the API for clients. @returns it without a slash at the end */
export function publicUrl(value: string): string {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  const isWeb = url !== undefined && /^https?:\/\//i.test(value);
  // A path that begins with two slashes would be read as another host.
  if (!isWeb || /[?#]/.test(value) || url.username || url.password || url.pathname.includes('//')) {
    throw new Error(
      'must be an http or https URL such as https://shop.example/api, without user, password, query and fragment',
    );
  }
  return url.origin + url.pathname.replace(/\/$/, '');
}

/** Line breaks may be written as `\n`, because some shells and files cannot contain them. */
export function privateKey(pem: string): KeyObject {
  return readPrivateKey(pem.replaceAll('\\n', '\n'));
}

export function privateKeyFile(file: string): KeyObject {
  return privateKey(readText(file));
}

export function emailAddress(value: string): string {
  const email = normalizeEmail(value);
  if (emailFault(email) !== undefined) throw new Error('must be an e-mail address');
  return email;
}

export function chosenPassword(value: string): string {
  const password = normalizePassword(value);
  const fault = passwordFault(password);
  if (fault !== undefined) throw new Error(fault);
  return password;
}

export function publicKeysFile(file: string): KeyObject[] {
  return readPublicKeys(readText(file));
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new Error(`must name a readable file (${(error as NodeJS.ErrnoException).code ?? 'unreadable'})`, {
      cause: error,
    });
  }
}
